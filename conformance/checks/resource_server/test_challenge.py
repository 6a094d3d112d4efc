"""WWW-Authenticate of refusals: RFC 6750, section 3."""

import re
from collections.abc import Iterator

from conformance.catalogue import requirement
from conformance.client.refusal import GARBAGE, MALFORMED, Refusal
from conformance.client.resource_server import ResourceServer
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire.addresses import split_url

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")
_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_URI_REFERENCE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")


@requirement("RFC6750-3-a")
def test_a_request_without_a_good_token_is_challenged(resource_server: ResourceServer) -> None:
    """A refusal for want of a token that enables access has WWW-Authenticate, whatever the request carried instead.

    Means: clients can't tell that a token is asked for, nor which kind and from whom.
    Fix: send WWW-Authenticate: Bearer ... with every refusal of a request without a good token.
    """
    for refusal in resource_server.refusals():
        if refusal.credentials != MALFORMED:
            _expect_header(refusal)


@requirement("RFC6750-3-b")
def test_the_challenge_is_for_bearer(resource_server: ResourceServer) -> None:
    """Each refusal that has challenges has one for Bearer, or for DPoP where tokens are bound to keys.

    Means: clients that know bearer tokens see a scheme they don't speak, and give up.
    Fix: write the scheme as Bearer.
    """
    for refusal in _challenged(resource_server):
        if not any(challenge.is_scheme(scheme) for challenge in refusal.challenges for scheme in ("Bearer", "DPoP")):
            expected = "WWW-Authenticate: Bearer ..."
            raise Violation("no Bearer challenge", expected=expected, observed=refusal.described())


@requirement("RFC6750-3-c")
def test_bearer_is_followed_by_a_parameter(resource_server: ResourceServer) -> None:
    """Every Bearer challenge has at least one parameter.

    Means: strict parsers refuse the header, and the client learns nothing from it.
    Fix: add resource_metadata, scope or realm; an error code is not needed for that.
    """
    refusals = _challenged(resource_server)
    bearer = [(r, challenge) for r in refusals for challenge in r.challenges if challenge.is_scheme("Bearer")]
    if not bearer:
        raise NotApplicable("no refusal has a Bearer challenge, see RFC6750-3-b")
    for refusal, challenge in bearer:
        if not challenge.parameters:
            expected = "Bearer followed by at least one name=value"
            raise Violation("Bearer stands alone", expected=expected, observed=refusal.described())


@requirement("RFC6750-3-d")
def test_realm_appears_once(resource_server: ResourceServer) -> None:
    """No challenge has realm twice.

    Means: programs disagree on which of the two counts.
    Fix: send realm once or not at all.
    """
    _expect_once(resource_server, "realm")


@requirement("RFC6750-3-e")
def test_scope_appears_once(resource_server: ResourceServer) -> None:
    """No challenge has scope twice.

    Means: clients take the first or the last of them, and ask for too few scopes.
    Fix: put all scopes into one parameter, separated by spaces.
    """
    _expect_once(resource_server, "scope")


@requirement("RFC6750-3-h")
def test_error_parameters_appear_once(resource_server: ResourceServer) -> None:
    """No challenge has error, error_description or error_uri twice.

    Means: clients don't know which error happened.
    Fix: send each of the three once or not at all.
    """
    _expect_once(resource_server, "error", "error_description", "error_uri")


@requirement("RFC6750-3-f")
def test_a_failed_token_is_answered_with_an_error_code(resource_server: ResourceServer) -> None:
    """The challenge to a token that is no good has an error code.

    Control: a good token is accepted.
    Means: a client can't tell "log in" from "your token has expired", and asks its user more than needed.
    Fix: add error="invalid_token" to the challenge.
    """
    resource_server.control()
    for refusal in resource_server.refusals():
        if refusal.credentials == GARBAGE and not refusal.parameter("error"):
            expected = 'a challenge with error="invalid_token"'
            raise Violation("no error code", expected=expected, observed=refusal.described())
    if all(refusal.credentials != GARBAGE for refusal in resource_server.refusals()):
        raise Inconclusive("a token that nobody issued was not answered 400, 401 or 403", root="challenge")


@requirement("RFC6750-3-g")
def test_error_uri_is_absolute(resource_server: ResourceServer) -> None:
    """error_uri is an absolute URI, one that can be opened as it is.

    Means: the page that explains the error can't be opened from the client.
    Fix: give the full https URL of the page, or leave error_uri out.
    """
    for refusal, value in _values(resource_server, "error_uri"):
        if not split_url(value).scheme:
            raise Violation("error_uri is relative", expected="an absolute URI", observed=refusal.described())


@requirement("RFC6750-3-i")
def test_scope_is_a_list_of_scope_values(resource_server: ResourceServer) -> None:
    """scope in a challenge holds scope values with the permitted characters, separated by single spaces.

    Means: clients hand on a malformed scope, and the authorization server refuses the request.
    Fix: join the scopes by single spaces; no quotes, backslashes, commas between values or letters outside ASCII.
    """
    _expect_characters(resource_server, "scope", _SCOPE, "scope values separated by single spaces")


@requirement("RFC6750-3-j")
def test_error_and_description_are_plain_ascii(resource_server: ResourceServer) -> None:
    """error and error_description hold printable ASCII without quotes and backslashes.

    Means: other characters break the header for some clients, or let text of an attacker add parameters to it.
    Fix: replace such characters before the text goes into the header.
    """
    texts = [("error", value) for _, value in _values(resource_server, "error")]
    texts += [
        ("error_description", value)
        for refusal in resource_server.refusals()
        for challenge in refusal.challenges
        for value in challenge.all("error_description")
    ]
    for name, value in texts:
        if not _TEXT.fullmatch(value):
            raise Violation(f"{name} has other characters", expected="plain ASCII text", observed=f"{name}={value!r}")


@requirement("RFC6750-3-k")
def test_error_uri_is_a_uri_reference(resource_server: ResourceServer) -> None:
    """error_uri is a URI reference and holds no character that URIs don't have.

    Means: the page that explains the error can't be opened.
    Fix: percent-encode what isn't allowed in a URI.
    """
    _expect_characters(resource_server, "error_uri", _URI_REFERENCE, "a URI reference")


@requirement("RFC6750-3.1-e")
def test_a_request_without_credentials_gets_no_error_code(resource_server: ResourceServer) -> None:
    """The challenge to a request without any credentials has no error, error_description or error_uri.

    Means: clients treat the first contact as a failure and drop tokens or show an error instead of the login.
    Fix: leave the error parameters out where the request carried no credentials.
    """
    refusal = resource_server.refusals()[0]
    if not refusal.challenges:
        raise NotApplicable("the answer to a request without credentials has no challenge, see RFC6750-3-a")
    for name in ("error", "error_description", "error_uri"):
        if refusal.parameter(name) is not None:
            raise Violation(f"{name} without credentials", expected=f"no {name}", observed=refusal.described())


def _challenged(resource_server: ResourceServer) -> list[Refusal]:
    found = [refusal for refusal in resource_server.refusals() if refusal.challenges]
    if not found:
        raise NotApplicable("no refusal has a challenge, see RFC6750-3-a")
    return found


def _values(resource_server: ResourceServer, name: str) -> Iterator[tuple[Refusal, str]]:
    found = [(r, value) for r in resource_server.refusals() for c in r.challenges for value in c.all(name)]
    if not found:
        raise NotApplicable(f"no challenge has {name}, which is optional")
    yield from found


def _expect_header(refusal: Refusal) -> None:
    if refusal.response.header("www-authenticate") is None:
        expected = "WWW-Authenticate with a challenge"
        raise Violation("a refusal has no WWW-Authenticate", expected=expected, observed=refusal.described())


def _expect_once(resource_server: ResourceServer, *names: str) -> None:
    challenges = [(r, challenge) for r in resource_server.refusals() for challenge in r.challenges]
    if not any(challenge.get(name) is not None for _, challenge in challenges for name in names):
        raise NotApplicable(f"no challenge has {' or '.join(names)}, which is optional")
    for refusal, challenge in challenges:
        for name in names:
            if len(challenge.all(name)) > 1:
                raise Violation(f"{name} appears twice", expected=f"{name} once", observed=refusal.described())


def _expect_characters(resource_server: ResourceServer, name: str, allowed: re.Pattern[str], expected: str) -> None:
    for _, value in _values(resource_server, name):
        if not allowed.fullmatch(value):
            raise Violation(f"{name} is malformed", expected=f"{name}: {expected}", observed=f"{name}={value!r}")
