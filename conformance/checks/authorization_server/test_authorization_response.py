"""What comes back at the redirect URI: OAuth 2.1, 2.3, 4.1.2 and 4.1.2.1."""

from string import ascii_letters, digits
from urllib.parse import parse_qsl

from conformance.catalogue import requirement
from conformance.client.flow import AuthorizationFlow
from conformance.client.registrar import Registrar
from conformance.expect import AuthorizationAnswer, expect
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation

_EVERY_CHARACTER = "".join(chr(code) for code in range(0x20, 0x7F))
_OWN_QUERY = "tenant=a%20b&kept="
_LONG = (ascii_letters + digits) * 8


@requirement("OAUTH21-4.1.2-c")
def test_a_state_of_every_character_comes_back_unchanged(flow: AuthorizationFlow) -> None:
    """A state of all printable ASCII characters comes back with the code exactly as it was sent.

    Control: the same request with a state of letters is granted.
    Means: clients that check state, as they must, can't log in, or their check is switched off.
    Fix: keep the decoded value of state and encode it again for the redirect.
    """
    _expect_state(flow, _EVERY_CHARACTER)


@requirement("OAUTH21-4.1.2-c")
def test_a_long_state_comes_back_unchanged(flow: AuthorizationFlow) -> None:
    """A state of 496 characters comes back with the code exactly as it was sent.

    Control: the same request with a shorter state is granted.
    Means: clients that keep signed data in state can't log in.
    Fix: leave room for long values wherever state is kept.
    """
    _expect_state(flow, _LONG)


@requirement("OAUTH21-4.1.2-d")
def test_a_code_comes_with_the_issuer(flow: AuthorizationFlow, params: Params) -> None:
    """The redirect that brings a code has an iss parameter that is the issuer of the metadata.

    Means: a client of several authorization servers can't tell whose code it holds (mix-up attack).
    Fix: add iss, the issuer identifier of the metadata, to every authorization response.
    """
    if not params.iss_required:
        raise NotApplicable("this profile does not require iss in authorization responses")
    _expect_issuer(flow, flow.control(flow.authorization_request()))


@requirement("OAUTH21-4.1.2.1-e")
def test_an_error_comes_with_the_state(flow: AuthorizationFlow) -> None:
    """The redirect that brings an error has the state of the request, unchanged.

    Control: the same request with response_type=code is granted.
    Means: the client can't tell which of its requests failed, and drops the answer.
    Fix: send error and state to the redirect URI.
    """
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_("response_type unknown", response_type="unknown", state=_EVERY_CHARACTER))
    allowed = ("unsupported_response_type", "invalid_request")
    expect(answer).redirects_with(error=allowed, state=_EVERY_CHARACTER)


@requirement("OAUTH21-4.1.2.1-e")
def test_a_refusal_by_the_user_is_access_denied(registration: Registrar) -> None:
    """When the user refuses, the client gets error=access_denied and its state.

    Control: the same request is granted when the user approves.
    Means: the client goes on waiting, or tells the user that something is broken.
    Fix: redirect with error=access_denied and the request's state when the user refuses.
    """
    flow = registration.flow(registration.control())
    flow.control(flow.authorization_request())
    request = flow.authorization_request()
    answer = flow.send(request, approve=False)
    if answer.code:
        raise NotApplicable("the user is not asked a second time, so there is nothing to refuse")
    expect(answer).redirects_with(error="access_denied", state=request.state)


@requirement("OAUTH21-4.1.2.1-e")
def test_an_error_comes_with_the_issuer(flow: AuthorizationFlow, params: Params) -> None:
    """The redirect that brings an error has an iss parameter that is the issuer of the metadata.

    Control: the same request with response_type=code is granted.
    Means: a client of several authorization servers takes another server's error for this one's.
    Fix: add iss, the issuer identifier of the metadata, to error responses too.
    """
    if not params.iss_required:
        raise NotApplicable("this profile does not require iss in authorization responses")
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(response_type="conformance-unsupported"))
    expect(answer).redirects_with(error=("unsupported_response_type", "invalid_request"))
    _expect_issuer(flow, answer)


@requirement("OAUTH21-2.3-a")
def test_the_query_of_a_redirect_uri_is_kept(registration: Registrar) -> None:
    """A redirect URI that has a query of its own gets the answer with every parameter of that query.

    Control: the client is registered with that redirect URI.
    Means: the client does not find what it put into its redirect URI, such as the tenant.
    Fix: append to the query of the redirect URI with "&" instead of replacing it; keep parameters without a value.
    """
    redirect_uri = f"{registration.server.context.facts.redirect_uri}?{_OWN_QUERY}"
    registered = registration.send(registration.metadata(redirect_uris=[redirect_uri]))
    if redirect_uri not in registered.redirect_uris:
        raise NotApplicable("the server registers no redirect URI with a query")
    flow = registration.flow(registered)
    answer = flow.send(flow.authorization_request())
    expect(answer).grants_code()
    for name, value in parse_qsl(_OWN_QUERY, keep_blank_values=True):
        if answer.parameters.get(name) != (value,):
            seen = answer.parameters.get(name)
            observed = f"no {name}" if seen is None else " and ".join(f"{name}={each}" for each in seen)
            raise Violation("the query was not kept", expected=f"{name}={value}", observed=observed)


@requirement("OAUTH21-2.3-a")
def test_a_redirect_uri_with_a_fragment_is_not_registered(registration: Registrar) -> None:
    """A client can't register a redirect URI with a fragment.

    Control: a client with the same redirect URI without a fragment registers.
    Means: the answer ends up behind the fragment, where the client does not look for it and scripts do.
    Fix: refuse redirect URIs that contain "#" with invalid_redirect_uri.
    """
    redirect_uri = f"{registration.server.context.facts.redirect_uri}#conformance"
    answer = registration.altered("a redirect URI with a fragment", redirect_uris=[redirect_uri])
    answer.expect_without_redirect_uri(redirect_uri)


@requirement("OAUTH21-2.3-a")
def test_a_relative_redirect_uri_is_not_registered(registration: Registrar) -> None:
    """A client can't register a redirect URI without scheme and host.

    Control: a client with an absolute redirect URI registers.
    Means: the browser resolves it against the server itself, and the answer never leaves it.
    Fix: refuse redirect URIs that are not absolute with invalid_redirect_uri.
    """
    answer = registration.altered("a relative redirect URI", redirect_uris=["/callback"])
    answer.expect_without_redirect_uri("/callback")


def _expect_state(flow: AuthorizationFlow, state: str) -> None:
    flow.control(flow.authorization_request())
    answer = flow.send(flow.authorization_request().with_(f"state of {len(state)} characters", state=state))
    expect(answer).grants_code()
    if answer.parameters.get("state") != (state,):
        raise Violation("state came back altered", expected=f"state={state!r}", observed=f"state={answer.state!r}")


def _expect_issuer(flow: AuthorizationFlow, answer: AuthorizationAnswer) -> None:
    if answer.parameters.get("iss") != (flow.issuer,):
        observed = f"iss={answer.iss!r}" if answer.iss is not None else "no iss"
        raise Violation("the answer does not name its issuer", expected=f"iss={flow.issuer!r}", observed=observed)
