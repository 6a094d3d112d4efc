"""redirect_uri of authorization requests by the best current practice: RFC 9700, 2.1, 4.1.3 and 4.11."""

from conformance.catalogue import requirement
from conformance.client.flow import AuthorizationFlow
from conformance.client.redirect_uris import (
    judge_any_port,
    judge_refused,
    loopback_flow,
    other_endings,
    other_hosts,
    other_paths,
    other_spellings,
)

_ELSEWHERE = {"on a host of somebody else": "https://conformance-extra.example/callback"}


@requirement("RFC9700-2.1-a")
def test_redirect_uris_match_exactly(flow: AuthorizationFlow) -> None:
    """Nothing is sent to a URI that differs from the registered one in path, query, fragment or host.

    Control: the request with the registered redirect URI is granted.
    Means: codes go to pages or servers of an attacker, who only has to make a victim click on a link.
    Fix: compare redirect_uri with the registered values character by character; no patterns, no prefixes.
    """
    registered = flow.client.redirect_uri
    judge_refused(flow, {**other_paths(registered), **other_endings(registered), **other_hosts(registered)})


@requirement("RFC9700-2.1-a", "OAUTH21-4.1.1-e")
def test_redirect_uris_are_compared_as_strings(flow: AuthorizationFlow) -> None:
    """The registered URI in another spelling (case, percent encoding) is not taken for it.

    Control: the request with the registered redirect URI is granted.
    Means: comparison by normalised URIs invites parser differences, by which codes have been stolen before.
    Fix: compare strings (RFC 3986, 6.2.1); don't parse, decode or normalise before.
    """
    judge_refused(flow, other_spellings(flow.client.redirect_uri))


@requirement("RFC9700-2.1-a", "OAUTH21-4.1.1-e", "OAUTH21-8.4.2-a")
def test_native_apps_may_use_any_port(flow: AuthorizationFlow) -> None:
    """A code goes to the registered loopback URI with another port too.

    Control: the request with the registered port is granted.
    Means: a desktop app can't log its user in when its usual port is taken.
    Fix: ignore the port when comparing http redirect URIs on 127.0.0.1 and [::1].
    """
    judge_any_port(loopback_flow(flow))


@requirement("RFC9700-2.1-b")
def test_the_server_is_no_open_redirector(flow: AuthorizationFlow) -> None:
    """No request leads to a redirect_uri that is not registered: neither a good one nor a faulty one.

    Control: the request with the registered redirect URI is granted.
    Means: a link to your server leads to any site that an attacker likes: phishing under your name.
    Fix: check client_id and redirect_uri before everything else, and show a page when they are wrong.
    """
    judge_refused(flow, _ELSEWHERE)
    judge_refused(flow, _ELSEWHERE, response_type="conformance-unsupported")
    judge_refused(flow, _ELSEWHERE, scope="conformance-unknown-scope")
