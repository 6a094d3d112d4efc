"""Departures in pushed authorization requests (RFC 9126)."""

import itertools
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store.pushed_requests import PushedRequest
from reference_impl.mutants.registry import mutant

_pushing: ContextVar[bool] = ContextVar("_pushing", default=False)
_MARK = "pushed"


def _is_push(request: Request) -> bool:
    return request.url.path.endswith("/oauth/par")


class _MarksPushedRequests(Rules):
    """Pushed requests can be told from others."""

    def pushed_parameters(self, parameters: Parameters, client: Client, dpop_jkt: str | None) -> Parameters:
        pushed = super().pushed_parameters(parameters, client, dpop_jkt)
        return Parameters((*pushed.pairs(), (_MARK, "yes")))


class _KnowsWhereItIs(Rules):
    """Client authentication knows whether it is asked for by a push."""

    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        _pushing.set(_is_push(request))
        return await super().authenticate_client(request, parameters)


@mutant(kills={"RFC9126-2.2-a"}, story="A push is answered 200 like any other form.")
class PushIsAnswered200(Rules):
    def push_status(self) -> int:
        return 200


@mutant(kills={"RFC9126-2.2-a"}, story="Request URIs are numbered.")
class RequestUrisAreNumbered(Rules):
    numbers: ClassVar[Iterator[int]] = itertools.count(1)

    def new_request_uri(self) -> str:
        return f"urn:ietf:params:oauth:request_uri:{next(self.numbers):032d}"


@mutant(kills={"RFC9126-2.2-a"}, story="A request_uri counts whichever client_id stands beside it.")
class RequestUriOfAnybodysClient(Rules):
    def check_request_uri_client(self, pushed: PushedRequest, sent: Parameters) -> None:
        pass


@mutant(kills={"RFC9126-2.1-a"}, story="A push needs client_id only; credentials are checked if there are any.")
class PushNeedsNoCredentials(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        if _is_push(request) and self.presented_credentials(request, parameters).method == "none":
            client = await self.resolve_client(parameters.get("client_id") or "")
            if client is not None:
                return client
        return await super().authenticate_client(request, parameters)


@mutant(kills={"RFC9126-2.1-a"}, story="A push of a client with a secret needs a secret, whichever.")
class PushTakesAnySecret(_KnowsWhereItIs):
    def check_client_secret(self, client: Client, secret: str) -> None:
        if not _pushing.get():
            super().check_client_secret(client, secret)


@mutant(kills={"RFC9126-2.1-a"}, story="request_uri inside a push is left alone.")
class PushMayHoldRequestUri(Rules):
    def check_push_has_no_request_uri(self, parameters: Parameters) -> None:
        pass


@mutant(kills={"RFC9126-2.1-a"}, story="response_type of a push is not read, since there is only code.")
class PushedResponseTypeIsIgnored(_MarksPushedRequests):
    def check_response_type(self, parameters: Parameters, client: Client) -> None:
        if not parameters.get(_MARK):
            super().check_response_type(parameters, client)


@mutant(
    kills={"RFC9126-2.3-a"},
    story="The endpoint for pushes does not exist for anything but POST.",
    wraps="authorization_server",
)
def only_post_finds_the_push_endpoint(app: ASGIApp) -> ASGIApp:
    async def shimmed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/oauth/par") and scope["method"] != "POST":
            scope = {**scope, "path": "/nowhere", "raw_path": b"/nowhere"}
        await app(scope, receive, send)

    return shimmed


@mutant(kills={"RFC9126-4-b"}, story="Who has pushed a request needs no proof key.")
class PushingReplacesPkce(_MarksPushedRequests):
    def check_code_challenge(self, parameters: Parameters, client: Client) -> None:
        if not parameters.get(_MARK) or parameters.get("code_challenge"):
            super().check_code_challenge(parameters, client)


@mutant(kills={"RFC9126-4-a"}, story="The age of a pushed request is not looked at.")
class RequestUriNeverExpires(Rules):
    def check_request_uri_age(self, pushed: PushedRequest, _: Parameters) -> None:
        pass


@mutant(kills={"RFC9126-4-c"}, story="A request_uri works until it expires.")
class RequestUriIsGoodAgain(Rules):
    def spend_request_uri(self, pushed: PushedRequest, _: Parameters) -> None:
        pass


@mutant(kills={"RFC9126-5-a"}, story="The metadata says that requests have to be pushed; nobody enforces it.")
class PushingIsRequiredOnPaper(Rules):
    def require_pushed_authorization_requests(self) -> bool | None:
        return True


@mutant(kills={"RFC9126-7.2-a"}, story="Whoever pushes may bring a redirect URI that is not registered.")
class PushersBringTheirRedirectUri(_MarksPushedRequests):
    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        sent = parameters.get("redirect_uri")
        return sent if sent and parameters.get(_MARK) else super().redirect_uri_of(parameters, client)


@mutant(
    kills={"RFC9126-2-b", "RFC7523BIS-5-a"},
    story="At the endpoint for pushes, client assertions have to be made for its own URL.",
)
class PushAssertionsAreForThePushEndpoint(_KnowsWhereItIs):
    def accepted_assertion_audiences(self) -> tuple[str, ...]:
        return (self.config.endpoint("/oauth/par"),) if _pushing.get() else super().accepted_assertion_audiences()


@mutant(kills={"RFC7523BIS-5-a"}, story="Client assertions of a push may be made for the token endpoint too.")
class PushAssertionsAreForTheTokenEndpointToo(_KnowsWhereItIs):
    def accepted_assertion_audiences(self) -> tuple[str, ...]:
        usual: Any = super().accepted_assertion_audiences()
        return (*usual, self.config.endpoint("/oauth/token")) if _pushing.get() else usual
