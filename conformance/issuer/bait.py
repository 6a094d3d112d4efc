"""Tokens that point at keys of the harness, and whether anybody came to fetch them."""

import json
import secrets
from dataclasses import dataclass

from conformance.client.forged_token import ForeignKey, WrongToken
from conformance.issuer.certificate import self_signed
from conformance.issuer.control import IssuerControl
from conformance.issuer.keys import key_set
from conformance.issuer.mint import Mint


@dataclass(frozen=True)
class Bait:
    """A token signed by a key of nobody, whose header says where that key is: `path` below the harness's issuer."""

    control: IssuerControl
    path: str
    wrong: WrongToken

    def was_taken(self) -> bool:
        """Whether anything was fetched from there."""
        return bool(self.control.requests(self.path))


def jku_bait(mint: Mint, control: IssuerControl) -> Bait:
    """A token whose `jku` names a key set that really holds its key (RFC 7515, 4.1.2)."""
    key, path = ForeignKey.fresh(), f"/bait/{secrets.token_hex(8)}/jwks.json"
    url = control.serve(path, json.dumps(key_set([key.public])))
    wrong = key.signs(mint.good(), "that names its own key set in jku", kid=key.public["kid"], jku=url)
    return Bait(control, path, wrong)


def x5u_bait(mint: Mint, control: IssuerControl) -> Bait:
    """A token whose `x5u` names a certificate that really holds its key (RFC 7515, 4.1.5)."""
    key, path = ForeignKey.fresh(), f"/bait/{secrets.token_hex(8)}/chain.pem"
    url = control.serve(path, self_signed(key).pem, "application/pem-certificate-chain")
    wrong = key.signs(mint.good(), "that names its own certificate in x5u", kid=key.public["kid"], x5u=url)
    return Bait(control, path, wrong)


def x5c_token(mint: Mint) -> WrongToken:
    """A token that brings a certificate of its own key in `x5c` (RFC 7515, 4.1.6)."""
    key = ForeignKey.fresh()
    chain = [self_signed(key).x5c]
    return key.signs(mint.good(), "that brings its own certificate in x5c", kid=key.public["kid"], x5c=chain)
