"""The issuer in authorization responses: RFC 9207, 2 and 2.4."""

import secrets

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.jose import unverified_jwt
from conformance.expect import AuthorizationAnswer, expect_members
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_FLAG = "authorization_response_iss_parameter_supported"
_HYBRID = ("code id_token", "code id_token token")


@requirement("RFC9207-2-a")
def test_a_code_says_who_issued_it(flow: AuthorizationFlow, params: Params) -> None:
    """The response that brings a code has one iss, where the server announces iss or the profile requires it.

    Control: the request is granted.
    Means: a client of several servers can't tell whose code it holds, and sends it to the wrong one (mix-up).
    Fix: add iss to every authorization response.
    """
    _only_where_supported(flow, params)
    _has_one_iss(flow.control(flow.authorization_request()))


@requirement("RFC9207-2-a")
def test_a_denial_says_who_it_comes_from(flow: AuthorizationFlow, params: Params) -> None:
    """The response that brings an error has one iss, where the server announces iss or the profile requires it.

    Control: the same request with response_type=code is granted.
    Means: a client of several servers takes another server's error for this one's.
    Fix: add iss to error responses too.
    """
    _only_where_supported(flow, params)
    request = flow.authorization_request()
    flow.control(request)
    answer = flow.send(request.with_(response_type="conformance-unsupported"))
    if answer.error is None:
        raise NotApplicable("the server shows this error on a page of its own instead of sending it to the client")
    _has_one_iss(answer)


@requirement("RFC9207-2-b")
def test_iss_is_an_https_url_and_nothing_else(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """iss is an https URL without query and fragment.

    Control: the request is granted.
    Means: clients refuse the response, or compare something that an attacker can add to.
    Fix: send the issuer identifier of the metadata.
    """
    iss = _iss(flow.control(flow.authorization_request()))
    waived = authorization_server.context.facts.waive_loopback_http
    expect_members("the response", {"iss": iss}, waive_loopback_http=waived).https("iss")
    if "?" in iss or "#" in iss:
        raise Violation("iss has a query or fragment", expected="neither query nor fragment", observed=f"iss: {iss}")
    if split_url(iss).scheme != "https":
        raise NotApplicable("iss is plain http on a loopback address, which the waiver of this target accepts")


@requirement("RFC9207-2.3-b")
def test_iss_is_the_issuer_of_the_metadata(flow: AuthorizationFlow) -> None:
    """iss is the issuer of the metadata, compared as strings.

    Control: the request is granted.
    Means: clients that compare, as they have to, can't log in.
    Fix: send exactly the string that the metadata has as issuer, down to the last slash.
    """
    iss = _iss(flow.control(flow.authorization_request()))
    if iss != flow.issuer:
        raise Violation("iss differs from the issuer", expected=f"iss: {flow.issuer}", observed=f"iss: {iss}")


@requirement("RFC9207-2.4-j")
def test_iss_agrees_with_the_id_token_beside_it(flow: AuthorizationFlow) -> None:
    """Where an ID token comes with the code, its iss is the iss of the response.

    Control: the client gets a code without an ID token.
    Means: clients refuse the response, since two issuers are in it.
    Fix: put the same issuer into both.
    """
    offered = flow.metadata.get("response_types_supported")
    hybrid = next((kind for kind in _HYBRID if isinstance(offered, list) and kind in offered), None)
    if hybrid is None:
        raise NotApplicable("no response type brings an ID token with the code")
    scope = " ".join(dict.fromkeys(["openid", *(flow.scope or "").split()]))
    request = flow.authorization_request(response_type=hybrid, scope=scope, nonce=secrets.token_urlsafe(12))
    flow.control(flow.authorization_request())
    answer = flow.send(request)
    if answer.code is None:
        raise NotApplicable(f"this client is not granted {hybrid}: {answer.error}")
    jwt = unverified_jwt(answer.parameter("id_token") or "")
    if jwt is None:
        raise NotApplicable("the response has no ID token that can be read")
    if _iss(answer) != jwt.text("iss"):
        observed = f"iss: {answer.iss}, in the ID token: {jwt.text('iss')}"
        raise Violation("two issuers in one response", expected="the same iss in both", observed=observed)


def _only_where_supported(flow: AuthorizationFlow, params: Params) -> None:
    if flow.metadata.get(_FLAG) is not True and not params.iss_required:
        raise NotApplicable(f"{_FLAG} is not true, so the server does not claim RFC 9207")


def _has_one_iss(answer: AuthorizationAnswer) -> None:
    values = answer.parameters.get("iss", ())
    if len(values) != 1 or not values[0]:
        raise Violation("not one iss", expected="one iss parameter", observed=f"{answer.described()}, iss: {values!r}")


def _iss(answer: AuthorizationAnswer) -> str:
    if not answer.iss:
        raise NotApplicable("authorization responses carry no iss")
    return answer.iss
