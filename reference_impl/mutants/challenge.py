"""Departures of refusals and their WWW-Authenticate: RFC 6750, section 3, RFC 9110 and what MCP adds."""

from itertools import count

from reference_impl.mcp_server.config import McpServerConfig, ProtectedResource
from reference_impl.mcp_server.http_request import HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant

Headers = list[tuple[str, str]]


class _OtherSchemeRefusal(McpServerRules):
    """The reference with other challenges for credentials of a scheme that it doesn't speak."""

    def other_challenges(self, challenges: list[str]) -> list[str]:
        """The WWW-Authenticate values, from those that the reference sends."""
        raise NotImplementedError

    def refusal_headers(self, refusal: RefusalError, request: HttpRequest) -> Headers:
        headers = super().refusal_headers(refusal, request)
        if "authorization" not in request.headers or self.attempted_scheme(request) is not None:
            return headers
        challenges = self.other_challenges([value for name, value in headers if name == "WWW-Authenticate"])
        kept = [(name, value) for name, value in headers if name != "WWW-Authenticate"]
        return [*kept, *(("WWW-Authenticate", value) for value in challenges)]


@mutant(
    kills={"MCP-PRM-03", "RFC6750-3-a", "RFC9110-15.5.2-a"},
    story="Credentials of another scheme are turned away by a handler that knows no challenge.",
)
class OtherSchemeIsNotChallenged(_OtherSchemeRefusal):
    def other_challenges(self, challenges: list[str]) -> list[str]:
        return []


@mutant(
    kills={"MCP-PRM-03", "RFC6750-3-c"},
    story="Credentials of another scheme are answered with the name of the right scheme and nothing else.",
)
class BearerStandsAlone(_OtherSchemeRefusal):
    def other_challenges(self, challenges: list[str]) -> list[str]:
        return ["Bearer"]


@mutant(
    kills={"RFC9110-11.6.1-a"},
    story="A second challenge, for another scheme, has a list with spaces that nobody put between quotes.",
)
class ListWithoutQuotes(_OtherSchemeRefusal):
    def other_challenges(self, challenges: list[str]) -> list[str]:
        return [*challenges, "Digest qop=auth auth-int"]


@mutant(
    kills={"MCP-TOK-07", "OAUTH21-5.3.1-a", "RFC6750-3-b"},
    story="The scheme of the challenge to a bad token is called OAuth, as in early drafts.",
)
class SchemeIsCalledOAuth(McpServerRules):
    def challenges(self, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> list[str]:
        usual = super().challenges(refusal, resource, attempted)
        bearer = [value for value in usual if value.startswith("Bearer ")]
        return [value.replace("Bearer ", "OAuth ") for value in bearer] if refusal.error == "invalid_token" else usual


class _OneMoreParameter(McpServerRules):
    """The reference with one more parameter in each challenge."""

    def one_more(self, refusal: RefusalError, resource: ProtectedResource) -> tuple[str, str | None]:
        """Its name and value (None: not in this challenge)."""
        raise NotImplementedError

    def challenge(self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> str:
        name, value = self.one_more(refusal, resource)
        usual = super().challenge(scheme, refusal, resource, attempted)
        return usual if value is None else f'{usual}, {name}="{value}"'


@mutant(kills={"OAUTH21-5.3.1-a", "RFC6750-3-d"}, story="The framework and the application each add their realm.")
class RealmTwice(_OneMoreParameter):
    def one_more(self, refusal: RefusalError, resource: ProtectedResource) -> tuple[str, str | None]:
        return "realm", 'mcp", realm="application'


@mutant(kills={"OAUTH21-5.3.1-a", "RFC6750-3-e"}, story="Each scope has a parameter of its own.")
class ScopeTwice(_OneMoreParameter):
    def one_more(self, refusal: RefusalError, resource: ProtectedResource) -> tuple[str, str | None]:
        return "scope", "profile"


@mutant(
    kills={"OAUTH21-5.3.1-a", "RFC6750-3-h", "RFC9449-7.2-b"},
    story="A second description of the error is added instead of replacing the first.",
)
class ErrorDescriptionTwice(_OneMoreParameter):
    def one_more(self, refusal: RefusalError, resource: ProtectedResource) -> tuple[str, str | None]:
        return "error_description", "see the log" if refusal.error else None


@mutant(kills={"RFC6750-3-g", "RFC9449-7.2-b"}, story="error_uri is the path of the page.")
class ErrorUriIsAPath(_OneMoreParameter):
    def one_more(self, refusal: RefusalError, resource: ProtectedResource) -> tuple[str, str | None]:
        return "error_uri", f"/errors/{refusal.error}" if refusal.error else None


@mutant(kills={"RFC6750-3-k", "RFC9449-7.2-b"}, story="error_uri has the text of the error in its query as it is.")
class ErrorUriHasSpaces(_OneMoreParameter):
    def one_more(self, refusal: RefusalError, resource: ProtectedResource) -> tuple[str, str | None]:
        return "error_uri", f"{resource.origin}/errors?about={refusal.description}" if refusal.error else None


@mutant(
    kills={"MCP-TOK-07", "OAUTH21-5.3.2-a", "RFC6750-3-f", "RFC6750-3.1-b", "RFC9068-4-m"},
    story="The challenge to a bad token is the one for no token: no error code.",
)
class BadTokenWithoutErrorCode(McpServerRules):
    def error_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().error_parameter(scheme, refusal, resource, attempted)
        return None if usual == "invalid_token" else usual


@mutant(kills={"RFC6750-3-i"}, story="The scopes are joined with two spaces.")
class ScopesAreTwoSpacesApart(McpServerRules):
    def scope_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        return "  ".join(self.usual_scopes(resource) if refusal.scope is None else refusal.scope)


@mutant(kills={"RFC6750-3-j"}, story="The description of the error is in the language of the operator.")
class DescriptionIsNotAscii(McpServerRules):
    def error_description_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().error_description_parameter(scheme, refusal, resource, attempted)
        return None if usual is None else "ungültiges Token"

    def quoted(self, value: str) -> str:
        return value


@mutant(kills={"RFC6750-3.1-e", "RFC9449-7.2-b"}, story="A missing token is treated as an invalid one.")
class MissingTokenIsInvalidToken(McpServerRules):
    def unauthenticated(self) -> RefusalError:
        return RefusalError(401, "this resource needs an access token", error="invalid_token", challenges=True)


@mutant(
    kills={"OAUTH21-5.1.1-b", "RFC6750-2.1-c", "RFC9110-11.1-a"}, story="The scheme is compared with regard to case."
)
class SchemeIsCaseSensitive(McpServerRules):
    def recognised_scheme(self, scheme: str) -> str | None:
        return scheme if scheme in self.accepted_schemes() else None


@mutant(
    kills={"MCP-ELI-01", "MCP-ERR-01", "MCP-TOK-03", "MCP-TOK-04", "MCP-TOK-12"},
    story="A missing token is forbidden rather than unauthorized.",
)
class MissingTokenIsForbidden(McpServerRules):
    def unauthenticated(self) -> RefusalError:
        return RefusalError(403, "this resource needs an access token", challenges=True)


@mutant(kills={"MCP-SCOPE-01"}, story="The first challenge doesn't say which scopes to ask for.")
class FirstChallengeWithoutScope(McpServerRules):
    def scope_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        return super().scope_parameter(scheme, refusal, resource, attempted) if refusal.error else None


@mutant(kills={"MCP-SCOPE-06"}, story="Each challenge to a bad token asks for one more scope, made for this request.")
class ScopesAreNeverTheSame(McpServerRules):
    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(config)
        self._requests = count(1)

    def scope_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().scope_parameter(scheme, refusal, resource, attempted)
        return f"{usual} request:{next(self._requests)}" if refusal.error == "invalid_token" else usual


@mutant(kills={"MCP-RT-05"}, story="The challenge asks for offline_access, so that clients come back less often.")
class ChallengeAsksForOfflineAccess(McpServerRules):
    def usual_scopes(self, resource: ProtectedResource) -> tuple[str, ...]:
        return (*super().usual_scopes(resource), "offline_access")


@mutant(kills={"MCP-RT-05"}, story="scopes_supported lists offline_access, which only concerns the other server.")
class MetadataListsOfflineAccess(McpServerRules):
    def metadata_scopes_supported(self, resource: ProtectedResource) -> list[str] | None:
        return [*resource.scopes, "offline_access"]


@mutant(kills={"RFC9449-7.1-c"}, story="The gateway in front asks for DPoP as proxies ask for a password.")
class DpopIsAskedForAsProxiesDo(McpServerRules):
    def refusal_headers(self, refusal: RefusalError, request: HttpRequest) -> Headers:
        return [*super().refusal_headers(refusal, request), ("Proxy-Authenticate", 'DPoP algs="ES256"')]
