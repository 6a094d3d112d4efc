"""What native apps need of an authorization server (RFC 8252, 6, 7.3, 8.4 and 8.6)."""

from conformance.catalogue import requirement
from conformance.client.flow import AuthorizationFlow
from conformance.client.pkce import new_proof_key
from conformance.client.registrar import Registrar
from conformance.expect import AuthorizationAnswer, expect
from conformance.vocabulary import NotApplicable

_IPV4, _IPV6 = "http://127.0.0.1:8765/native", "http://[::1]:8765/native"


@requirement("RFC8252-6-a")
def test_pkce_protects_native_apps(registration: Registrar) -> None:
    """A public native client with PKCE gets a token with its code_verifier, and none with another.

    Control: the right verifier gives a token.
    Means: another app on the device that receives the code can redeem it.
    Fix: verify code_verifier for every public client, native ones included.
    """
    flow = _native_flow(registration, _IPV4)
    flow.grant()
    wrong = flow.code_for().with_("code_verifier of no flow at all", code_verifier=new_proof_key().verifier)
    expect(flow.redeem(wrong)).issues_no_token()


@requirement("RFC8252-7.3-a")
def test_any_port_of_the_ipv4_loopback_address_will_do(registration: Registrar) -> None:
    """A redirect URI on 127.0.0.1 works with another port than the registered one.

    Control: the registered redirect URI gets a code.
    Means: a desktop app can't log its user in when its usual port is taken.
    Fix: ignore the port when comparing http redirect URIs on 127.0.0.1 and [::1].
    """
    expect(_with_redirect_uri(registration, _IPV4, _IPV4.replace("8765", "49317"))).grants_code()


@requirement("RFC8252-7.3-a")
def test_any_port_of_the_ipv6_loopback_address_will_do(registration: Registrar) -> None:
    """A redirect URI on [::1] works with another port than the registered one.

    Control: the registered redirect URI gets a code.
    Means: a desktop app can't log its user in when its usual port is taken.
    Fix: ignore the port when comparing http redirect URIs on 127.0.0.1 and [::1].
    """
    expect(_with_redirect_uri(registration, _IPV6, _IPV6.replace("8765", "49317"))).grants_code()


@requirement("RFC8252-8.4-a")
def test_the_path_of_a_loopback_redirect_uri_has_to_match(registration: Registrar) -> None:
    """A loopback redirect URI with another port and another path than the registered one earns no code.

    Control: the registered redirect URI gets a code.
    Means: any program that listens on the device can receive the app's code.
    Fix: let only the port of a loopback redirect URI vary, nothing else.
    """
    other = _IPV4.replace("8765/native", "49317/other")
    expect(_with_redirect_uri(registration, _IPV4, other)).grants_no_code().does_not_redirect()


@requirement("RFC8252-8.4-a")
def test_a_loopback_redirect_uri_stays_on_loopback(registration: Registrar) -> None:
    """A redirect URI that only looks like a loopback one, by user information, earns no code.

    Control: the registered redirect URI gets a code.
    Means: a port that isn't compared becomes a way to any host: http://127.0.0.1:8765@attacker.example/.
    Fix: compare parsed redirect URIs, and refuse any with user information.
    """
    other = _IPV4.replace("8765", "8765@attacker.example")
    expect(_with_redirect_uri(registration, _IPV4, other)).grants_no_code().does_not_redirect()


@requirement("RFC8252-8.4-a")
def test_the_port_of_an_https_redirect_uri_has_to_match(registration: Registrar) -> None:
    """An https redirect URI with another port than the registered one earns no code.

    Control: the registered redirect URI gets a code.
    Means: whoever runs anything on the app's host receives its codes.
    Fix: ignore the port only of http redirect URIs on loopback addresses.
    """
    registered = "https://client.example/native"
    other = "https://client.example:8443/native"
    expect(_with_redirect_uri(registration, registered, other)).grants_no_code().does_not_redirect()


def _native_flow(registration: Registrar, redirect_uri: str) -> AuthorizationFlow:
    made = registration.control(redirect_uris=[redirect_uri], client_name="Native conformance app")
    flow = registration.flow(made)
    if not flow.client.is_public:
        raise NotApplicable("the server registers no public clients")
    return flow


def _with_redirect_uri(registration: Registrar, registered: str, other: str) -> AuthorizationAnswer:
    """What the other redirect URI ends in, once the registered one got a code."""
    kind = "web" if registered.startswith("https:") else "native"
    made = registration.control(redirect_uris=[registered], application_type=kind)
    if made.redirect_uris != [registered]:
        raise NotApplicable(f"the server does not register {registered}")
    flow = registration.flow(made)
    flow.control(flow.authorization_request())
    return flow.send(flow.authorization_request().with_(redirect_uri=other))
