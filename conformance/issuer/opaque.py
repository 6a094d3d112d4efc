"""Mints opaque tokens: random strings of which only the issuer's introspection knows what they are good for."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.client.forged_token import WrongToken
from conformance.issuer.control import IssuerControl
from conformance.issuer.mint import Mint


@dataclass(frozen=True)
class OpaqueMint(Mint):
    """Its tokens say nothing by themselves; what a JWT would claim is what introspection answers (RFC 7662, 2.2)."""

    control: IssuerControl = field(kw_only=True)

    def header(self, algorithm: str | None = None) -> dict[str, Any]:  # noqa: ARG002 - nothing is signed
        """Opaque tokens have none."""
        return {}

    def sign(
        self,
        header: Mapping[str, Any],  # noqa: ARG002 - nothing is signed
        payload: Mapping[str, Any] | bytes,
        algorithm: str | None = None,  # noqa: ARG002
    ) -> str:
        """A token for which introspection gives these members from their nbf to their exp. Raises TypeError."""
        if isinstance(payload, bytes):
            raise TypeError("introspection answers with members, not with bytes")
        token = self.new_token()
        self.control.know_opaque_token(token, payload)
        return token

    def answered(self, flaw: str, *, without: tuple[str, ...] = (), status: int = 200, **changed: Any) -> WrongToken:
        """A token for which introspection answers so, whatever an honest server would say.

        The members are those of a good token with `active: true`, some of them changed or left out.
        """
        members = {"active": True, **self.claims(), **changed}
        token = self.new_token()
        kept = {name: value for name, value in members.items() if name not in without}
        self.control.answer_introspection(token, kept, status)
        return WrongToken(flaw, token)

    def revoke(self, token: str) -> None:
        """Have introspection call that token inactive from now on."""
        self.control.answer_introspection(token, {"active": False})

    def new_token(self) -> str:
        """A string that nobody knows yet."""
        return f"opaque-{secrets.token_urlsafe(32)}"
