"""Requests to a protected resource with DPoP proofs: RFC 9449, 7. Nonces are followed; a good proof comes first."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from conformance.client.dpop import DpopKey, DpopProof
from conformance.client.mcp import is_result
from conformance.client.presentation import ALGORITHMS, REQUIRED, key_for, nonce_asked_for
from conformance.client.refusal import Refusal
from conformance.client.resource_server import ResourceServer
from conformance.expect import Challenge
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import HttpRequest, Response

_NONCE = "DPoP-Nonce"


@dataclass(frozen=True)
class DpopTrial:
    """One server, and a `token` that is bound to `key` (cnf.jkt). `server` makes the requests of the running check.

    `scheme` is what the token is sent under unless a check says otherwise.
    """

    server: ResourceServer
    key: DpopKey
    token: str = field(repr=False)
    scheme: str = "DPoP"

    def proof(self, token: str | None = None) -> DpopProof:
        """A good proof for the cheapest request with that token, the bound one by default."""
        good = self.server.mcp.probe()
        return self.key.proof(good.method, good.url, access_token=token or self.token)

    def request(self, *proofs: DpopProof, scheme: str | None = None, token: str | None = None) -> HttpRequest:
        """The cheapest request with exactly these proofs and the token under that scheme."""
        credentials = f"{scheme or self.scheme} {token or self.token}"
        good = self.server.mcp.probe().with_added_header("Authorization", credentials)
        for proof in proofs:
            good = good.with_added_header("DPoP", proof.compact())
        flaws = tuple(proof.flaw for proof in proofs if proof.flaw)
        return HttpRequest(good.method, good.url, good.headers, good.body, flaws, good.label)

    def send_once(self, *proofs: DpopProof, scheme: str | None = None, token: str | None = None) -> Response:
        """Send exactly that, whatever the server says about nonces."""
        return self.server.wire.send(self.request(*proofs, scheme=scheme, token=token))

    def send(self, *proofs: DpopProof, token: str | None = None) -> Response:
        """Send it, and once more with the server's nonce if that is what it asks for."""
        answer = self.send_once(*proofs, token=token)
        nonce = nonce_asked_for(answer)
        return answer if nonce is None else self.send_once(*(p.with_nonce(nonce) for p in proofs), token=token)

    def control(self) -> Response:
        """The bound token with a good proof, which must be served.

        Raises NotApplicable where nothing says that the server speaks DPoP, Inconclusive where something does.
        """
        answer = self.send(self.proof())
        if is_result(answer):
            return answer
        if not speaks_dpop(self.server):
            raise NotApplicable("the server announces no DPoP and accepts no good proof: it speaks Bearer only")
        said = Refusal("a bound token and a good proof", answer).described()
        raise Inconclusive(f"the server announces DPoP and refuses a good proof: {said}", root="dpop")

    def where_proofs_are_checked(self) -> "DpopTrial":
        """The same under Bearer where the server checks proofs there and knows no scheme DPoP; tried once a process."""

        def scheme() -> str:
            own = replace(self, server=replace(self.server, wire=self.server.context.wire()))
            bearer = not is_result(own.send(own.proof())) and own.asks_for_proofs_under_bearer()
            return "Bearer" if bearer else "DPoP"

        return replace(self, scheme=self.server.context.once("scheme of proofs", scheme))

    def asks_for_proofs_under_bearer(self) -> bool:
        """Whether the bound token is served under Bearer with its proof, and without it is not."""
        with_proof = self.send_once(self.proof(), scheme="Bearer")
        return is_result(with_proof) and not is_result(self.send_once(scheme="Bearer"))

    def refusals(self, wrong: Iterable[DpopProof]) -> list[Refusal]:
        """Each proof has to be turned away after a good one was accepted. Raises Violation, Inconclusive."""
        self.control()
        return [self.refused(self.send(proof), proof.flaw) for proof in wrong]

    def refused(self, answer: Response, what: str) -> Refusal:
        """That answer to a request with `what` has to be a refusal. Raises Violation."""
        if answer.status // 100 == 2:
            raise Violation(
                f"a request with {what} is served",
                expected="401",
                observed=f"{answer.status} ({answer.media_type or 'no media type'})",
                decided_by=answer.exchange,
            )
        return Refusal(what, answer)

    def judge_time(self, wrong: DpopProof) -> None:
        """A proof of another time is refused. Raises Violation, Inconclusive.

        Raises NotApplicable where it is accepted with a nonce: that may say when a proof was made (RFC 9449, 4.3, 11).
        """
        self.control()
        first = self.send_once(wrong)
        if nonce_asked_for(first) is None:
            self.refused(first, wrong.flaw)
        elif is_result(self.send(wrong)):
            raise NotApplicable("the server goes by its nonce to know when a proof was made")

    def nonce_challenge(self) -> Refusal:
        """How the server asks for a nonce. Raises NotApplicable when it asks for none, Inconclusive."""
        answer = self.send_once(self.proof())
        if is_result(answer):
            raise NotApplicable("the server asks for no DPoP nonce, which is optional")
        asked = Refusal("a good proof without nonce", answer)
        nonce = answer.header(_NONCE)
        if nonce is None and asked.parameter("error") != "use_dpop_nonce":
            self.control()
        elif nonce is not None and not is_result(self.send_once(self.proof().with_nonce(nonce))):
            raise Inconclusive("a good proof with the server's own nonce is refused", root="dpop")
        return asked


def speaks_dpop(server: ResourceServer) -> bool:
    """Whether metadata or a challenge says so (RFC 9728, 2; RFC 9449, 7.1)."""
    if any(challenge.is_scheme("DPoP") for challenge in Refusal("", server.unauthenticated()).challenges):
        return True
    members = server.metadata().value if server.metadata_documents() else {}
    return bool(members.get(ALGORITHMS)) or members.get(REQUIRED) is True


def fitting_key(server: ResourceServer) -> DpopKey:
    """A fresh key for an algorithm that the server announces, else ES256. Raises NotApplicable."""
    return key_for(server.metadata().value if server.metadata_documents() else {})


def challenge_of(refusal: Refusal, scheme: str) -> Challenge | None:
    """The first challenge of that scheme, or None."""
    return next((challenge for challenge in refusal.challenges if challenge.is_scheme(scheme)), None)
