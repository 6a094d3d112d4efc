"""Token requests with DPoP proofs: nonces are followed, and no wrong proof is judged without a good one before it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop import DpopKey, DpopProof
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import AuthorizationRequest, FormRequest
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_ALGORITHMS = "dpop_signing_alg_values_supported"
_NONCE = "DPoP-Nonce"


@dataclass(frozen=True)
class DpopFlow:
    """One key and the flow of one client. `machine`: the cheap requests are for client credentials, not codes."""

    server: AuthorizationServer
    flow: AuthorizationFlow
    key: DpopKey
    machine: bool = False

    @classmethod
    def of(cls, server: AuthorizationServer, flow: AuthorizationFlow | None = None) -> "DpopFlow":
        """The flow given, else of whatever client is cheapest. Raises NotApplicable when the server has no DPoP."""
        announced = server.metadata().value.get(_ALGORITHMS)
        if not isinstance(announced, list) or not announced:
            raise NotApplicable(f"the metadata has no {_ALGORITHMS}, so the server offers no DPoP")
        key = DpopKey.fresh(name for name in announced if isinstance(name, str))
        if flow is not None:
            return cls(server, flow, key)
        try:
            return cls(server, server.machine_flow(), key, machine=True)
        except NotApplicable:
            return cls(server, server.flow(), key)

    def with_other_key(self) -> "DpopFlow":
        """The same flow with another key of the same kind."""
        return replace(self, key=DpopKey.fresh((self.key.algorithm,)))

    def request(self) -> FormRequest:
        """A fresh token request that is good but for its proof. Raises Inconclusive."""
        return self.flow.client_credentials_request() if self.machine else self.flow.code_for()

    def proof(self, endpoint: str | None = None) -> DpopProof:
        """A good proof for a POST to that endpoint, the token endpoint by default."""
        return self.key.proof("POST", endpoint or self.flow.endpoint("token_endpoint"))

    def redeem(self, request: FormRequest, *proofs: DpopProof) -> TokenAnswer:
        """Send a token request with these proofs, once more with the server's nonce if it asks for one."""
        answer = self.send(request, *proofs)
        nonce = answer.response.header(_NONCE)
        if answer.error == "use_dpop_nonce" and nonce is not None:
            return self.send(request, *(proof.with_nonce(nonce) for proof in proofs))
        return answer

    def send(self, request: FormRequest, *proofs: DpopProof) -> TokenAnswer:
        """Send a token request with exactly these proofs."""
        if not proofs:
            return self.flow.redeem(request)
        change = " and ".join(proof.flaw for proof in proofs if proof.flaw)
        headers = tuple(("DPoP", proof.compact()) for proof in proofs)
        altered = request.with_headers(change, *headers)
        return self.flow.redeem(altered if change else replace(altered, changes=request.changes))

    def granted(self, request: FormRequest | None = None) -> TokenAnswer:
        """A token request with a good proof, which must be granted. Raises Inconclusive."""
        answer = self.redeem(request or self.request(), self.proof())
        if not answer.access_token:
            said = self.flow.wire.transcript.redact(answer.described())
            raise Inconclusive(f"the token request with a good DPoP proof was refused: {said}", root="dpop")
        return answer

    def code_granted(self, request: AuthorizationRequest | None = None) -> TokenAnswer:
        """A code grant with a good proof, which must succeed. Raises Inconclusive."""
        return self.granted(self.flow.code_for(request))

    def refused(self, answer: TokenAnswer, what: str) -> TokenAnswer:
        """That answer has to be a refusal. Raises Violation, naming `what` was sent."""
        if answer.access_token or answer.refresh_token:
            raise Violation(
                f"{what} was accepted",
                expected="a refusal without any token",
                observed=answer.described(),
                decided_by=answer.response.exchange,
            )
        expect(answer).has_no_server_error()
        return answer

    def judge_refused(self, wrong: Iterable[DpopProof]) -> list[TokenAnswer]:
        """A good proof is accepted, and each wrong one is refused. Raises Violation, Inconclusive."""
        self.granted()
        return [self.refused(self.redeem(self.request(), proof), proof.flaw) for proof in wrong]

    def judge_time(self, wrong: DpopProof) -> None:
        """A proof of another time is refused. Raises Violation, Inconclusive.

        Raises NotApplicable where it is accepted with a nonce: that may say when a proof was made (RFC 9449, 4.3, 11).
        """
        self.granted()
        first = self.send(self.request(), wrong)
        if first.error != "use_dpop_nonce":
            self.refused(first, wrong.flaw)
            return
        if self.redeem(self.request(), wrong).access_token:
            raise NotApplicable("the server goes by its nonce to know when a proof was made")

    def nonce(self) -> str:
        """A nonce that the server gave with a granted request or asked for. Raises NotApplicable when it gives none."""
        first = self.send(self.request(), self.proof())
        found = first.response.header(_NONCE)
        if found is None:
            raise NotApplicable("the server gives no DPoP nonces, which are optional")
        if not first.access_token:
            self.granted()
        return found
