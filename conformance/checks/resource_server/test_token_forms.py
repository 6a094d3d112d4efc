"""Tokens in forms that no access token has, and credentials at the edge of what a header can hold."""

from conformance.catalogue import requirement
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.expect import expect
from conformance.issuer import odd_token
from conformance.issuer.mint import Mint
from conformance.vocabulary import Violation

_HUGE_CHARACTERS = 64 * 1024
_TOO_LARGE = 431
_ODD_CREDENTIALS = {
    "the scheme alone": "Bearer",
    "the scheme alone, in lower case": "bearer",
    "two quotes for a token": 'Bearer ""',
    "a token with letters beyond ASCII": "Bearer t\u00f6ken-\u00fc\u00df",
    "no scheme": "nobody-issued-this-token",
}


@requirement("RFC9068-4-i")
def test_an_ecdsa_signature_is_no_zeros(resource_server: ResourceServer, mint: Mint) -> None:
    """A token whose ECDSA signature is zeros, or empty, is refused.

    Control: a token with a real signature is accepted.
    Means: a broken verifier takes one signature for every message, so anybody makes tokens without a key.
    Fix: update the library that verifies ECDSA; it has to refuse r and s of zero.
    """
    wrong = [odd_token.with_zero_signature(mint), odd_token.with_empty_signature(mint)]
    TokenTrial(resource_server, mint.good()).refusals(wrong)


@requirement("RFC9068-4-i")
def test_encryption_is_no_signature(resource_server: ResourceServer, mint: Mint) -> None:
    """Claims that are encrypted with a public key, and signed by nobody, are refused.

    Control: a signed token is accepted.
    Means: a public key is enough to make tokens for this server.
    Fix: require a signature inside an encrypted token, or take no encrypted tokens at all.
    """
    TokenTrial(resource_server, mint.good()).refusals([odd_token.encrypted(mint)])


@requirement("RFC9068-4-j")
def test_alg_none_beside_another_alg_is_refused(resource_server: ResourceServer, mint: Mint) -> None:
    """An unsigned token whose header has alg twice, none and ES256 in either order, is refused.

    Control: a signed token is accepted.
    Means: one parser checks the algorithm, another one believes none.
    Fix: refuse headers with repeated members, and decide by the same reading that you verify with.
    """
    TokenTrial(resource_server, mint.good()).refusals(odd_token.with_two_algorithms(mint))


@requirement("RFC9068-4-k")
def test_a_token_that_names_no_key_is_verified_all_the_same(resource_server: ResourceServer, mint: Mint) -> None:
    """A token without kid, signed by a key that the issuer doesn't have, is refused.

    Control: a token of the issuer is accepted.
    Means: where no key is named none is used, so anybody makes tokens for this server.
    Fix: try the issuer's keys, or refuse tokens without kid.
    """
    TokenTrial(resource_server, mint.good()).refusals([odd_token.by_nobody_without_key_id(mint)])


@requirement("RFC9068-4-h")
def test_an_audience_may_be_a_list(resource_server: ResourceServer, mint: Mint) -> None:
    """A token whose aud is a list with this server in it is accepted (RFC 7519, 4.1.3).

    Control: the same token with a plain string is accepted.
    Means: tokens of authorization servers that always send a list are refused.
    Fix: read aud as a string or as a list of strings.
    """
    resource_server.control(token=mint.good())
    token = mint.saying("", aud=[mint.audience]).token
    answer = resource_server.send(resource_server.with_token(token, change="aud given as a list"))
    if not is_result(answer):
        expected = "accepted like a string"
        raise Violation("aud as a list is refused", expected=expected, observed=expect(answer).described())


@requirement("RFC6750-2.1-c")
def test_another_serialization_is_no_token(resource_server: ResourceServer, mint: Mint) -> None:
    """A token in the JSON serialization is refused: its braces and quotes are no b64token.

    Control: the same content in compact form is accepted.
    Means: two parsers on the way take different parts of it for the signed ones.
    Fix: check the token against the grammar of RFC 6750 before parsing it.
    """
    TokenTrial(resource_server, mint.good()).refusals([odd_token.in_json(mint)])


@requirement("MCP-ERR-01")
def test_odd_credentials_are_a_bad_request_or_unauthorized(resource_server: ResourceServer) -> None:
    """The scheme alone, an empty string, letters beyond ASCII and a word without scheme are answered 400 or 401.

    Control: a good token is accepted.
    Means: credentials that a client got wrong break the server, or are let through.
    Fix: treat what can't be read as a malformed request (400) or as no credentials (401).
    """
    resource_server.control()
    for what, credentials in _ODD_CREDENTIALS.items():
        request = resource_server.mcp.probe().with_header("Authorization", credentials, f"sent with {what}")
        expect(resource_server.send(request)).has_status(400, 401)


@requirement("MCP-ERR-01")
def test_a_huge_token_is_refused(resource_server: ResourceServer) -> None:
    """A token of 64 KiB is answered 400 or 401, or 431 by a server that limits headers.

    Control: a good token is accepted.
    Means: one header is enough to break a request handler, or to keep it busy.
    Fix: limit the size of headers and tokens.
    """
    resource_server.control()
    request = resource_server.with_token("A" * _HUGE_CHARACTERS, change="sent with a token of 64 KiB")
    expect(resource_server.send(request)).has_status(400, 401, _TOO_LARGE)
