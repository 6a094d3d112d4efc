"""Properties of the Authorization header at a resource server: nearly good tokens, and every spelling of Bearer."""

from base64 import urlsafe_b64decode
from dataclasses import replace

from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grammars import Slip, spellings_of, token_slips
from conformance.expect import expect
from conformance.vocabulary import Violation

_TIMES = 3
"""An example is one request."""


class GeneratedCredentials:
    """The Authorization header of requests to one MCP server."""

    def __init__(self, server: ResourceServer) -> None:
        self.server = server
        self.explorer = Explorer(server, times=_TIMES)

    def judge_altered_tokens(self) -> None:
        """No token is accepted that is nearly a good one. Raises Violation, or Inconclusive without a good token."""
        token = self.server.control()

        def judge(trial: Trial, slip: Slip) -> None:
            altered = slip.of(token)
            if altered == token or _meaning(altered) == _meaning(token):
                return
            trial.tell(f"token altered: {slip}")
            here = replace(self.server, wire=trial.wire)
            answer = here.send(here.with_token(altered, change="altered token"))
            if is_result(answer):
                expected = "refused like a token that nobody issued"
                raise Violation("an altered token is accepted", expected=expected, observed=expect(answer).described())

        self.explorer.for_all(token_slips(), judge)

    def judge_spellings(self) -> None:
        """Every spelling of Bearer is understood. Raises Violation, or Inconclusive without a good token."""
        self.server.require_bearer()
        token = self.server.control()

        def judge(trial: Trial, scheme: str) -> None:
            trial.tell(f"scheme spelt {scheme}")
            here = replace(self.server, wire=trial.wire)
            request = here.with_token(token).with_header("Authorization", f"{scheme} {token}", f"scheme spelt {scheme}")
            answer = here.send(request)
            if not is_result(answer):
                observed = expect(answer).described()
                raise Violation(
                    f"{scheme} is not understood", expected="the same answer as to Bearer", observed=observed
                )

        self.explorer.for_all(spellings_of("Bearer"), judge)


def _meaning(token: str) -> tuple[str | bytes, ...]:
    """The bytes behind each part: the last letter of a part in Base64 has spare bits, which say nothing."""
    return tuple(_decoded(part) for part in token.split("."))


def _decoded(part: str) -> str | bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return part
