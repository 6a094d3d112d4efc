"""Departures in what the token endpoint accepts as a DPoP proof: RFC 9449, 4.3, 5 and 11.1."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from starlette.requests import Request

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.dpop import DpopProof
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC9449-4.3-a"}, story="Of several DPoP headers the first one counts.")
class FirstDpopHeaderCounts(Rules):
    def single_dpop_header(self, headers: Any) -> str:
        return str(headers[0])


@mutant(kills={"RFC9449-4.3-b"}, story="A DPoP header that can't be parsed is ignored, as if there were none.")
class MalformedProofIsIgnored(Rules):
    def dpop_key_of_request(self, headers: Any, method: str, uri: str) -> str | None:
        readable = [header for header in headers if self._is_jwt(header)]
        return super().dpop_key_of_request(readable, method, uri)

    def _is_jwt(self, header: str) -> bool:
        try:
            jws.extract_compact(header.encode())
        except JoseError:
            return header.count(".") == 2
        return True


@mutant(kills={"RFC9449-4.3-b"}, story="A proof without htu is good for every URL.")
class ProofWithoutHtuIsGood(Rules):
    def parse_dpop_proof(self, compact: str, method: str, uri: str) -> DpopProof:
        proof = super().parse_dpop_proof(compact, method, uri)
        return replace(proof, claims={"htu": uri, **proof.claims})


@mutant(kills={"RFC9449-4.3-b"}, story="A proof without jti passes, since nothing can be remembered of it.")
class ProofWithoutJtiIsGood(Rules):
    def parse_dpop_proof(self, compact: str, method: str, uri: str) -> DpopProof:
        proof = super().parse_dpop_proof(compact, method, uri)
        return replace(proof, claims={"jti": compact, **proof.claims})


@mutant(kills={"RFC9449-4.3-b"}, story="A proof without iat is taken for one of this moment.")
class ProofWithoutIatIsOfNow(Rules):
    def parse_dpop_proof(self, compact: str, method: str, uri: str) -> DpopProof:
        proof = super().parse_dpop_proof(compact, method, uri)
        return replace(proof, claims={"iat": self.now(), **proof.claims})


@mutant(kills={"RFC9449-4.3-b"}, story="Any signed JWT passes for a proof, whatever its typ.")
class TypOfProofIsNotChecked(Rules):
    def check_dpop_typ(self, proof: DpopProof) -> None:
        pass


@mutant(kills={"RFC9449-4.3-c"}, story="The algorithm of a proof is believed: none needs no signature.")
class UnsignedProofIsGood(Rules):
    def check_dpop_algorithm(self, proof: DpopProof) -> None:
        if proof.header.get("alg") != "none":
            super().check_dpop_algorithm(proof)

    def check_dpop_signature(self, proof: DpopProof) -> None:
        if proof.header.get("alg") != "none":
            super().check_dpop_signature(proof)


@mutant(kills={"RFC9449-4.3-c"}, story="Proofs may be made with a shared secret that is in their jwk.")
class SharedSecretSignsProofs(Rules):
    def dpop_algorithms(self) -> tuple[str, ...]:
        return (*super().dpop_algorithms(), "HS256")

    def check_dpop_key_is_public(self, proof: DpopProof) -> None:
        if proof.header.get("alg") != "HS256":
            super().check_dpop_key_is_public(proof)


@mutant(kills={"RFC9449-4.3-d"}, story="The signature of a proof is not verified.")
class SignatureOfProofIsNotVerified(Rules):
    def check_dpop_signature(self, proof: DpopProof) -> None:
        pass


@mutant(kills={"RFC9449-4.3-d"}, story="Nobody looks whether the jwk of a proof is a private key.")
class PrivateKeyInProofIsFine(Rules):
    def check_dpop_key_is_public(self, proof: DpopProof) -> None:
        if not isinstance(proof.header.get("jwk"), dict):
            super().check_dpop_key_is_public(proof)


@mutant(kills={"RFC9449-4.3-e", "RFC9449-5-a"}, story="htm is not compared with the method of the request.")
class HtmIsNotCompared(Rules):
    def check_dpop_htm(self, proof: DpopProof) -> None:
        pass


@mutant(kills={"RFC9449-4.3-e"}, story="Only the host of htu is compared, so that proxies may rewrite paths.")
class OnlyTheHostOfHtuIsCompared(Rules):
    def comparable_htu(self, uri: str) -> tuple[str, str, int | None, str]:
        return (*super().comparable_htu(uri)[:3], "")


@mutant(kills={"RFC9449-4.3-e"}, story="Only the path of htu is compared, since a proxy hides the host.")
class OnlyThePathOfHtuIsCompared(Rules):
    def comparable_htu(self, uri: str) -> tuple[str, str, int | None, str]:
        return "", "", None, super().comparable_htu(uri)[3]


@mutant(kills={"RFC9449-4.3-e"}, story="htu is compared with the URL of the request as it came, query included.")
class HtuIsComparedWithTheQuery(Rules):
    def proven_key(self, request: Request, client: Client) -> str | None:
        if request.headers.get("dpop") and urlsplit(str(request.url)).query:
            raise self.invalid_dpop_proof("htu is not the URL of this request")
        return super().proven_key(request, client)


@mutant(kills={"RFC9449-4.3-f", "RFC9449-11.1-a"}, story="Old proofs are good: only an iat in the future is refused.")
class OldProofsAreGood(Rules):
    def check_dpop_iat(self, proof: DpopProof) -> None:
        if proof.claims["iat"] > self.now():
            super().check_dpop_iat(proof)


@mutant(kills={"RFC9449-4.3-f"}, story="The age of a proof is limited, but one of the future has no age yet.")
class ProofsOfTheFutureAreGood(Rules):
    def check_dpop_iat(self, proof: DpopProof) -> None:
        if proof.claims["iat"] < self.now():
            super().check_dpop_iat(proof)


@mutant(kills={"RFC9449-5-a"}, story="A wrong proof is called invalid_request, like everything else.")
class WrongProofIsInvalidRequest(Rules):
    def invalid_dpop_proof(self, description: str) -> OAuthError:
        return OAuthError("invalid_request", description, 400)


@mutant(kills={"RFC9449-4.3-e"}, story="Of htu only scheme and path are compared, since a proxy changes host and port.")
class HostOfHtuIsIgnored(Rules):
    def comparable_htu(self, uri: str) -> tuple[str, str, int | None, str]:
        scheme, _host, _port, path = super().comparable_htu(uri)
        return scheme, "", None, path


@mutant(kills={"RFC9449-4.3-i"}, story="The path of htu is compared as it is spelt.")
class EscapesInHtuAreNotNormalised(Rules):
    def normalised_escapes(self, path: str) -> str:
        return path
