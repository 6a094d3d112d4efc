"""Accepting an authorization request (RFC 6749, 4.1.1; OAuth 2.1, 4.1.1) in two tables of steps.

Before client and redirect URI are trusted, a refusal is a page. After that it travels to the redirect URI.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.authorization_details import AuthorizationDetailsRules
from reference_impl.authorization_server.rules.client import ClientRules
from reference_impl.authorization_server.rules.dpop_binding import DpopBindingRules
from reference_impl.authorization_server.rules.http import HttpRules
from reference_impl.authorization_server.rules.id_token import IdTokenRules
from reference_impl.authorization_server.rules.pkce import PkceRules
from reference_impl.authorization_server.rules.redirect_uri import RedirectUriRules
from reference_impl.authorization_server.rules.resource_indicator import ResourceIndicatorRules

AuthorizationStep = Callable[[Parameters, Client], None]


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that every step has accepted, and what it would be granted.

    `refusal` is the error and its description when a step has refused it after all: then nothing may be granted, and
    what is left to do is to bring the error to the redirect URI.
    """

    client_id: str
    redirect_uri: str
    redirect_uri_was_sent: bool
    state: str | None
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    code_challenge: str | None
    code_challenge_method: str | None
    dpop_jkt: str | None
    refusal: tuple[str, str] | None = None
    authorization_details: str | None = None
    nonce: str | None = None

    def to_json(self) -> str:
        """For the store, while the user logs in and decides."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "AuthorizationRequest":
        """What `to_json` wrote."""
        members = json.loads(text)
        members["scope"], members["resources"] = tuple(members["scope"]), tuple(members["resources"])
        members["refusal"] = tuple(members["refusal"]) if members["refusal"] else None
        return cls(**members)


class AuthorizationRequestRules(
    RedirectUriRules,
    PkceRules,
    ResourceIndicatorRules,
    IdTokenRules,
    AuthorizationDetailsRules,
    DpopBindingRules,
    ClientRules,
    HttpRules,
):
    """What an authorization request must be like."""

    # Before trust: a refusal is a page

    async def identify_client(self, parameters: Parameters) -> Client:
        """OAUTH21-4.1.2.1-a, OAUTH21-4.1.2.1-b: the client of the request; a refusal is not sent anywhere."""
        self.check_trust_parameters_once(parameters)
        client_id = parameters.get("client_id")
        if client_id is None:
            raise OAuthError("invalid_request", "client_id is required")
        client = await self.resolve_client(client_id)
        if client is None:
            raise self.unknown_client()
        return client

    def check_trust_parameters_once(self, parameters: Parameters) -> None:
        """OAUTH21-3.1-e: with two of them there is nobody to trust with the answer."""
        if parameters.repeated() & {"client_id", "redirect_uri"}:
            raise OAuthError("invalid_request", "client_id and redirect_uri must not be repeated")

    def check_client_still_active(self, client: Client) -> None:
        """A client that was removed or suspended while its user thought about it gets nothing."""
        if client.source != "metadata_document" and self.known_client(client.client_id) is None:
            raise self.unknown_client()

    def unknown_client(self) -> OAuthError:
        """OAUTH21-4.1.2.1-a: status 400."""
        return OAuthError("invalid_client", "this client_id is not registered here")

    # After trust: a refusal goes to the redirect URI

    def authorization_steps(self) -> tuple[AuthorizationStep, ...]:
        """The judgements of a request of a known client with a registered redirect URI, in order."""
        return (
            self.check_authorization_parameters_once,
            self.check_response_type,
            self.check_response_mode,
            self.check_client_may_use_codes,
            self.check_code_challenge,
            self.check_dpop_jkt,
        )

    def accept_authorization_request(
        self, parameters: Parameters, client: Client, redirect_uri: str
    ) -> AuthorizationRequest:
        """The accepted request; raises OAuthError at the first step that objects."""
        for step in self.authorization_steps():
            step(parameters, client)
        requested = self.requested_scope(parameters)
        resources = self.resources_or_default(self.requested_resources(parameters), requested)
        return AuthorizationRequest(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            redirect_uri_was_sent=parameters.get("redirect_uri") is not None,
            state=self.state_to_return(parameters),
            scope=(*self.grantable_scope(requested, client, resources), *self.openid_scope(parameters)),
            resources=tuple(resource.uri for resource in resources),
            code_challenge=parameters.get("code_challenge"),
            code_challenge_method=parameters.get("code_challenge_method"),
            dpop_jkt=self.dpop_jkt_of_code(parameters.get("dpop_jkt")),
            authorization_details=self.requested_authorization_details(parameters),
            nonce=parameters.get("nonce"),
        )

    def refused_authorization_request(
        self, parameters: Parameters, client: Client, redirect_uri: str, error: OAuthError
    ) -> AuthorizationRequest:
        """The request that a step has refused, with the refusal to bring to the redirect URI."""
        return AuthorizationRequest(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            redirect_uri_was_sent=parameters.get("redirect_uri") is not None,
            state=self.state_to_return(parameters),
            scope=(),
            resources=(),
            code_challenge=None,
            code_challenge_method=None,
            dpop_jkt=None,
            refusal=(error.error, error.description),
        )

    def refusal_waits_for_login(self) -> bool:
        """OAUTH21-7.13.2-a, MCP-SEC-14: nobody is sent on before the user is known, not even with an error."""
        return True

    def check_authorization_parameters_once(self, parameters: Parameters, _: Client) -> None:
        """OAUTH21-3.1-e, RFC6749-3.1-a."""
        self.check_parameters_once(parameters)

    def check_response_type(self, parameters: Parameters, _: Client) -> None:
        """OAUTH21-4.1.1-a: response_type is required and must be one that exists here."""
        response_type = parameters.get("response_type")
        if response_type is None:
            raise OAuthError("invalid_request", "response_type is required")
        if response_type not in self.accepted_response_types():
            raise self.unsupported_response_type()

    def accepted_response_types(self) -> tuple[str, ...]:
        """RFC9700-2.1.2-a, OAUTH21-10.1-a: codes only."""
        return ("code",)

    def unsupported_response_type(self) -> OAuthError:
        """OAUTH21-4.1.1-a."""
        return OAuthError("unsupported_response_type", "response_type must be code")

    def check_response_mode(self, parameters: Parameters, _: Client) -> None:
        """RFC8414-2-j: the answer is in the query."""
        if parameters.get("response_mode") not in (None, "query"):
            raise OAuthError("invalid_request", "response_mode must be query")

    def check_client_may_use_codes(self, _: Parameters, client: Client) -> None:
        """A client registered for other grants only gets no code (RFC 6749, 4.1.2.1)."""
        if "authorization_code" not in client.grant_types or "authorization_code" not in self.config.grant_types:
            raise OAuthError("unauthorized_client", "this client may not use the authorization code grant")

    def check_code_challenge(self, parameters: Parameters, _: Client) -> None:
        """OAUTH21-4.1.1-b: PKCE, for every client."""
        self.check_code_challenge_present(parameters)
        self.check_code_challenge_method(parameters)
        self.check_code_challenge_form(parameters)

    def check_dpop_jkt(self, parameters: Parameters, _: Client) -> None:
        """RFC9449-10-a."""
        self.check_dpop_jkt_parameter(parameters.get("dpop_jkt"))

    def state_to_return(self, parameters: Parameters) -> str | None:
        """OAUTH21-4.1.2-c: unchanged. Of several there is none to return."""
        return None if "state" in parameters.repeated() else parameters.get("state")
