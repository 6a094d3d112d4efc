"""Other ways to do DPoP, all of them right."""

from dataclasses import replace
from typing import Any

from reference_impl.authorization_server.config import DpopOptions, ServerConfig
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.dpop import DpopProof
from reference_impl.authorization_server.store.tokens import AccessToken
from reference_impl.mutants.registry import variation


@variation(story="Every DPoP proof needs a nonce of the server.", configures="authorization_server")
def dpop_with_nonces(config: ServerConfig) -> ServerConfig:
    return replace(config, dpop=replace(config.dpop, require_nonce=True))


@variation(story="Proofs are made with RSA only, and may be five minutes old.", configures="authorization_server")
def dpop_with_rsa(config: ServerConfig) -> ServerConfig:
    return replace(config, dpop=DpopOptions(algorithms=("PS256", "RS256"), proof_lifetime=300))


@variation(story="The same proof may come twice within its lifetime: jti is not remembered.")
class ProofsAreNotRemembered(Rules):
    def check_dpop_jti_is_fresh(self, proof: DpopProof) -> None:
        pass


@variation(story="A proof may accompany a request that gives a Bearer token: only refresh tokens are bound.")
class OnlyRefreshTokensAreBound(Rules):
    def jkt_of_access_token(self, jkt: str | None) -> str | None:
        return None


@variation(story="What key a token is bound to is told by introspection, and not by the token itself.")
class BindingIsToldByIntrospection(Rules):
    def access_token_claims(self, record: AccessToken) -> dict[str, Any]:
        return {name: value for name, value in super().access_token_claims(record).items() if name != "cnf"}


@variation(story="With nonces it is the nonce that says when a proof was made; iat is not looked at.")
class NonceTellsTheTime(Rules):
    def check_dpop_iat(self, proof: DpopProof) -> None:
        pass

    def check_dpop_nonce(self, proof: DpopProof) -> None:
        nonce = proof.claims.get("nonce")
        if not isinstance(nonce, str) or not self.store.dpop_nonces.is_live(nonce, self.now()):
            raise self.use_dpop_nonce()
