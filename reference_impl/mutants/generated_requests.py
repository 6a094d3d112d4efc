"""Departures that odd input brings out: an exception nobody catches, endless work, a page for a program, raw markup."""

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import mutant

_ODDLY_LONG_SECONDS = 20


@mutant(
    deep_kills={"ROBUST-ERROR-a"},
    story="token_type_hint is put into a header of the log as ASCII, which raises for anything else.",
)
class HintHasToBeAscii(Rules):
    def token_parameter(self, parameters: Parameters) -> str:
        (parameters.get("token_type_hint") or "").encode("ascii")
        return super().token_parameter(parameters)


@mutant(
    deep_kills={"ROBUST-ANSWER-a"},
    story="Credentials that are no Base64 are looked up in the old user directory, which nobody answers for any more.",
)
class OldDirectoryIsAsked(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        if request.headers.get("authorization", "").strip() == "Basic ====":
            await asyncio.sleep(_ODDLY_LONG_SECONDS)
        return await super().authenticate_client(request, parameters)


@mutant(
    deep_kills={"ROBUST-MARKUP-a"},
    story="An unreadable parameter name at an endpoint for clients gets the page of the web framework.",
)
class FrameworkAnswersOddNames(Rules):
    def check_parameters_once(self, parameters: Parameters) -> None:
        super().check_parameters_once(parameters)
        if any(not name.isascii() for name, _ in parameters.pairs()):
            raise OAuthError("invalid_request", "an odd name", 400)

    def error_response(self, error: OAuthError) -> Response:
        if error.description == "an odd name":
            return HTMLResponse("<h1>Bad Request</h1>", 400)
        return super().error_response(error)


@mutant(
    deep_kills={"OAUTH21-7.12-a"},
    story="The error page lists the names of parameters that it does not know, as they came.",
)
class ErrorPageListsParameterNames(Rules):
    async def identify_client(self, parameters: Parameters) -> Client:
        try:
            return await super().identify_client(parameters)
        except OAuthError as error:
            odd = " ".join(name for name, _ in parameters.pairs() if not name.isidentifier())
            raise OAuthError(
                error.error, f"{error.description}. Unknown: {odd}" if odd else error.description
            ) from None

    def error_page(self, error: OAuthError) -> Response:
        before, marker, names = error.description.partition(". Unknown: ")
        page = super().error_page(OAuthError(error.error, before, error.status, error.headers))
        return (
            HTMLResponse(bytes(page.body).decode() + f"<p>Unknown: {names}</p>", page.status_code) if marker else page
        )
