"""How a good token reaches a protected resource: under Bearer, or under DPoP where nothing else is taken (RFC 9449, 7).

The one place that decides it. Tokens are minted and asked for as `binding` and `grant` say, requests leave by `send`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from joserfc.jwk import import_key

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop import DpopKey, DpopProof
from conformance.client.dpop_flow import DpopFlow
from conformance.client.facts import IssuerFacts
from conformance.client.flow import AuthorizationFlow
from conformance.client.forged_token import signed
from conformance.client.jose import unverified_jwt
from conformance.client.requests import FormRequest
from conformance.expect import Challenge, TokenAnswer
from conformance.vocabulary import NotApplicable
from conformance.wire import HttpRequest, Response, Wire

ALGORITHMS = "dpop_signing_alg_values_supported"
REQUIRED = "dpop_bound_access_tokens_required"
_KNOWN_TO_ALL = ("ES256",)
_NONCE = "DPoP-Nonce"
_UNDER_DPOP = re.compile(r"dpop +(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Presentation:
    """`key` is what every token is bound to; None where the server takes bearer tokens."""

    key: DpopKey | None = None

    @classmethod
    def demanded_by(cls, metadata: Mapping[str, Any], challenges: Iterable[Challenge] = ()) -> "Presentation":
        """What protected resource metadata (RFC 9728, 2) or the challenges to a request without a token ask for.

        A server that names DPoP and no Bearer there takes nothing else. Raises NotApplicable.
        """
        schemes = {challenge.scheme.lower() for challenge in challenges}
        bound = metadata.get(REQUIRED) is True or ("dpop" in schemes and "bearer" not in schemes)
        return cls(key_for(metadata) if bound else None)

    @property
    def scheme(self) -> str:
        """The name of the authentication scheme."""
        return "Bearer" if self.key is None else "DPoP"

    @property
    def binding(self) -> Mapping[str, Any]:
        """The claims that bind a token to the key (RFC 9449, 6.1); none for a bearer token."""
        return {} if self.key is None else {"cnf": {"jkt": self.key.jkt}}

    def given(self, token: str, issuer: IssuerFacts | None) -> str:
        """A ready-made token; one of the harness's `issuer` is made anew where it has to be bound to the key.

        Raises NotApplicable for one of somebody else that would have to be bound.
        """
        if self.key is None:
            return token
        jwt = unverified_jwt(token)
        known = {key.get("kid"): key for key in issuer.signing_keys} if issuer else {}
        key = known.get(jwt.header.get("kid")) if jwt else None
        if jwt is None or key is None:
            raise NotApplicable(
                "the server takes bound tokens only, and a token of the target file is bound to no key that the judge "
                "has; name an authorization server, or let the server trust the harness's issuer"
            )
        return signed(jwt.header, {**jwt.claims, **self.binding}, import_key(dict(key)))

    def grant(self, server: AuthorizationServer, flow: AuthorizationFlow) -> TokenAnswer:
        """The token response of a whole code grant; the token is bound where it has to be.

        Raises Inconclusive when the grant fails, NotApplicable when the authorization server binds no tokens.
        """
        if self.key is None:
            return flow.grant().token
        answer = replace(DpopFlow.of(server, flow), key=self.key).code_granted()
        if str(answer.members.get("token_type", "")).lower() != "dpop":
            raise NotApplicable("the resource takes bound tokens only, and the authorization server binds none")
        return answer

    def redeem(self, server: AuthorizationServer, flow: AuthorizationFlow, request: FormRequest) -> TokenAnswer:
        """Send a token request, with a proof where the token has to be bound. Raises NoAnswer."""
        if self.key is None:
            return flow.redeem(request)
        bound = DpopFlow(server, flow, self.key)
        return bound.redeem(request, bound.proof())

    def send(self, wire: Wire, request: HttpRequest) -> Response:
        """Send a request, a token under DPoP with a proof of its own, and once more if the server wants its nonce.

        A request that brings a proof is sent as it is. Raises NoAnswer.
        """
        found = _UNDER_DPOP.fullmatch(request.header("Authorization") or "") if self.key else None
        if self.key is None or found is None or request.header("DPoP") is not None:
            return wire.send(request)
        proof = self.key.proof(request.method, request.url, access_token=found[1])
        answer = wire.send(_with(request, proof))
        nonce = nonce_asked_for(answer)
        return answer if nonce is None else wire.send(_with(request, proof.with_nonce(nonce)))


def key_for(metadata: Mapping[str, Any]) -> DpopKey:
    """A fresh key for a proof algorithm that the metadata announces, else ES256. Raises NotApplicable."""
    announced = metadata.get(ALGORITHMS)
    listed = [each for each in announced if isinstance(each, str)] if isinstance(announced, list) else []
    return DpopKey.fresh(listed or _KNOWN_TO_ALL)


def nonce_asked_for(answer: Response) -> str | None:
    """The nonce that a refusal tells the client to use next (RFC 9449, 8.2 and 9), else None."""
    return None if answer.status // 100 == 2 else answer.header(_NONCE)


def _with(request: HttpRequest, proof: DpopProof) -> HttpRequest:
    return replace(request, headers=(*request.headers, ("DPoP", proof.compact())))
