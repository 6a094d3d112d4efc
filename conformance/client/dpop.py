"""The judge's own DPoP proofs: good ones, and ones that are wrong in exactly one way (RFC 9449, 4.2 and 4.3)."""

import hashlib
import hmac
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlunsplit

from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from conformance.client.forged_token import decoded, encoded, signed
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

ONE_DAY = 86_400
"""Seconds: more than any server may call a limited time (RFC 9449, 11.1, means seconds or minutes)."""
_TYP = "dpop+jwt"
_NONCE_SYNTAX = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "ES384", "ES512", "PS256", "RS256")
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


@dataclass(frozen=True)
class DpopKey:
    """A key pair that proofs are made with; `jkt` is its JWK SHA-256 thumbprint (RFC 7638)."""

    private: Key = field(repr=False)
    algorithm: str = "ES256"

    @classmethod
    def fresh(cls, announced: Iterable[str] = _ALGORITHMS) -> "DpopKey":
        """A new pair for the first of the `announced` algorithms that the judge knows. Raises NotApplicable."""
        listed = tuple(announced)
        algorithm = next((known for known in _ALGORITHMS if known in listed), None)
        if algorithm is None:
            raise NotApplicable(f"the judge can make no proof with any of the algorithms {', '.join(listed)[:200]}")
        return cls(_new_key(algorithm), algorithm)

    @property
    def public(self) -> Mapping[str, Any]:
        """The public JWK, without optional members."""
        return _bare(self.private.as_dict(private=False))

    @property
    def jkt(self) -> str:
        """What a bound token carries in cnf (RFC 9449, 6.1)."""
        return self.private.thumbprint()

    def proof(self, method: str, url: str, *, access_token: str | None = None) -> "DpopProof":
        """A good proof for one request; `access_token` is what it accompanies at a resource server (ath)."""
        claims: dict[str, Any] = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url_of(url)}
        claims["iat"] = int(time.time())
        if access_token is not None:
            digest = hashlib.sha256(access_token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return DpopProof(self, {"typ": _TYP, "alg": self.algorithm, "jwk": dict(self.public)}, claims)


@dataclass(frozen=True)
class DpopProof:
    """Header and claims of a proof, signed when it is sent. `flaw` says in words what is wrong with it; "" if nothing.

    Every alteration is a new proof: it can be made again with another nonce.
    """

    key: DpopKey
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    flaw: str = ""
    spoil: str = ""

    def compact(self) -> str:
        """The value of the DPoP header."""
        if self.spoil:
            return _SPOILERS[self.spoil](self)
        return signed(self.header, self.claims, self.key.private)

    def with_nonce(self, nonce: str | None) -> "DpopProof":
        """The same proof with the server's nonce and a jti of its own; a nonce that it already claims stays."""
        fresh = dict(self.claims)
        if "jti" in fresh:
            fresh["jti"] = secrets.token_urlsafe(16)
        return replace(self, claims=fresh if nonce is None else {"nonce": nonce} | fresh)

    def with_claims(self, flaw: str, **claims: Any) -> "DpopProof":
        """The same proof with these claims set or replaced."""
        return replace(self, claims={**self.claims, **claims}, flaw=flaw)

    def without_claim(self, name: str) -> "DpopProof":
        """The same proof without that claim."""
        kept = {key: value for key, value in self.claims.items() if key != name}
        return replace(self, claims=kept, flaw=f"a proof without {name}")

    def with_header(self, flaw: str, **members: Any) -> "DpopProof":
        """The same proof with these header members set, replaced or (None) removed."""
        merged = {**self.header, **members}
        return replace(self, header={k: v for k, v in merged.items() if v is not None}, flaw=flaw)

    def spoilt(self, kind: str, flaw: str) -> "DpopProof":
        """The same proof, but what is sent is spoilt in that way (a key of the table below)."""
        return replace(self, spoil=kind, flaw=flaw)


def malformed(good: DpopProof) -> tuple[DpopProof, ...]:
    """What is no JWT at all (RFC 9449, 4.3, 2)."""
    return (
        good.spoilt("word", "a word instead of a proof"),
        good.spoilt("two parts", "a proof whose signature part is missing"),
    )


def incomplete(good: DpopProof) -> tuple[DpopProof, ...]:
    """Proofs that lack one required claim, or the key (RFC 9449, 4.3, 3)."""
    without_key = good.with_header("a proof without jwk", jwk=None)
    return (*(good.without_claim(name) for name in ("jti", "htm", "htu", "iat")), without_key)


def of_another_type(good: DpopProof) -> tuple[DpopProof, ...]:
    """JWTs that don't say that they are proofs (RFC 9449, 4.3, 4)."""
    return (good.with_header("a proof whose typ is JWT", typ="JWT"), good.with_header("a proof without typ", typ=None))


def without_asymmetric_signature(good: DpopProof) -> tuple[DpopProof, ...]:
    """Proofs that everybody could have made: unsigned, or with a shared secret that they show (RFC 9449, 4.3, 5)."""
    return (
        good.spoilt("none", "an unsigned proof (alg none)"),
        good.spoilt("shared secret", "a proof with alg HS256 and its secret as jwk"),
        good.spoilt("public key as secret", "a proof with alg HS256 and the public key as secret"),
    )


def wrongly_signed(good: DpopProof) -> tuple[DpopProof, ...]:
    """Proofs whose signature is not by the key in jwk (RFC 9449, 4.3, 6)."""
    foreign = DpopKey.fresh((good.key.algorithm,))
    return (
        good.spoilt("altered signature", "a proof with one bit of its signature altered"),
        replace(good, header={**good.header, "jwk": dict(foreign.public)}, flaw="a proof signed by another key"),
    )


def with_private_key(good: DpopProof) -> DpopProof:
    """A proof that gives its private key away (RFC 9449, 4.3, 7)."""
    private = _bare(good.key.private.as_dict(private=True))
    return good.with_header("a proof with the private key in jwk", jwk=private)


def for_another_method(good: DpopProof) -> DpopProof:
    """A proof for another HTTP method (RFC 9449, 4.3, 8)."""
    other = "GET" if good.claims["htm"] != "GET" else "POST"
    return good.with_claims(f"a proof for {other}", htm=other)


def for_another_url(good: DpopProof) -> tuple[DpopProof, ...]:
    """Proofs for another path, another host and another port (RFC 9449, 4.3, 9)."""
    parts = split_url(str(good.claims["htu"]))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    others = {
        "path": parts._replace(path=parts.path.rstrip("/") + "/elsewhere"),
        "host": parts._replace(netloc=f"elsewhere.example:{port}"),
        "port": parts._replace(netloc=f"{host}:{port - 1}"),
    }
    return tuple(good.with_claims(f"a proof for another {what}", htu=urlunsplit(url)) for what, url in others.items())


def for_the_same_url(good: DpopProof) -> tuple[DpopProof, ...]:
    """Proofs for the same URL, spelt another way (RFC 3986, 6.2.2.1 and 6.2.2.2): good ones, in spite of their flaw."""
    parts = split_url(str(good.claims["htu"]))
    capitals = urlunsplit(parts._replace(netloc=parts.netloc.upper())).replace(parts.scheme, parts.scheme.upper(), 1)
    spellings = [good.with_claims("scheme and host of htu in capitals", htu=capitals)]
    letter = re.search(r"(?<!%)(?<!%.)[A-Za-z]", parts.path)
    if letter:
        escaped = f"{parts.path[: letter.start()]}%{ord(letter[0]):02X}{parts.path[letter.end() :]}"
        url = urlunsplit(parts._replace(path=escaped))
        spellings.append(good.with_claims("a letter of the path of htu percent-encoded", htu=url))
    return tuple(proof.with_nonce(None) for proof in spellings)  # a jti of its own: each of them is sent


def created_long_ago(good: DpopProof) -> DpopProof:
    """A proof that is a day old (RFC 9449, 11.1)."""
    return good.with_claims("a proof that was created a day ago", iat=int(time.time()) - ONE_DAY)


def created_in_future(good: DpopProof) -> DpopProof:
    """A proof that will be created tomorrow (RFC 9449, 11.1)."""
    return good.with_claims("a proof whose iat is a day ahead", iat=int(time.time()) + ONE_DAY)


def judge_nonce(nonce: str) -> None:
    """A nonce has the characters of a scope value and no others (RFC 9449, 8.1). Raises Violation."""
    if not _NONCE_SYNTAX.fullmatch(nonce):
        expected = "printable ASCII without space, quotes and backslash"
        raise Violation("the nonce has other characters", expected=expected, observed=f"DPoP-Nonce: {nonce!r}"[:200])


def url_of(url: str) -> str:
    """The URL as htu has it: without query and fragment."""
    return urlunsplit(split_url(url)._replace(query="", fragment=""))


def _new_key(algorithm: str) -> Key:
    if algorithm in _CURVES:
        return ECKey.generate_key(_CURVES[algorithm])
    if algorithm in ("EdDSA", "Ed25519"):
        return OKPKey.generate_key("Ed25519")
    return RSAKey.generate_key(2048)


def _bare(jwk: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name not in ("kid", "use", "alg", "key_ops")}


def _unsigned(proof: DpopProof) -> str:
    return f"{encoded({**proof.header, 'alg': 'none'})}.{encoded(proof.claims)}."


def _with_shared_secret(proof: DpopProof) -> str:
    secret = OctKey.generate_key(256)
    jwk = _bare(secret.as_dict(private=True))
    return signed({**proof.header, "alg": "HS256", "jwk": jwk}, proof.claims, secret)


def _with_public_key_as_secret(proof: DpopProof) -> str:
    signing_input = f"{encoded({**proof.header, 'alg': 'HS256'})}.{encoded(proof.claims)}"
    pem = bytes(proof.key.private.as_pem(private=False))  # type: ignore[union-attr]
    return f"{signing_input}.{encoded(hmac.digest(pem, signing_input.encode(), hashlib.sha256))}"


def _with_altered_signature(proof: DpopProof) -> str:
    start, _, signature = signed(proof.header, proof.claims, proof.key.private).rpartition(".")
    raw = bytearray(decoded(signature))
    raw[len(raw) // 2] ^= 1
    return f"{start}.{encoded(bytes(raw))}"


_SPOILERS = {
    "word": lambda _: "conformance",
    "two parts": lambda proof: f"{encoded(proof.header)}.{encoded(proof.claims)}",
    "none": _unsigned,
    "shared secret": _with_shared_secret,
    "public key as secret": _with_public_key_as_secret,
    "altered signature": _with_altered_signature,
}
