"""Departures of the token endpoint: parameters, errors and the form of answers (OAuth 2.1, 3.2; RFC 6749, 5)."""

from typing import Any

from starlette.responses import JSONResponse, Response

from reference_impl.authorization_server.config import Client, Resource, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import GrantHandler, TokenAnswer, TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.mutants.registry import mutant


@mutant(kills={"OAUTH21-3.2-a"}, story="The token endpoint is published with a fragment for routing in the console.")
class TokenEndpointHasAFragment(Rules):
    def token_endpoint(self) -> str | None:
        return f"{super().token_endpoint()}#token"


@mutant(
    kills={"OAUTH21-3.1-b", "RFC9068-4-c"},
    story="The OpenID document names the authorization endpoint with a fragment for its single-page login.",
)
class AuthorizationEndpointHasAFragment(Rules):
    def openid_configuration(self) -> dict[str, Any]:
        return {**super().openid_configuration(), "authorization_endpoint": f"{self.authorization_endpoint()}#/login"}


@mutant(kills={"OAUTH21-3.2-c"}, story="A parameter that is not in the list earns invalid_request.")
class UnknownTokenParametersAreRefused(Rules):
    def presented_code(self, request: TokenRequest) -> AuthorizationCode:
        if any(name.startswith("conformance") for name, _ in request.parameters.pairs()):
            raise OAuthError("invalid_request", "unknown parameter")
        return super().presented_code(request)


@mutant(kills={"OAUTH21-3.2-c"}, story="An empty scope is malformed: it has not one character.")
class EmptyScopeIsMalformed(Rules):
    def redeem_code(self, request: TokenRequest) -> TokenAnswer:
        if ("scope", "") in request.parameters.pairs():
            raise self.invalid_scope("scope is malformed")
        return super().redeem_code(request)


@mutant(kills={"OAUTH21-3.2-c"}, story="Of a repeated code the first one counts.")
class FirstOfRepeatedCodesCounts(Rules):
    def repeatable_parameters(self) -> frozenset[str]:
        return super().repeatable_parameters() | {"code"}


@mutant(
    kills={"OAUTH21-3.2.4-a", "RFC6749-5.2-a"},
    story="A missing grant_type is called unsupported_grant_type, since None is not in the list.",
)
class MissingGrantTypeIsUnsupported(Rules):
    def check_grant_type(self, grant_type: str | None) -> str:
        return super().check_grant_type(grant_type or "none")


@mutant(
    kills={"OAUTH21-3.2.4-a", "RFC6749-5.2-a"},
    story="An unknown grant_type is called invalid_grant.",
)
class UnknownGrantTypeIsInvalidGrant(Rules):
    def unsupported_grant_type(self) -> OAuthError:
        return OAuthError("invalid_grant", "this grant type does not exist here")


@mutant(
    kills={"OAUTH21-3.2.4-a"},
    story="A client that may not use a grant is told access_denied, an error of the authorization endpoint.",
)
class ForeignGrantIsAccessDenied(Rules):
    def unauthorized_client(self) -> OAuthError:
        return OAuthError("access_denied", "this client may not use this grant type")


@mutant(
    kills={"OAUTH21-3.2.4-a", "RFC6749-5.2-a"},
    story="Refusals of codes have status 403, as some would expect of a refusal.",
)
class UnknownCodeIsForbidden(Rules):
    def invalid_code(self, description: str) -> OAuthError:
        return OAuthError("invalid_grant", description, 403)


@mutant(
    kills={"OAUTH21-3.2.4-a", "RFC6749-5.2-a"},
    story="Refusals of codes have status 200, for the error code says it all.",
)
class RefusedCodesAreAnsweredWith200(Rules):
    def invalid_code(self, description: str) -> OAuthError:
        return OAuthError("invalid_grant", description, 200)


@mutant(
    kills={"OAUTH21-3.2.4-a", "RFC6749-5.2-a"},
    story="Errors of the token endpoint are sent as text/html, the default of the framework.",
)
class TokenErrorsAreSentAsHtml(Rules):
    def invalid_code(self, description: str) -> OAuthError:
        return OAuthError("invalid_grant", description, headers={"Content-Type": "text/html"})


@mutant(kills={"OAUTH21-3.2.4-a"}, story="An unknown refresh token is called invalid_token.")
class UnknownRefreshTokenIsInvalidToken(Rules):
    def presented_refresh_token(self, request: TokenRequest) -> Any:
        value = request.parameters.get("refresh_token") or ""
        if self.store.refresh_tokens.find(hash_secret(value)) is None:
            raise OAuthError("invalid_token", "the refresh token is unknown")
        return super().presented_refresh_token(request)


@mutant(
    kills={"OAUTH21-3.2.4-c"},
    story="error_description repeats what came in the request, character by character.",
)
class DescriptionRepeatsTheRequest(Rules):
    def safe_description(self, text: str) -> str:
        return text


@mutant(kills={"OAUTH21-3.2.3-a"}, story="Tokens are sent as text/plain, for the sake of old proxies.")
class TokensAreText(Rules):
    def secret_response(self, content: Any, status: int = 200) -> Response:
        media_type = "text/plain" if "access_token" in content else self.json_media_type()
        return JSONResponse(content, status, self.no_store_headers(), media_type)


@mutant(kills={"OAUTH21-3.2.3-b"}, story="expires_in is sent as a string.")
class ExpiresInIsAString(Rules):
    def answer_expires_in(self, seconds: int) -> Any:
        return str(seconds)


@mutant(
    kills={"OAUTH21-3.2.3-d", "RFC6749-5.1-a"},
    story="Answers with tokens are private, but caches of browsers may store them.",
)
class TokensArePrivateOnly(Rules):
    def token_cache_control(self) -> str:
        return "private, max-age=0"


@mutant(kills={"RFC6749-5.1-a"}, story="Pragma is gone, as in OAuth 2.1.")
class PragmaIsGone(Rules):
    def token_pragma(self) -> str:
        return ""


@mutant(
    kills={"OAUTH21-1.4.1-b", "RFC8707-2.2-a"},
    story="A request that names a resource and no scope is turned away as invalid_request.",
)
class NothingByDefault(Rules):
    def resources_or_default(self, requested: tuple[Resource, ...], scope: tuple[str, ...]) -> tuple[Resource, ...]:
        if requested and not scope:
            raise OAuthError("invalid_request", "name a scope")
        return super().resources_or_default(requested, scope)


@mutant(
    kills={"OAUTH21-10-a", "RFC9700-2.4-a"},
    story="The password grant is still served for an old app, though the metadata keeps silent about it.",
)
class PasswordGrantIsServed(Rules):
    def check_grant_type(self, grant_type: str | None) -> str:
        return grant_type if grant_type == "password" else super().check_grant_type(grant_type)

    def check_client_may_use_grant(self, client: Client, grant_type: str) -> None:
        if grant_type != "password":
            super().check_client_may_use_grant(client, grant_type)

    def grant_handlers(self) -> dict[str, GrantHandler]:
        return {**super().grant_handlers(), "password": self.grant_password}

    def grant_password(self, request: TokenRequest) -> TokenAnswer:
        user = self.authenticate_user(request.parameters, "")
        if user is None:
            raise self.invalid_code("the password is wrong")
        return {"access_token": self.opaque_access_token(), "token_type": "Bearer", "expires_in": 900}


@mutant(
    kills={"OAUTH21-10.1-a"},
    story="response_type=token is still accepted, though the metadata keeps silent about it.",
)
class ImplicitResponseTypeIsAccepted(Rules):
    def accepted_response_types(self) -> tuple[str, ...]:
        return ("code", "token")
