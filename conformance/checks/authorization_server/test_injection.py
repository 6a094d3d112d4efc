"""What comes in stays a value: OAuth 2.1, 7.12 (response splitting, markup in pages)."""

from conformance.catalogue import requirement
from conformance.client.approval import first_visit
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.injection import (
    HEADER_INJECTION,
    MARKUP,
    SPLIT_HEADER,
    judge_markup_is_text,
    requests_with_markup,
)
from conformance.client.registrar import Registrar
from conformance.vocabulary import NotApplicable, Violation


@requirement("OAUTH21-7.12-a")
def test_a_line_break_in_state_starts_no_header(flow: AuthorizationFlow) -> None:
    """A state with line breaks adds no header to the answer, neither to one with a code nor to one with an error.

    Control: the same request with another state is granted.
    Means: a link to your server sets cookies or shows a page of an attacker under your name (response splitting).
    Fix: percent-encode what goes into Location, and refuse control characters in state.
    """
    flow.control(flow.authorization_request())
    granted = flow.authorization_request().with_("state with line breaks", state=HEADER_INJECTION)
    refused = granted.with_(response_type="conformance-unsupported")
    for request in (granted, refused):
        answer = flow.send(request)
        if any(each.header(SPLIT_HEADER) is not None for each in (*answer.pages, answer.response)):
            observed = f"{answer.described()}, and a header {SPLIT_HEADER}"
            raise Violation("state wrote a header", expected="no line breaks in Location", observed=observed)


@requirement("OAUTH21-7.12-a")
def test_pages_show_parameters_as_text(authorization_server: AuthorizationServer) -> None:
    """Error, login and consent pages escape markup in client_id, redirect_uri and state.

    Control: a good request of the same client is granted.
    Means: a link to your server runs an attacker's script where your users log in (cross-site scripting).
    Fix: escape every value that a page shows; a template engine with autoescaping does it.
    """
    flow = first_visit(authorization_server)
    pages = sum(judge_markup_is_text(flow.send(request)) for request in requests_with_markup(flow))
    flow.control(flow.authorization_request())
    if not pages:
        raise NotApplicable("the server shows no HTML pages")


@requirement("OAUTH21-7.12-a")
def test_pages_show_names_of_clients_as_text(registration: Registrar) -> None:
    """The pages for a client whose client_name has markup escape it; to refuse that name is as good.

    Control: a client with another name registers.
    Means: whoever registers a client runs script where your users log in (stored cross-site scripting).
    Fix: escape client_name, and whatever else clients say of themselves, wherever a page shows it.
    """
    named = registration.altered("markup in client_name", client_name=f"Conformance {MARKUP}")
    if named.is_refused:
        return
    flow = registration.flow(named)
    if not judge_markup_is_text(flow.control(flow.authorization_request())):
        raise NotApplicable("the server shows no HTML pages")
