"""Departures that a few examples by hand don't meet: lengths, white space, and what parsers make of a URI."""

import re
from collections.abc import Iterable
from dataclasses import replace

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, Resource
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.client_authentication import Credentials
from reference_impl.authorization_server.rules.token import TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import RefreshToken
from reference_impl.mutants.registry import mutant

_LENGTH_OF_SECRETS = 43


@mutant(
    deep_kills={"RFC7636-4.6-a"},
    story="code_verifier is decoded as base64url first, which fails for every length of four times n plus one.",
)
class VerifierIsDecodedFirst(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return super().verifier_is_well_formed(verifier) and len(verifier) % 4 != 1


@mutant(
    deep_kills={"RFC7636-4.1-c"},
    story="White space around code_verifier is trimmed before its syntax is checked, and hashed all the same.",
)
class VerifierSyntaxIsCheckedTrimmed(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return super().verifier_is_well_formed(verifier.strip())


@mutant(
    deep_kills={"RFC7636-4.6-b"},
    story="Padding at the end of code_verifier is dropped, for clients that send base64 with it.",
)
class VerifierPaddingIsDropped(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return super().verifier_is_well_formed(verifier.rstrip("="))

    def verifier_matches(self, code: AuthorizationCode, verifier: str) -> bool:
        return super().verifier_matches(code, verifier.rstrip("="))


@mutant(
    deep_kills={"MCP-SEC-12", "OAUTH21-2.3.1-b", "RFC9700-2.1-a"},
    story="Backslashes in a redirect URI are taken for slashes, as browsers take them.",
)
class RedirectUriBackslashCountsAsSlash(Rules):
    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        return super().redirect_uri_matches(sent.replace("\\", "/"), registered)


@mutant(deep_kills={"RFC8707-2.1-c"}, story="Resources are compared without their query.")
class ResourceQueryIsIgnored(Rules):
    def same_resource(self, uri: str, registered: str) -> bool:
        return super().same_resource(uri.partition("?")[0], registered)


@mutant(
    deep_kills={"RFC6750-5.2-c"},
    story="A scope that names a word twice is taken for a mistake, and the default scope for what was meant.",
)
class RepeatedWordMeansTheDefault(Rules):
    def requested_scope(self, parameters: Parameters) -> tuple[str, ...]:
        words = (parameters.get("scope") or "").split(" ")
        is_new = parameters.get("grant_type") is None
        return () if is_new and len(set(words)) < len(words) else super().requested_scope(parameters)


@mutant(
    deep_kills={"OAUTH21-4.3.1-b"},
    story="A refresh is held against how many scopes were granted, not against which.",
)
class RefreshScopesAreCounted(Rules):
    def check_scope_not_widened(self, requested: Iterable[str], granted: Iterable[str]) -> None:
        if len(list(requested)) > len(list(granted)):
            raise self.invalid_scope("scope exceeds what was granted")


@mutant(
    deep_kills={"OAUTH21-3.2.1-a"},
    story="A client_secret is cut off after the length of those that this server issues, before it is compared.",
)
class SecretIsCutOff(Rules):
    def check_client_secret(self, client: Client, secret: str) -> None:
        super().check_client_secret(client, secret[:_LENGTH_OF_SECRETS])


@mutant(
    deep_kills={"RFC6749-2.3.1-a"},
    story="Basic is recognised as Basic, basic and BASIC, which are the spellings somebody has seen.",
)
class BasicHasThreeSpellings(Rules):
    def basic_credentials(self, request: Request, parameters: Parameters) -> Credentials | None:
        scheme = request.headers.get("authorization", "Basic").partition(" ")[0]
        if scheme not in ("Basic", "basic", "BASIC"):
            raise self.invalid_client()
        return super().basic_credentials(request, parameters)


@mutant(
    deep_kills={"RFC6749-2.3.1-a"},
    story="The Authorization header is split at its first space, and what follows has to begin there.",
)
class OneSpaceBehindBasic(Rules):
    def basic_credentials(self, request: Request, parameters: Parameters) -> Credentials | None:
        if "  " in request.headers.get("authorization", ""):
            raise self.invalid_client()
        return super().basic_credentials(request, parameters)


@mutant(deep_kills={"OAUTH21-2.4.1-b"}, story="Percent-encoding by small letters is left as it is.")
class OnlyCapitalsArePercentEncoding(Rules):
    def form_decoded(self, text: str) -> str:
        return super().form_decoded(re.sub(r"%(?=[0-9a-f]{2})(?![0-9A-F]{2})", "%25", text))


@mutant(
    deep_kills={"OAUTH21-3.2.3-c", "RFC9700-4.14.2-a"},
    story="Of several resources in a request the first is held against the grant; the token is for the last.",
)
class FirstResourceIsCheckedAndLastOneUsed(Rules):
    def narrowed_resources(self, requested: tuple[Resource, ...], granted: tuple[str, ...]) -> tuple[Resource, ...]:
        first = super().narrowed_resources(requested[:1], granted)
        return requested[-1:] if len(requested) > 1 else first


@mutant(
    deep_kills={"OAUTH21-3.2.3-c", "RFC9700-4.14.2-a"},
    story="The refresh token that a refresh gives is made without a limit of resources.",
)
class NextRefreshTokenHasNoLimit(Rules):
    def rotate_refresh_token(self, token: RefreshToken) -> str:
        everything = tuple(resource.uri for resource in self.config.resources)
        return super().rotate_refresh_token(replace(token, resources=everything))


@mutant(
    deep_kills={"RFC8707-2.2-c"},
    story="The refresh token that a refresh gives is good for the resource of that refresh alone.",
)
class RefreshNarrowsTheGrant(Rules):
    def presented_refresh_token(self, request: TokenRequest) -> RefreshToken:
        token, chosen = super().presented_refresh_token(request), request.parameters.all("resource")
        return replace(token, resources=tuple(uri for uri in token.resources if uri in chosen) or token.resources)
