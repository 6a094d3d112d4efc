"""Departures in what the MCP server does with bound tokens, schemes, challenges and nonces: RFC 9449, 7 and 9."""

from dataclasses import replace
from typing import Any

from reference_impl.mcp_server.config import McpServerConfig, ProtectedResource
from reference_impl.mcp_server.http_request import AccessToken, Credentials, HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.rules.dpop_proof import PresentedProof
from reference_impl.mutants.registry import mutant


@mutant(kills={"EXTDPOP-03", "RFC9449-7.1-a"}, story="A proof is checked when there is one.")
class ProofIsOptional(McpServerRules):
    def check_sender_constraint(self, request: HttpRequest, credentials: Credentials, token: AccessToken) -> None:
        if "dpop" in request.headers or credentials.scheme != "DPoP":
            super().check_sender_constraint(request, credentials, token)


@mutant(
    kills={"RFC9449-7.1-a", "RFC9449-7.1-b", "RFC9449-7.2-a"},
    story="Proofs are checked, but the token has to come under Bearer.",
)
class ProofsGoWithBearer(McpServerRules):
    def accepted_schemes(self) -> tuple[str, ...]:
        return ("Bearer",)

    def challenge_schemes(self) -> tuple[str, ...]:
        return ("Bearer",)

    def metadata_dpop_signing_alg_values_supported(self, _resource: ProtectedResource) -> list[str] | None:
        return None

    def check_sender_constraint(self, request: HttpRequest, credentials: Credentials, token: AccessToken) -> None:
        if self.bound_thumbprint(token) is not None:
            self.check_proof(self.presented_proof(request, credentials, token))


@mutant(kills={"RFC9449-6-b", "RFC9449-7.2-a"}, story="Under Bearer nobody looks at cnf.")
class BoundTokenAsBearer(McpServerRules):
    def check_token_is_not_bound(self, token: AccessToken) -> None:
        return


@mutant(kills={"RFC9449-7.2-a"}, story="Under Bearer a bound token passes as long as some DPoP header is there.")
class AnyProofGoesWithBearer(McpServerRules):
    def check_sender_constraint(self, request: HttpRequest, credentials: Credentials, token: AccessToken) -> None:
        if credentials.scheme == "DPoP" or "dpop" not in request.headers:
            super().check_sender_constraint(request, credentials, token)


@mutant(kills={"EXTDPOP-03"}, story="A failed proof is answered 403, for the token itself was good.")
class FailedProofIsForbidden(McpServerRules):
    def invalid_dpop_proof(self, description: str) -> RefusalError:
        refusal = super().invalid_dpop_proof(description)
        refusal.status = 403
        return refusal


@mutant(kills={"EXTDPOP-03", "RFC9449-7.1-b"}, story="A failed proof is answered like a request without token.")
class FailedProofIsNotExplained(McpServerRules):
    def invalid_dpop_proof(self, description: str) -> RefusalError:
        return self.unauthenticated()


@mutant(kills={"RFC9449-7.1-b"}, story="The DPoP challenge forgets algs.")
class NoAlgorithmsInChallenge(McpServerRules):
    def algs_parameter(self, *_: Any) -> str | None:
        return None


@mutant(kills={"RFC9449-7.2-b"}, story="Every challenge of an answer repeats the error.")
class EveryChallengeExplains(McpServerRules):
    def challenge_explains(self, scheme: str, attempted: str | None) -> bool:
        return True


@mutant(
    kills={"RFC6750-3.1-e", "RFC9449-7.2-b"},
    story="A request without credentials is told invalid_request under DPoP.",
)
class DpopChallengeExplainsNothing(McpServerRules):
    def challenge(self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> str:
        usual = super().challenge(scheme, refusal, resource, attempted)
        asked = scheme == "DPoP" and attempted is None and refusal.error is None
        return usual.replace("DPoP ", 'DPoP error="invalid_request", ', 1) if asked else usual


class _WithNonces(McpServerRules):
    """The reference where every proof needs a nonce."""

    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(replace(config, dpop_nonce=True))


@mutant(kills={"RFC9449-9-a"}, story="The MCP server calls a proof without nonce invalid_dpop_proof.")
class NonceIsAskedForByAnotherName(_WithNonces):
    def use_dpop_nonce(self) -> RefusalError:
        refusal = super().use_dpop_nonce()
        refusal.error = "invalid_dpop_proof"
        return refusal


@mutant(kills={"RFC9449-9-a"}, story="Two layers of the MCP server each add their nonce.")
class TwoNonces(_WithNonces):
    def refusal_headers(self, refusal: RefusalError, request: HttpRequest) -> list[tuple[str, str]]:
        headers = super().refusal_headers(refusal, request)
        return [*headers, *(pair for pair in headers if pair[0] == "DPoP-Nonce")]


@mutant(kills={"RFC9449-8.1-a"}, story="The nonce of the MCP server is two words with a space between.")
class NonceHasASpace(_WithNonces):
    def refusal_headers(self, refusal: RefusalError, request: HttpRequest) -> list[tuple[str, str]]:
        headers = super().refusal_headers(refusal, request)
        return [(name, f"nonce {value}" if name == "DPoP-Nonce" else value) for name, value in headers]

    def nonce_is_fresh(self, nonce: object) -> bool:
        return isinstance(nonce, str) and super().nonce_is_fresh(nonce.removeprefix("nonce "))


@mutant(kills={"EXTDPOP-07"}, story="The MCP server looks whether there is a nonce, not at the nonce.")
class PresenceOfANonceIsEnough(_WithNonces):
    def nonce_is_fresh(self, nonce: object) -> bool:
        return isinstance(nonce, str)


@mutant(
    kills={"RFC9449-11.3-a"},
    story="The MCP server hands out nonces with the first answers, and accepts proofs without one for ever.",
)
class NonceIsForgottenAtOnce(McpServerRules):
    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(config)
        self._asked: set[str] = set()

    def check_proof_nonce(self, proof: PresentedProof) -> None:
        thumbprint = proof.key.key.thumbprint()
        if thumbprint not in self._asked:
            self._asked.add(thumbprint)
            raise self.use_dpop_nonce()
