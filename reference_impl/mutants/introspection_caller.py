"""Departures of the MCP server in what it makes of introspection: RFC 7662, 2.2 and 4."""

import time
from collections.abc import Mapping
from typing import Any

from reference_impl.mcp_server.config import IntrospectionEndpoint, McpServerConfig
from reference_impl.mcp_server.http_request import AccessToken
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.rules.token_claims import ClaimStep
from reference_impl.mutants.registry import mutant


@mutant(kills={"MCP-TOK-05"}, story="The caller of introspection looks at aud and exp, never at active.")
class ActiveIsIgnored(McpServerRules):
    def is_active(self, claims: Mapping[str, Any]) -> bool:
        return len(claims) > 1


@mutant(kills={"MCP-TOK-05"}, story="active counts as soon as it is truthy, and the word false is.")
class ActiveIsTruthy(McpServerRules):
    def is_active(self, claims: Mapping[str, Any]) -> bool:
        return bool(claims.get("active"))


@mutant(kills={"MCP-TOK-05"}, story="While introspection is down, tokens are believed so that nobody is locked out.")
class OutageOpensTheDoor(McpServerRules):
    async def introspect(self, raw: str, endpoint: IntrospectionEndpoint) -> Mapping[str, Any]:
        try:
            return await super().introspect(raw, endpoint)
        except RefusalError:
            return {"active": True, "aud": self.config.resource, "sub": "somebody", "scope": "mcp:echo"}


@mutant(kills={"MCP-TOK-06", "MCP-TOK-14"}, story="Introspection says active, so nobody asks for whom.")
class AudienceOfAnswerIsIgnored(McpServerRules):
    def introspected_claim_steps(self) -> tuple[ClaimStep, ...]:
        return tuple(step for step in super().introspected_claim_steps() if step != self.check_audience)


@mutant(kills={"RFC6749-7-a"}, story="Scopes are read from JWTs; an opaque token may do everything.")
class ScopeOfAnswerIsIgnored(McpServerRules):
    def missing_scopes(self, token: AccessToken, needed: tuple[str, ...]) -> tuple[str, ...]:
        return () if "active" in token.claims else super().missing_scopes(token, needed)


@mutant(kills={"RFC9449-6-b", "RFC9449-7.2-a"}, story="cnf is read from JWTs; an opaque token is a bearer token.")
class BindingInAnswerIsIgnored(McpServerRules):
    def check_token_is_not_bound(self, token: AccessToken) -> None:
        if "active" not in token.claims:
            super().check_token_is_not_bound(token)


@mutant(kills={"RFC7662-2.2-d"}, story="Beside active true, exp, nbf and iss of the answer are not looked at.")
class MembersOfAnswerAreIgnored(McpServerRules):
    def introspected_claim_steps(self) -> tuple[ClaimStep, ...]:
        return (self.check_audience, self.check_introspected_party, self.check_scope_claim)


class _Caching(McpServerRules):
    """The reference with a cache of answers that say active."""

    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(config)
        self._answers: dict[str, Mapping[str, Any]] = {}

    def is_usable(self, answer: Mapping[str, Any]) -> bool:
        """Whether a cached answer is still good."""
        raise NotImplementedError

    async def introspect(self, raw: str, endpoint: IntrospectionEndpoint) -> Mapping[str, Any]:
        cached = self._answers.get(raw)
        if cached is not None and self.is_usable(cached):
            return cached
        answer = await super().introspect(raw, endpoint)
        if answer.get("active") is True:
            self._answers[raw] = answer
        return answer


@mutant(kills={"RFC7662-4-c"}, story="Answers of introspection are kept until the token expires.")
class AnswersAreKeptUntilExpiry(_Caching):
    def is_usable(self, answer: Mapping[str, Any]) -> bool:
        return float(answer.get("exp", 0)) > time.time()


@mutant(kills={"RFC7662-4-b", "RFC7662-4-c"}, story="Answers of introspection are kept, and exp was for JWTs.")
class AnswersAreKeptForEver(_Caching):
    def is_usable(self, answer: Mapping[str, Any]) -> bool:
        return True

    def introspected_claim_steps(self) -> tuple[ClaimStep, ...]:
        late = self.check_introspected_expiry
        return tuple(self._lenient if step == late else step for step in super().introspected_claim_steps())

    def _lenient(self, claims: Mapping[str, Any], resource: Any) -> None:
        if time.time() - float(claims.get("exp", time.time())) > 100:
            self.check_introspected_expiry(claims, resource)
