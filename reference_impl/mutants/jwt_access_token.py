"""Departures in JWT access tokens: RFC 9068, 2, 3 and 5. Mostly machine tokens: the MCP server sees none."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from itertools import count
from typing import Any, ClassVar

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.requests import Request

from reference_impl.authorization_server.config import Client, Resource
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store.tokens import AccessToken
from reference_impl.mutants.registry import mutant

_NUMBERS: Iterator[int] = count(1)


class _MachineTokens(Rules):
    """Tokens without a user, with other claims than those of the reference; None leaves a claim out."""

    machine_claims: ClassVar[dict[str, Any]] = {}

    def access_token_claims(self, record: AccessToken) -> dict[str, Any]:
        claims = super().access_token_claims(record)
        if record.auth_time is not None:
            return claims
        return {name: value for name, value in (claims | self.machine_claims).items() if value is not None}


class _MachineSignatures(Rules):
    """Tokens without a user, signed in another way than those of the reference."""

    def format_access_token(self, record: AccessToken) -> str:
        if record.auth_time is not None:
            return super().format_access_token(record)
        return self.machine_token(self.access_token_header(), self.access_token_claims(record))

    def machine_token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return self.sign_access_token(header, claims)


@mutant(kills={"RFC9068-2.1-a", "RFC9068-2.1-c"}, story="Machine tokens are not signed, since TLS protects them.")
class MachineTokensAreUnsigned(_MachineSignatures):
    def machine_token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        parts = (json.dumps(part).encode() for part in ({**header, "alg": "none"}, claims))
        return ".".join([*(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


@mutant(kills={"RFC9068-2.1-a"}, story="Machine tokens are signed with a new key that the key set does not hold yet.")
class KeyOfMachineTokensIsUnpublished(_MachineSignatures):
    def machine_token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return jwt.encode({**header, "alg": "ES256"}, claims, ECKey.generate_key("P-256"))


@mutant(
    kills={"RFC9068-2.1-a", "RFC9068-2.1-b"},
    story="Machine tokens are made with HS256 and a secret that the servers share.",
)
class MachineTokensAreMacs(_MachineSignatures):
    def machine_token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return jwt.encode({**header, "alg": "HS256"}, claims, OctKey.generate_key(256), algorithms=["HS256"])


@mutant(kills={"RFC9068-2.1-e"}, story="Machine tokens are of type JWT, as the library makes them.")
class MachineTokensAreOfTypeJwt(_MachineSignatures):
    def machine_token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return self.sign_access_token({**header, "typ": "JWT"}, claims)


@mutant(kills={"RFC9068-2.1-f"}, story="The typ of machine tokens is written in full.")
class TypOfMachineTokensIsLong(_MachineSignatures):
    def machine_token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return self.sign_access_token({**header, "typ": "application/at+jwt"}, claims)


@mutant(kills={"RFC9068-2.2-a"}, story="iss of machine tokens is the name of the product.")
class IssOfMachineTokensIsTheProduct(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"iss": "reference"}


@mutant(kills={"RFC9068-2.2-b"}, story="exp of machine tokens is missing: the server remembers when they end.")
class MachineTokensHaveNoExp(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"exp": None}


@mutant(kills={"RFC9068-2.2-d", "RFC9068-2.2-f"}, story="Machine tokens have no sub, since there is no user.")
class MachineTokensHaveNoSub(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"sub": None}


@mutant(kills={"RFC9068-2.2-g"}, story="The client of a machine token is in azp, not in client_id.")
class MachineTokensHaveAzp(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"azp": "machine", "client_id": None}


@mutant(kills={"RFC9068-2.2-g"}, story="client_id of machine tokens is the name of the client's team.")
class MachineTokensNameTheTeam(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"client_id": "team-conveyor"}


@mutant(kills={"RFC9068-2.2-h"}, story="Machine tokens don't say when they were issued.")
class MachineTokensHaveNoIat(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"iat": None}


@mutant(kills={"RFC9068-2.2-i"}, story="jti of machine tokens is that of their grant, the same every time.")
class JtiOfMachineTokensIsFixed(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"jti": "machine"}


@mutant(kills={"RFC9068-2.2-i"}, story="Machine tokens have no jti.")
class MachineTokensHaveNoJti(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"jti": None}


@mutant(kills={"RFC9068-2.2-e"}, story="sub is the tenant, since tokens are for the whole house.")
class SubIsTheTenant(Rules):
    def claim_sub(self, record: AccessToken) -> str | None:
        return record.subject if record.auth_time is None else "tenant"


@mutant(kills={"RFC9068-2.2-f"}, story="Machine tokens get a made-up sub, a new one every time.")
class SubOfMachineTokensIsRandom(Rules):
    def machine_subject(self, client: Client) -> str:
        return f"machine-{next(_NUMBERS)}"


@mutant(kills={"RFC9068-2.2.1-a"}, story="auth_time is the time of the token, not of the login.")
class RefreshingCountsAsLogin(Rules):
    def claim_auth_time(self, record: AccessToken) -> int | None:
        return None if record.auth_time is None else record.issued_at + next(_NUMBERS)


@mutant(kills={"RFC9068-2.2.3-a"}, story="scope is an array in machine tokens.")
class ScopeOfMachineTokensIsAnArray(_MachineTokens):
    def access_token_claims(self, record: AccessToken) -> dict[str, Any]:
        claims = super().access_token_claims(record)
        return claims if record.auth_time is not None else {**claims, "scope": list(record.scope)}


@mutant(kills={"RFC9068-2.2.3.1-a"}, story="The roles of a machine client are one string, separated by commas.")
class RolesAreOneString(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"roles": "operator,auditor"}


@mutant(
    kills={"EXTEMA-03", "RFC8707-2.2-a", "RFC9068-3-a"}, story="aud of machine tokens is a short name for the resource."
)
class AudOfMachineTokensIsShort(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"aud": "urn:example:mcp"}


@mutant(
    kills={"EXTCC-04", "EXTEMA-03", "RFC8707-2.2-a", "RFC9068-2.2-c", "RFC9068-3-a"},
    story="aud of machine tokens is an object.",
)
class AudOfMachineTokensIsAnObject(_MachineTokens):
    machine_claims: ClassVar[dict[str, Any]] = {"aud": {"name": "mcp"}}


@mutant(kills={"RFC9068-3-c"}, story="A token that was asked for without resource is for nobody in particular.")
class NoDefaultAudience(Rules):
    def resources_or_default(self, requested: tuple[Resource, ...], scope: tuple[str, ...]) -> tuple[Resource, ...]:
        self.default_used = not requested
        return super().resources_or_default(requested, scope)

    def claim_aud(self, record: AccessToken) -> str | list[str] | None:
        return None if record.auth_time is None and self.default_used else super().claim_aud(record)


@mutant(
    kills={"RFC9068-5-b", "RFC9700-4.15-a"},
    story="A client that registers itself may choose its client_id, if it is free.",
)
class ClientsChooseTheirClientId(Rules):
    async def read_client_metadata(self, request: Request) -> dict[str, Any]:
        body = json.loads(await request.body())
        self.wish = body.get("client_id") if isinstance(body, dict) else None
        return await super().read_client_metadata(request)

    def new_client_id(self) -> str:
        wish, self.wish = getattr(self, "wish", None), None
        return wish if isinstance(wish, str) else super().new_client_id()
