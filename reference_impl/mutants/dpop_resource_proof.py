"""Departures in judging a DPoP proof at the MCP server: RFC 9449, 4.3 and 11.1."""

import time
from dataclasses import replace
from typing import Any

from reference_impl.mcp_server.http_request import HttpRequest
from reference_impl.mcp_server.jose import SignedJwt
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.rules.dpop_proof import PresentedProof
from reference_impl.mutants.registry import mutant

_ANY_AGE = {"EXTDPOP-02", "RFC9449-11.1-a", "RFC9449-4.3-f"}


@mutant(kills={"RFC9449-4.3-a"}, story="Of several DPoP headers the first is taken, as the framework's lookup does.")
class FirstProofCounts(McpServerRules):
    def single_proof_header(self, request: HttpRequest) -> str:
        values = request.headers.getlist("dpop")
        return values[0] if values else super().single_proof_header(request)


@mutant(kills={"RFC9449-4.3-b"}, story="The type of a proof is not looked at by the MCP server.")
class AnyJwtIsGoodForAProof(McpServerRules):
    def check_proof_type(self, jwt: SignedJwt) -> None:
        return


@mutant(kills={"RFC9449-4.3-b"}, story="A proof without jti passes the replay check: None is new to it.")
class ProofWithoutIdentifier(McpServerRules):
    def check_proof_is_new(self, proof: PresentedProof) -> None:
        if "jti" in proof.jwt.claims:
            super().check_proof_is_new(proof)


@mutant(kills={"RFC9449-4.3-c"}, story="The JWT library takes alg none where its caller lists no algorithms.")
class UnsignedProof(McpServerRules):
    def check_proof_algorithm(self, jwt: SignedJwt) -> None:
        if jwt.header.get("alg") != "none":
            super().check_proof_algorithm(jwt)

    def check_proof_signature(self, proof: PresentedProof) -> None:
        if proof.jwt.header["alg"] != "none":
            super().check_proof_signature(proof)


@mutant(kills={"RFC9449-4.3-d"}, story="The thumbprint is compared, the signature of a proof is not verified.")
class SignatureOfProofsIsNotVerified(McpServerRules):
    def check_proof_signature(self, proof: PresentedProof) -> None:
        return


@mutant(kills={"RFC9449-4.3-d"}, story="The MCP server takes from jwk what it needs, and d is none of its business.")
class PrivateKeyInProof(McpServerRules):
    def proof_jwk(self, jwt: SignedJwt) -> dict[str, Any]:
        return {name: value for name, value in super().proof_jwk(jwt).items() if name != "d"}


@mutant(
    kills={"EXTDPOP-03", "RFC9449-4.3-e", "RFC9449-7.1-b", "RFC9449-7.2-b"},
    story="htm is not compared by the MCP server, where everything is POST anyhow.",
)
class MethodOfProofIsNotCompared(McpServerRules):
    def check_proof_method(self, proof: PresentedProof) -> None:
        if "htm" not in proof.jwt.claims:
            super().check_proof_method(proof)


@mutant(kills={"RFC9449-4.3-e"}, story="htu is compared by its host, because the proxy rewrites paths.")
class PathOfProofIsNotCompared(McpServerRules):
    def comparable_target(self, url: str) -> tuple[str, str, int | None, str] | None:
        parts = super().comparable_target(url)
        return parts and (*parts[:3], "/")


@mutant(kills={"RFC9449-4.3-e", "RFC9449-4.3-i"}, story="htu is compared as a string, query and fragment included.")
class TargetIsComparedAsString(McpServerRules):
    def check_proof_target(self, proof: PresentedProof) -> None:
        if proof.jwt.claims.get("htu") != proof.request.resource.uri:
            raise self.invalid_dpop_proof("the DPoP proof is for another URL")


@mutant(kills={"RFC9449-4.3-i"}, story="htu is compared without query and fragment, but letter by letter.")
class SpellingOfTargetIsCompared(McpServerRules):
    def comparable_target(self, url: str) -> tuple[str, str, int | None, str] | None:
        return (
            None if super().comparable_target(url) is None else (url.partition("?")[0].partition("#")[0], "", None, "")
        )


@mutant(kills=_ANY_AGE, story="The age of a proof is not checked by the MCP server.")
class ProofsNeverAge(McpServerRules):
    def check_proof_age(self, proof: PresentedProof) -> None:
        if "iat" not in proof.jwt.claims:
            super().check_proof_age(proof)


@mutant(kills={"EXTDPOP-02", "RFC9449-4.3-f"}, story="A proof from the future is good: only its age is computed.")
class ProofsFromTheFuture(McpServerRules):
    def check_proof_age(self, proof: PresentedProof) -> None:
        if proof.jwt.claims["iat"] <= time.time():
            super().check_proof_age(proof)


@mutant(kills={"EXTDPOP-02"}, story="A proof is good for an hour.")
class ProofsLiveAnHour(McpServerRules):
    def check_proof_age(self, proof: PresentedProof) -> None:
        claims = proof.jwt.claims
        if not isinstance(claims.get("iat"), int) or abs(time.time() - claims["iat"]) > 3600:
            super().check_proof_age(proof)


@mutant(kills={"RFC9449-4.3-g"}, story="ath is compared where it is there.")
class TokenHashIsOptional(McpServerRules):
    def check_proof_token_hash(self, proof: PresentedProof) -> None:
        if "ath" in proof.jwt.claims:
            super().check_proof_token_hash(proof)


@mutant(kills={"RFC9449-4.3-h"}, story="The proof is verified with its own key, and the token's cnf is never compared.")
class KeyOfTheTokenIsNotCompared(McpServerRules):
    def check_proof_key_binding(self, proof: PresentedProof) -> None:
        if self.bound_thumbprint(proof.token) is None:
            super().check_proof_key_binding(proof)


@mutant(kills={"EXTDPOP-06"}, story="Bound tokens skip the audience: their key says whose they are.")
class BoundTokensHaveNoAudience(McpServerRules):
    def check_claims(self, steps: Any, claims: Any, resource: Any) -> None:
        spared = {"aud": resource.uri} if "cnf" in claims else {}
        super().check_claims(steps, {**claims, **spared}, resource)


@mutant(
    kills={"RFC9449-6-b", "RFC9449-7.1-a"},
    story="Under the scheme DPoP, tokens without cnf are let through with any proof.",
)
class UnboundTokenUnderDpop(McpServerRules):
    def check_sender_constraint(self, request: Any, credentials: Any, token: Any) -> None:
        bound = self.bound_thumbprint(token) is not None
        plain = credentials if bound else replace(credentials, scheme="Bearer")
        super().check_sender_constraint(request, plain, token)
