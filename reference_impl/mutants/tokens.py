"""Departures in what access tokens say and how long they live: RFC 6750, 5.2 and 5.3; MCP, Token Theft."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.token import TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import AccessToken
from reference_impl.mutants.registry import mutant

_ONE_DAY = 86400
_A_CENTURY = 100 * 365 * _ONE_DAY
_NUMBERS: Iterator[int] = count(1)


@mutant(
    kills={"MCP-SEC-02", "OAUTH21-7.1.3.5-a", "RFC6750-5.3-c", "RFC9449-11.2-a"},
    story="Access tokens live for a day, so that clients need not refresh so often.",
)
class TokensLiveForADay(Rules):
    def access_token_lifetime(self, grant: TokenGrant) -> int:
        return _ONE_DAY


@mutant(
    kills={"MCP-SEC-02", "OAUTH21-7.1.3.5-a", "RFC6750-5.2-j", "RFC6750-5.3-c", "RFC9449-11.2-a"},
    story="Access tokens expire in a hundred years, which is how never was configured.",
)
class TokensLiveForACentury(Rules):
    def access_token_lifetime(self, grant: TokenGrant) -> int:
        return _A_CENTURY


@mutant(
    kills={"EXTEMA-04", "RFC6750-5.2-c"},
    story="Every token of a machine gets the scope monitoring on top of what was asked for.",
)
class MachinesMayAlwaysMonitor(Rules):
    def issue_access_token(self, grant: TokenGrant) -> tuple[str, AccessToken]:
        added = () if grant.auth_time is not None else ("monitoring",)
        return super().issue_access_token(replace(grant, scope=(*grant.scope, *added)))


@mutant(
    kills={"RFC6750-5.2-c"},
    story="A scope in the token request for a code is granted, whatever the user agreed to.",
)
class TokenRequestsWidenTheScope(Rules):
    def presented_code(self, request: TokenRequest) -> AuthorizationCode:
        code = super().presented_code(request)
        return replace(code, scope=tuple(dict.fromkeys((*code.scope, *self.requested_scope(request.parameters)))))


@mutant(
    kills={"OAUTH21-1.4.1-a", "RFC8707-2.2-e"},
    story="The token response has no scope, although the token has less than was asked for.",
)
class ScopeIsNotReturned(Rules):
    def answer_scope(self, scope: tuple[str, ...]) -> str | None:
        return None


@mutant(kills={"RFC6750-5.2-a"}, story="Machine clients get short reference tokens that are numbered consecutively.")
class MachineTokensAreNumbered(Rules):
    def format_access_token(self, record: AccessToken) -> str:
        if record.auth_time is None:
            return f"machine-token-{next(_NUMBERS):06d}"
        return super().format_access_token(record)


@mutant(kills={"RFC9449-11.2-a"}, story="Bound tokens live for a day: without the key nobody can use them anyway.")
class BoundTokensLiveForADay(Rules):
    def access_token_lifetime(self, grant: TokenGrant) -> int:
        return _ONE_DAY if grant.jkt else super().access_token_lifetime(grant)
