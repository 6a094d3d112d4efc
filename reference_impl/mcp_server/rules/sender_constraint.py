"""Which tokens go with which scheme, and the DPoP nonce (RFC 9449 sections 7 and 9)."""

from reference_impl.mcp_server.config import DpopMode
from reference_impl.mcp_server.http_request import AccessToken, Credentials, HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules.dpop_proof import DpopProofRules, PresentedProof
from reference_impl.mcp_server.state import NonceSource


class SenderConstraintRules(DpopProofRules):
    """OAUTH21-1.4.3-a, RFC9700-2.2.1-a: a token that is bound to a key is only good with a proof of that key."""

    nonces: NonceSource

    def check_sender_constraint(self, request: HttpRequest, credentials: Credentials, token: AccessToken) -> None:
        """Judge scheme, binding and proof together. Raises RefusalError."""
        if credentials.scheme == "DPoP":
            self.check_token_is_bound(token)
            self.check_proof(self.presented_proof(request, credentials, token))
        else:
            self.check_token_is_not_bound(token)
            self.check_bearer_is_enough(token)

    def check_proof(self, proof: PresentedProof) -> None:
        """RFC9449-7.1-a, EXTDPOP-02: every step of the proof, and before them the nonce."""
        self.check_proof_nonce(proof)
        for step in self.proof_steps():
            step(proof)

    def check_token_is_bound(self, token: AccessToken) -> None:
        """RFC9449-7.1-a: under the DPoP scheme the token names a key."""
        if self.bound_thumbprint(token) is None:
            raise self.invalid_token("the access token is not bound to a DPoP key")

    def check_token_is_not_bound(self, token: AccessToken) -> None:
        """RFC9449-7.2-a: a bound token is refused under Bearer, whatever it is bound to (RFC 7800 section 3.1)."""
        if "cnf" in token.claims:
            raise self.invalid_token("the access token is sender-constrained and came without its proof")

    def check_bearer_is_enough(self, _token: AccessToken) -> None:
        """RFC9728-2-n: where DPoP is required, no unbound token is accepted."""
        if self.config.dpop is DpopMode.REQUIRED:
            raise self.invalid_token("this resource accepts DPoP-bound access tokens only")

    def check_proof_nonce(self, proof: PresentedProof) -> None:
        """RFC9449-9-a, RFC9449-11.3-a, EXTDPOP-07: where nonces are in use, every proof has a fresh one."""
        if self.config.dpop_nonce and not self.nonce_is_fresh(proof.jwt.claims.get("nonce")):
            raise self.use_dpop_nonce()

    def nonce_is_fresh(self, nonce: object) -> bool:
        """RFC9449-9-a: a nonce of this server, of the current period or the one before."""
        return isinstance(nonce, str) and self.nonces.is_fresh(nonce)

    def use_dpop_nonce(self) -> RefusalError:
        """RFC9449-9-a: 401 with the nonce to use next."""
        return RefusalError(
            401,
            "the DPoP proof needs a nonce of this server",
            error="use_dpop_nonce",
            challenges=True,
            headers={"DPoP-Nonce": self.nonces.current()},
        )

    def response_nonce(self, request: HttpRequest) -> str | None:
        """RFC9449-9-a: served requests hand out the nonce for the next one (RFC 9449 section 8.2)."""
        return self.nonces.current() if self.config.dpop_nonce and "dpop" in request.headers else None
