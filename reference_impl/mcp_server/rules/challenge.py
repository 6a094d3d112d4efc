"""The refusals of a protected resource and the WWW-Authenticate challenge that goes with them (RFC 6750 section 3)."""

from collections.abc import Callable

from reference_impl.mcp_server.config import DpopMode, ProtectedResource
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules.protected_resource_metadata import ProtectedResourceMetadataRules

ChallengeParameter = Callable[[str, RefusalError, ProtectedResource, str | None], str | None]


class ChallengeRules(ProtectedResourceMetadataRules):
    """Which refusals there are, and what each one tells the client."""

    def unauthenticated(self) -> RefusalError:
        """RFC6750-3.1-e, OAUTH21-5.3.2-a, MCP-TOK-12, MCP-TR-03: 401, without an error code."""
        return RefusalError(401, "this resource needs an access token", challenges=True)

    def invalid_request(self, description: str) -> RefusalError:
        """RFC6750-3.1-a, MCP-ERR-01: 400 for credentials that are malformed or given more than once."""
        return RefusalError(400, description, error="invalid_request", challenges=True)

    def invalid_token(self, description: str) -> RefusalError:
        """RFC6750-3.1-b, MCP-TOK-07, MCP-TOK-08, RFC9068-4-m: 401 for a token that is not good here."""
        return RefusalError(401, description, error="invalid_token", challenges=True)

    def insufficient_scope(self, scope: tuple[str, ...]) -> RefusalError:
        """RFC6750-3.1-c, MCP-STEP-01: 403 for a good token that lacks a scope."""
        description = "the access token lacks a scope that this operation needs"
        return RefusalError(403, description, error="insufficient_scope", scope=scope, challenges=True)

    def invalid_dpop_proof(self, description: str) -> RefusalError:
        """EXTDPOP-03, RFC9449-7.1-b: 401 for a DPoP proof that fails a check."""
        return RefusalError(401, description, error="invalid_dpop_proof", challenges=True)

    def authorization_server_unavailable(self) -> RefusalError:
        """503, and never access, while the token cannot be checked."""
        description = "the authorization server cannot be reached to check the access token"
        return RefusalError(503, description, headers={"Retry-After": "5"})

    def challenge_schemes(self) -> tuple[str, ...]:
        """RFC6750-3-b, RFC9449-7.1-b: a challenge for every scheme that would be accepted."""
        return {
            DpopMode.OFF: ("Bearer",),
            DpopMode.SUPPORTED: ("Bearer", "DPoP"),
            DpopMode.REQUIRED: ("DPoP",),
        }[self.config.dpop]

    def challenges(self, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> list[str]:
        """RFC9110-15.5.2-a, RFC6750-3-a: the WWW-Authenticate values; `attempted` is the scheme of the credentials."""
        if not refusal.challenges:
            return []
        return [self.challenge(scheme, refusal, resource, attempted) for scheme in self.challenge_schemes()]

    def challenge(self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> str:
        """RFC6750-3-c, OAUTH21-5.3.1-a: scheme and at least one parameter (`resource_metadata` is always there)."""
        pairs = [
            f'{name}="{self.quoted(value)}"'
            for name, parameter in self.challenge_parameters()
            if (value := parameter(scheme, refusal, resource, attempted)) is not None
        ]
        return f"{scheme} {', '.join(pairs)}"

    def challenge_parameters(self) -> tuple[tuple[str, ChallengeParameter], ...]:
        """RFC6750-3-d, RFC6750-3-e, RFC6750-3-h: every parameter, each of them once."""
        return (
            ("error", self.error_parameter),
            ("error_description", self.error_description_parameter),
            ("scope", self.scope_parameter),
            ("resource_metadata", self.resource_metadata_parameter),
            ("algs", self.algs_parameter),
        )

    def error_parameter(
        self, scheme: str, refusal: RefusalError, _resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        """RFC6750-3-f: the error code, in the challenge of the scheme that was attempted."""
        return refusal.error if self.challenge_explains(scheme, attempted) else None

    def error_description_parameter(
        self, scheme: str, refusal: RefusalError, _resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        """RFC6750-3-g, RFC6750-3.1-e: a text beside an error code, never without one."""
        explained = refusal.error is not None and self.challenge_explains(scheme, attempted)
        return refusal.description if explained else None

    def scope_parameter(
        self, _scheme: str, refusal: RefusalError, resource: ProtectedResource, _attempted: str | None
    ) -> str | None:
        """MCP-SCOPE-01, MCP-STEP-02: the scopes to ask for next."""
        scope = self.usual_scopes(resource) if refusal.scope is None else refusal.scope
        return " ".join(scope) or None

    def resource_metadata_parameter(
        self, _scheme: str, _refusal: RefusalError, resource: ProtectedResource, _attempted: str | None
    ) -> str | None:
        """MCP-PRM-03, RFC9728-5.1-a: where the metadata of exactly this resource is."""
        return self.metadata_url(resource)

    def algs_parameter(
        self, scheme: str, _refusal: RefusalError, _resource: ProtectedResource, _attempted: str | None
    ) -> str | None:
        """RFC9449-7.1-b: the proof algorithms, in a DPoP challenge only."""
        return " ".join(self.config.dpop_algorithms) if scheme == "DPoP" else None

    def challenge_explains(self, scheme: str, attempted: str | None) -> bool:
        """RFC9449-7.2-b: error data goes to the attempted scheme, or to all when that one is not offered."""
        return attempted == scheme or attempted not in self.challenge_schemes()

    def usual_scopes(self, resource: ProtectedResource) -> tuple[str, ...]:
        """MCP-SCOPE-01, MCP-SCOPE-06, MCP-RT-05: the scopes of a 401 challenge; always the same, no offline_access."""
        return tuple(scope for scope in resource.scopes if scope != "offline_access")

    def quoted(self, value: str) -> str:
        """RFC6750-3-i, RFC6750-3-j: only the characters that such values may have; others become a space."""
        return "".join(c if "\x20" <= c <= "\x7e" and c not in '"\\' else " " for c in value)
