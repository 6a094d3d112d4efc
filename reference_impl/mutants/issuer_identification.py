"""Departures in the issuer of authorization responses: RFC 9207."""

import secrets
from typing import Any

from joserfc import jwt
from starlette.responses import Response

from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC9207-2-b", "RFC9207-2.3-b", "OAUTH21-4.1.2-d"}, story="iss tells the tenant as well, in a query.")
class IssCarriesTheTenant(Rules):
    def iss_of_success(self) -> str | None:
        return f"{self.config.issuer}?tenant=demo"


@mutant(kills={"RFC9207-2.3-b", "OAUTH21-4.1.2-d"}, story="iss ends with a slash, as a URL library writes it.")
class SlashAfterIss(Rules):
    def iss_of_success(self) -> str | None:
        return f"{self.config.issuer}/"


@mutant(kills={"RFC9207-2-a", "MCP-ISS-02", "OAUTH21-4.1.2-d"}, story="Codes come without iss; only errors have it.")
class CodesComeWithoutIss(Rules):
    def iss_of_success(self) -> str | None:
        return None


@mutant(kills={"RFC9207-2.4-j"}, story="The ID token beside a code is that of another tenant's issuer.")
class IdTokenOfAnotherIssuer(Rules):
    def accepted_response_types(self) -> tuple[str, ...]:
        return (*super().accepted_response_types(), "code id_token")

    def requested_scope(self, parameters: Parameters) -> tuple[str, ...]:
        return tuple(name for name in super().requested_scope(parameters) if name != "openid")

    def response_types_supported(self) -> list[str]:
        return list(self.accepted_response_types())

    def code_redirect(self, code: str, redirect_uri: str, state: str | None, *, after_post: bool) -> Response:
        response = super().code_redirect(code, redirect_uri, state, after_post=after_post)
        if getattr(self, "hybrid", False):
            claims = {"iss": f"{self.config.issuer}/other", "jti": secrets.token_hex(8)}
            token = jwt.encode({"alg": self.config.signing_algorithm}, claims, self.keys.current)
            response.headers["location"] += f"#id_token={token}"
        return response

    def check_response_type(self, parameters: Parameters, client: Any) -> None:
        self.hybrid = parameters.get("response_type") == "code id_token"
        super().check_response_type(parameters, client)
