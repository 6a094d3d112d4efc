"""How odd client metadata is met at registration (RFC 7591, 2, 2.1, 2.3, 3.2.2 and 5)."""

import json
from base64 import urlsafe_b64encode
from typing import Any

from joserfc.jwk import ECKey

from conformance.catalogue import requirement
from conformance.client.registrar import WEB_REDIRECT, Registrar, Registration
from conformance.client.shown_page import image_sources, pages_shown
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_ERRORS = (
    "invalid_redirect_uri",
    "invalid_client_metadata",
    "invalid_software_statement",
    "unapproved_software_statement",
    "invalid_request",
)
_STATED_NAME = "Name of the statement"


@requirement("RFC7591-2-a")
def test_a_code_client_without_redirect_uris_is_refused(registration: Registrar) -> None:
    """A client for authorization_code that registers no redirect_uris is refused.

    Control: the same registration with redirect_uris makes a client.
    Means: the code goes wherever the authorization request says, an attacker's page included.
    Fix: answer 400 with invalid_redirect_uri or invalid_client_metadata when redirect_uris is missing.
    """
    answer = registration.altered("redirect_uris removed", redirect_uris=None)
    expect(answer.response).has_no_server_error()
    if answer.client_id is not None:
        raise Violation("a client without redirect URIs", expected="400 with an error", observed=answer.described())


@requirement("RFC7591-2-b")
def test_unknown_metadata_is_ignored(registration: Registrar) -> None:
    """A member that no server knows doesn't keep a client from being registered.

    Control: the same registration without that member makes a client.
    Means: clients that speak a newer extension can't register.
    Fix: ignore client metadata that isn't understood.
    """
    answer = registration.altered("an unknown member was added", conformance_unknown_member={"anything": [1, None]})
    answer.expect_accepted()


@requirement("RFC7591-2-c")
def test_jwks_and_jwks_uri_are_not_registered_together(registration: Registrar) -> None:
    """A registration with both jwks and jwks_uri is refused, or answered with one of them at most.

    Control: the same registration with jwks alone makes a client.
    Means: which keys count as the client's depends on who reads its metadata.
    Fix: answer 400 with invalid_client_metadata when both are present.
    """
    jwks = {"keys": [ECKey.generate_key("P-256", auto_kid=True).as_dict(private=False)]}
    if (
        registration.send(
            registration.metadata(jwks=jwks, redirect_uris=[WEB_REDIRECT], application_type="web")
        ).client_id
        is None
    ):
        raise NotApplicable("the server registers no client with jwks")
    both: dict[str, Any] = {"jwks": jwks, "jwks_uri": "https://client.example/keys.json"}
    answer = registration.altered(
        "both jwks and jwks_uri", redirect_uris=[WEB_REDIRECT], application_type="web", **both
    )
    expect(answer.response).has_no_server_error()
    if both.keys() <= answer.members.keys():
        raise Violation("both are registered", expected="400, or one of them", observed="jwks and jwks_uri returned")


@requirement("RFC7591-2.1-a")
def test_grant_and_response_types_that_contradict_are_not_registered(registration: Registrar) -> None:
    """A client with the grant implicit and the response type code is refused, or registered with types that fit.

    Control: the same registration with authorization_code and code makes a client.
    Means: a client is registered for a combination that can't work or that nobody meant to allow.
    Fix: refuse contradicting grant_types and response_types, or correct them and return what was registered.
    """
    answer = registration.altered("grant implicit, response type code", grant_types=["implicit"])
    expect(answer.response).has_no_server_error()
    grants, types = answer.members.get("grant_types"), answer.members.get("response_types", ["code"])
    if answer.client_id and grants == ["implicit"] and types == ["code"]:
        raise Violation("a contradiction was registered", expected="400, or types that fit", observed="both returned")


@requirement("RFC7591-2.3-a")
def test_an_unsigned_software_statement_is_not_believed(registration: Registrar) -> None:
    """What a software statement with "alg": "none" says doesn't become the client's metadata.

    Control: a registration without statement makes a client.
    Means: anybody can register as software that its publisher has vouched for.
    Fix: believe a software statement only if it is signed by an issuer that the server trusts.
    """
    answer = _with_statement(registration)
    if answer.client_id and answer.members.get("client_name") != _STATED_NAME:
        raise NotApplicable("the server does not use software statements")
    expect(answer.response).has_no_server_error()
    if answer.client_id:
        raise Violation("an unsigned statement counts", expected="refused or ignored", observed=answer.described())


@requirement("RFC7591-3.2.1-e")
def test_a_software_statement_that_was_used_is_returned(registration: Registrar) -> None:
    """Where values of a software statement are used, the answer repeats the statement unmodified.

    Control: a registration without statement makes a client.
    Means: the client can't tell that its metadata came from the statement.
    Fix: return software_statement as it was sent.
    """
    answer = _with_statement(registration)
    if answer.members.get("client_name") != _STATED_NAME:
        raise NotApplicable("the server did not use the software statement")
    if answer.members.get("software_statement") != answer.wanted["software_statement"]:
        raise Violation(
            "the statement is not returned", expected="software_statement as sent", observed="another or none"
        )


@requirement("RFC7591-3.2.2-a")
def test_a_refused_redirect_uri_is_answered_with_a_registration_error(registration: Registrar) -> None:
    """A registration that is refused for its redirect URI gets 400 and a JSON object with a defined error code.

    Control: the same registration with a good redirect URI makes a client.
    Means: clients can't tell their users, or their developers, what was wrong.
    Fix: answer 400 with application/json and error invalid_redirect_uri or invalid_client_metadata.
    """
    bad = ["no redirect URI at all"]
    _expect_registration_error(registration.altered("redirect_uris holds no URI", redirect_uris=bad))


@requirement("RFC7591-3.2.2-a")
def test_refused_metadata_is_answered_with_a_registration_error(registration: Registrar) -> None:
    """A registration that is refused for a member of the wrong type gets 400 and a JSON object with a defined error.

    Control: the same registration with redirect_uris as an array makes a client.
    Means: clients can't tell their users, or their developers, what was wrong.
    Fix: answer 400 with application/json and error invalid_redirect_uri or invalid_client_metadata.
    """
    _expect_registration_error(registration.altered("redirect_uris is a number", redirect_uris=8))


@requirement("RFC7591-3.2.2-a")
def test_refused_metadata_is_not_blamed_on_the_redirect_uris(registration: Registrar) -> None:
    """A registration that is refused for another member than redirect_uris isn't answered invalid_redirect_uri.

    Control: the same registration with token_endpoint_auth_method as a string makes a client.
    Means: developers look for the fault in redirect URIs that are right.
    Fix: answer invalid_redirect_uri for redirect_uris, and invalid_client_metadata for every other member.
    """
    answer = registration.altered("token_endpoint_auth_method is a number", token_endpoint_auth_method=8)
    _expect_registration_error(answer)
    if (answer.response.json_object() or {}).get("error") == "invalid_redirect_uri":
        raise Violation("the wrong member is blamed", expected="invalid_client_metadata", observed=answer.described())


@requirement("RFC7591-5-b")
def test_a_logo_of_another_host_is_not_shown(registration: Registrar) -> None:
    """A logo_uri on another host than the redirect URIs is refused, left out, or not what the user gets to see.

    Control: the same registration without logo_uri makes a client, and the client with it gets its code.
    Means: a rogue client appears before the user with the logo of one that the user trusts.
    Fix: compare host and scheme of logo_uri, client_uri, tos_uri and policy_uri with those of the redirect_uris.
    """
    registration.control(redirect_uris=[WEB_REDIRECT], application_type="web")
    foreign = "https://well-known.example/logo.png"
    metadata = registration.metadata(redirect_uris=[WEB_REDIRECT], application_type="web", logo_uri=foreign)
    answer = registration.send(metadata, "logo_uri is on another host than the redirect URI")
    expect(answer.response).has_no_server_error()
    if answer.members.get("logo_uri") != foreign:
        return
    flow = registration.flow(answer)
    pages = pages_shown(flow.control(flow.authorization_request()))
    if any(foreign in image_sources(page) for page in pages):
        raise Violation("a foreign logo is shown", expected="no img of that URL", observed=f"img src={foreign}")


def _with_statement(registration: Registrar) -> Registration:
    header, claims = {"alg": "none"}, {"iss": "https://publisher.example", "client_name": _STATED_NAME}
    parts = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return registration.altered("an unsigned software_statement", software_statement=".".join(parts) + ".")


def _expect_registration_error(answer: Registration) -> None:
    if answer.client_id is not None:
        raise NotApplicable("the server accepts or corrects that metadata")
    expect(answer.response).has_status(400)
    error = (answer.response.json_object() or {}).get("error")
    if error not in _ERRORS:
        expected = f"a JSON object with error={' or '.join(_ERRORS[:2])}"
        raise Violation("no registration error code", expected=expected, observed=answer.described())
