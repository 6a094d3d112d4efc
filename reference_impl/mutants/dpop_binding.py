"""Departures in what a DPoP key is tied to, and in nonces: RFC 9449, 5, 6, 8, 10, 10.1 and 11.3."""

from starlette.responses import Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.dpop import DpopProof
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import AccessToken, RefreshToken
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC9449-5-b"}, story="Every token is of type Bearer, bound or not.")
class BoundTokenIsCalledBearer(Rules):
    def answer_token_type(self, jkt: str | None) -> str | None:
        return "Bearer"


@mutant(kills={"RFC9449-6-a"}, story="The token is said to be bound, and says nothing of the key.")
class BoundTokenNamesNoKey(Rules):
    def confirmation_of(self, jkt: str | None) -> dict[str, dict[str, str]]:
        return {}


@mutant(kills={"RFC9449-6-a"}, story="The token names the key that the client first used, not the one of this proof.")
class BoundTokenNamesAnotherKey(Rules):
    def confirmation_of(self, jkt: str | None) -> dict[str, dict[str, str]]:
        return super().confirmation_of("A" * 43 if jkt else None)


@mutant(kills={"RFC9449-6.2-a"}, story="Introspection calls every token a Bearer token.")
class IntrospectedTokenIsBearer(Rules):
    def introspected_token_type(self, token: AccessToken) -> str:
        return "Bearer"


@mutant(kills={"RFC9449-5-c"}, story="Refresh tokens are bound to nothing, since they are secret anyway.")
class RefreshTokenIsBoundToNoKey(Rules):
    def jkt_of_refresh_token(self, client: Client, jkt: str | None) -> str | None:
        return None


@mutant(kills={"RFC9449-5-c"}, story="The key of a refresh token is compared only if the refresh comes with a proof.")
class RefreshWithoutProofIsGood(Rules):
    def check_dpop_key_of_refresh_token(self, token: RefreshToken, jkt: str | None) -> None:
        if jkt is not None:
            super().check_dpop_key_of_refresh_token(token, jkt)


@mutant(kills={"RFC9449-5-c"}, story="A refresh needs a proof, but a proof by any key will do.")
class RefreshWithAnyProofIsGood(Rules):
    def check_dpop_key_of_refresh_token(self, token: RefreshToken, jkt: str | None) -> None:
        if jkt is None:
            super().check_dpop_key_of_refresh_token(token, jkt)


@mutant(
    kills={"RFC9449-5.2-a", "EXTDPOP-05"},
    story="dpop_bound_access_tokens is stored with the client, and nobody ever reads it.",
)
class RegisteredBindingIsForgotten(Rules):
    def check_dpop_proof_sent_if_required(self, client: Client, jkt: str | None) -> None:
        pass


@mutant(kills={"RFC9449-10-a", "RFC9449-10.1-a"}, story="dpop_jkt of the authorization request is ignored.")
class DpopJktIsIgnored(Rules):
    def dpop_jkt_of_code(self, dpop_jkt: str | None) -> str | None:
        return None


@mutant(kills={"RFC9449-10-a"}, story="The key of a code is compared only if its redemption comes with a proof.")
class BoundCodeWithoutProofIsGood(Rules):
    def check_dpop_key_of_code(self, code: AuthorizationCode, jkt: str | None) -> None:
        if jkt is not None:
            super().check_dpop_key_of_code(code, jkt)


@mutant(
    kills={"RFC9449-10-a", "RFC9449-10.1-a"},
    story="A code with dpop_jkt needs a proof, but a proof by any key will do.",
)
class BoundCodeWithAnyProofIsGood(Rules):
    def check_dpop_key_of_code(self, code: AuthorizationCode, jkt: str | None) -> None:
        if jkt is None:
            super().check_dpop_key_of_code(code, jkt)


@mutant(kills={"RFC9449-8-a"}, story="Proofs need a nonce, and any will do.")
class AnyNonceIsGood(Rules):
    def check_dpop_nonce(self, proof: DpopProof) -> None:
        if not isinstance(proof.claims.get("nonce"), str):
            raise self.use_dpop_nonce()


@mutant(kills={"RFC9449-8-a"}, story="The new nonce and the one before it are both sent, each in a header of its own.")
class TwoNoncesInOneAnswer(Rules):
    def check_dpop_nonce(self, proof: DpopProof) -> None:
        nonce = proof.claims.get("nonce")
        if not isinstance(nonce, str) or not self.store.dpop_nonces.is_live(nonce, self.now()):
            raise self.use_dpop_nonce()

    def error_response(self, error: OAuthError) -> Response:
        response = super().error_response(error)
        if "DPoP-Nonce" in error.headers:
            response.headers.append("DPoP-Nonce", self.fresh_dpop_nonce())
        return response


@mutant(kills={"RFC9449-8.1-a"}, story="Nonces travel between quotes, as entity tags do.")
class NoncesHaveQuotes(Rules):
    def fresh_dpop_nonce(self) -> str:
        return f'"{super().fresh_dpop_nonce()}"'

    def check_dpop_nonce(self, proof: DpopProof) -> None:
        nonce = str(proof.claims.get("nonce"))
        if not nonce.startswith('"') or not self.store.dpop_nonces.is_live(nonce.strip('"'), self.now()):
            raise self.use_dpop_nonce()


@mutant(
    kills={"RFC9449-11.3-a"},
    story="A nonce is checked where a proof has one; proofs without are good, for the sake of older clients.",
)
class NonceMayBeLeftOut(Rules):
    def check_dpop_nonce(self, proof: DpopProof) -> None:
        nonce = proof.claims.get("nonce")
        if nonce is not None and not self.store.dpop_nonces.is_live(str(nonce), self.now()):
            raise self.use_dpop_nonce()

    def no_store_headers(self) -> dict[str, str]:
        return {**super().no_store_headers(), "DPoP-Nonce": self.fresh_dpop_nonce()}


@mutant(kills={"RFC9449-10.1-a"}, story="A proof with a pushed request is verified and then forgotten.")
class ProofOfPushIsForgotten(Rules):
    def pushed_parameters(self, parameters: Parameters, client: Client, dpop_jkt: str | None) -> Parameters:
        self.check_pushed_dpop_jkt(parameters.get("dpop_jkt"), dpop_jkt)
        return super().pushed_parameters(parameters, client, None)


@mutant(kills={"RFC9449-10.1-a"}, story="A push may name one key in dpop_jkt and prove another: the proof wins.")
class PushForTwoKeysIsTaken(Rules):
    def check_pushed_dpop_jkt(self, named: str | None, proven: str | None) -> None:
        pass


@mutant(kills={"RFC9449-10.1-a"}, story="dpop_jkt is read from the browser's request only, not from a pushed one.")
class DpopJktOfPushIsIgnored(Rules):
    def pushed_parameters(self, parameters: Parameters, client: Client, dpop_jkt: str | None) -> Parameters:
        pushed = super().pushed_parameters(parameters, client, dpop_jkt)
        if dpop_jkt is not None:
            return pushed
        return Parameters(tuple(pair for pair in pushed.pairs() if pair[0] != "dpop_jkt"))
