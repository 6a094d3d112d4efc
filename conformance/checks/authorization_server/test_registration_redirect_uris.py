"""Which redirect URIs may be registered (RFC 7591, 5; RFC 8252, 7)."""

from conformance.catalogue import requirement
from conformance.client.registrar import WEB_REDIRECT, Registrar

_HTTP = "http://client.example/callback"


@requirement("RFC7591-5-a")
def test_an_http_redirect_uri_elsewhere_is_refused(registration: Registrar) -> None:
    """A redirect URI with http on another host than the local machine isn't registered.

    Control: the same registration with a good redirect URI makes a client.
    Means: codes travel in the clear, for anybody on the way to read.
    Fix: register https URLs, http on the local machine and URLs of an app's own scheme, nothing else.
    """
    _expect_refused(registration, _HTTP)


@requirement("RFC7591-5-a")
def test_a_javascript_redirect_uri_is_refused(registration: Registrar) -> None:
    """A javascript: redirect URI isn't registered.

    Control: the same registration with a good redirect URI makes a client.
    Means: a client's redirect runs script, in the worst case in the server's own pages.
    Fix: refuse schemes that a browser runs or renders itself: javascript, data, vbscript, blob, file.
    """
    _expect_refused(registration, "javascript:alert(document.domain)//callback")


@requirement("RFC7591-5-a")
def test_a_script_in_capitals_is_refused(registration: Registrar) -> None:
    """A javascript: redirect URI isn't registered when its scheme is spelled with capitals either.

    Control: the same registration with a good redirect URI makes a client.
    Means: the list of refused schemes is bypassed; browsers don't mind the case.
    Fix: compare schemes in lower case, and better accept a list of schemes than refuse one.
    """
    script = "JavaScript:alert(document.domain)//callback"
    answer = registration.altered(f"redirect_uris is {script}", redirect_uris=[script])
    for registered in answer.redirect_uris:
        answer.expect_without_redirect_uri(registered if registered.lower() == script.lower() else script)


@requirement("RFC7591-5-a")
def test_a_data_redirect_uri_is_refused(registration: Registrar) -> None:
    """A data: redirect URI isn't registered.

    Control: the same registration with a good redirect URI makes a client.
    Means: a client's redirect shows a page of its own making as if it came from the server.
    Fix: refuse schemes that a browser runs or renders itself: javascript, data, vbscript, blob, file.
    """
    _expect_refused(registration, "data:text/html,callback")


@requirement("RFC7591-5-a")
def test_an_https_redirect_uri_without_host_is_refused(registration: Registrar) -> None:
    """An https redirect URI whose host is empty (RFC 9110, 4.2.2 makes it invalid) isn't registered.

    Control: the same registration with a good redirect URI makes a client.
    Means: browsers repair https:///host/path to https://host/path: codes go to a host that nobody compared or showed.
    Fix: register https URLs that name a host.
    """
    _expect_refused(registration, "https:///client.example/callback")


@requirement("RFC7591-5-a")
def test_an_http_redirect_uri_beside_a_good_one_is_refused(registration: Registrar) -> None:
    """A redirect URI with http on another host isn't registered behind a good one either.

    Control: the same registration with the good redirect URI alone makes a client.
    Means: only the first redirect URI of a client is looked at; codes go to any of them.
    Fix: judge every redirect URI of a registration.
    """
    good = registration.server.context.facts.redirect_uri
    answer = registration.altered(f"{_HTTP} added to redirect_uris", redirect_uris=[good, _HTTP])
    answer.expect_without_redirect_uri(_HTTP)


@requirement("RFC8252-7-a")
def test_an_https_redirect_uri_can_be_registered(registration: Registrar) -> None:
    """A claimed https URL can be registered as redirect URI.

    Control: a registration with the target file's redirect URI makes a client.
    Means: apps can't use the redirect that the operating system ties to their publisher.
    Fix: accept https redirect URIs of native apps.
    """
    registration.altered(f"redirect_uris is {WEB_REDIRECT}", redirect_uris=[WEB_REDIRECT]).expect_accepted()


@requirement("RFC8252-7-a")
def test_a_loopback_redirect_uri_can_be_registered(registration: Registrar) -> None:
    """A loopback IP URL, of IPv4 and of IPv6, can be registered as redirect URI.

    Control: a registration with the target file's redirect URI makes a client.
    Means: desktop apps and command line tools can't receive a code.
    Fix: accept http redirect URIs on 127.0.0.1 and [::1].
    """
    for redirect_uri in ("http://127.0.0.1/callback", "http://[::1]/callback"):
        registration.altered(f"redirect_uris is {redirect_uri}", redirect_uris=[redirect_uri]).expect_accepted()


def _expect_refused(registration: Registrar, redirect_uri: str) -> None:
    answer = registration.altered(f"redirect_uris is {redirect_uri}", redirect_uris=[redirect_uri])
    answer.expect_without_redirect_uri(redirect_uri)
