"""Issuer, audience and subject of a token: RFC 9068, section 4; RFC 8725, sections 3.8 and 3.9; MCP.

Every token is minted by the harness's issuer, which the server trusts, and wrong in one way.
"""

from conformance.catalogue import requirement
from conformance.client.forged_token import WrongToken
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.issuer.mint import Mint
from conformance.vocabulary import NotApplicable
from conformance.wire.addresses import split_url


@requirement("RFC9068-4-g")
def test_the_issuer_is_compared_exactly(resource_server: ResourceServer, mint: Mint) -> None:
    """An `iss` that resembles the trusted issuer, or none, is refused.

    Control: the same token with the issuer's own `iss` is accepted.
    Means: who controls a name that looks like the issuer's can issue tokens for this server.
    Fix: compare `iss` with the configured issuer as strings, character for character.
    """
    _trial(resource_server, mint).refusals([*_issuers_like(mint), mint.lacking("iss")])


@requirement("RFC9068-4-g", "MCP-TOK-05")
def test_another_issuer_is_refused(resource_server: ResourceServer, mint: Mint) -> None:
    """A token whose `iss` is somebody else is refused though a trusted key signed it.

    Control: the same token with the issuer's own `iss` is accepted.
    Means: the server can't tell which authorization server a token is from.
    Fix: compare `iss` with the issuers that you trust.
    """
    _trial(resource_server, mint).refusals([_other_issuer(mint)])


@requirement("RFC8725-3.8-a")
def test_a_key_is_good_for_its_own_issuer_only(resource_server: ResourceServer, mint: Mint) -> None:
    """A token in the name of the authorization server under test, signed by the harness's issuer, is refused.

    Control: the same token in the harness's own name is accepted.
    Means: each trusted issuer can act as every other one.
    Fix: look for the key in the key set of the issuer that the token names, and nowhere else.
    """
    other = resource_server.authorization_server().issuer
    if other == mint.facts.issuer:
        raise NotApplicable("the resource server trusts one issuer only, the harness's own")
    wrong = mint.saying("in the name of one issuer, signed by another", iss=other)
    _trial(resource_server, mint).refusals([wrong])


@requirement("RFC8725-3.8-a")
def test_the_subject_of_a_token_is_text(resource_server: ResourceServer, mint: Mint) -> None:
    """A token whose `sub` is a number or an array is refused (RFC 7519, 4.1.2: a string).

    Control: the same token with a subject is accepted.
    Means: requests are served for nobody in particular, and their data may end up with anybody.
    Fix: refuse tokens whose subject is not a string.
    """
    wrong = [mint.saying("with a number as sub", sub=7), mint.saying("with an array as sub", sub=[mint.facts.subject])]
    _trial(resource_server, mint).refusals(wrong)


@requirement("RFC9068-4-h", "RFC8725-3.9-a", "MCP-TOK-14")
def test_the_audience_is_this_server(resource_server: ResourceServer, mint: Mint) -> None:
    """A token for somebody else, for nobody, or for several others is refused.

    Control: the same token with this server's identifier as `aud` is accepted.
    Means: any service that a user gives a token to can act on this server in the user's name.
    Fix: look for this server's identifier in `aud` and refuse the token when it isn't there.
    """
    _trial(resource_server, mint).refusals(_foreign_audiences(mint))


@requirement("RFC9068-4-h")
def test_the_audience_is_compared_exactly(resource_server: ResourceServer, mint: Mint) -> None:
    """An audience that only resembles this server's identifier is refused.

    Control: the same token with this server's identifier as `aud` is accepted.
    Means: tokens for a neighbour with a similar name open this server.
    Fix: compare `aud` with the server's identifier as strings, without prefixes, suffixes or normalisation.
    """
    _trial(resource_server, mint).refusals(_audiences_like(mint))


@requirement("RFC9068-4-h")
def test_a_repeated_audience_is_no_way_in(resource_server: ResourceServer, mint: Mint) -> None:
    """A payload that has `aud` twice, first this server and last another, is refused.

    RFC 7519, section 4 lets a parser refuse such a token or take the last one: either way it isn't for this server.

    Control: the same token with one `aud` is accepted.
    Means: two programs read the same token differently, and one of them is fooled.
    Fix: parse claims strictly and refuse repeated members.
    """
    other = "https://other.example/mcp"
    wrong = mint.saying_twice("with aud twice, last for another server", "aud", mint.audience, other)
    _trial(resource_server, mint).refusals([wrong])


@requirement("MCP-TOK-06")
def test_the_issuer_is_no_audience(resource_server: ResourceServer, any_mint: Mint) -> None:
    """A token whose audience is the authorization server itself gets 401.

    Control: the same token with this server's identifier as `aud` is accepted.
    Means: tokens that were issued for no resource in particular open this one.
    Fix: accept this server's identifier as audience and nothing else.
    """
    wrong = any_mint.saying("whose audience is its issuer", aud=any_mint.facts.issuer)
    _trial(resource_server, any_mint).unauthorized([wrong])


def _trial(server: ResourceServer, mint: Mint) -> TokenTrial:
    return TokenTrial(server, mint.good())


def _other_issuer(mint: Mint) -> WrongToken:
    return mint.saying("of another issuer", iss="https://other.example")


def _issuers_like(mint: Mint) -> list[WrongToken]:
    issuer = mint.facts.issuer
    parts = split_url(issuer)
    return [
        mint.saying("whose iss has a slash more", iss=f"{issuer}/"),
        mint.saying("whose iss goes on after the issuer's", iss=f"{issuer}.other.example"),
        mint.saying("whose iss is in upper case", iss=f"{parts.scheme.upper()}://{parts.netloc}{parts.path}"),
        mint.saying("whose iss is a list", iss=[issuer]),
    ]


def _foreign_audiences(mint: Mint) -> list[WrongToken]:
    return [
        mint.saying("for another server", aud="https://other.example/mcp"),
        mint.lacking("aud"),
        mint.saying("for a list of other servers", aud=["https://other.example/mcp", "https://third.example/"]),
        mint.saying("with an empty list as aud", aud=[]),
    ]


def _audiences_like(mint: Mint) -> list[WrongToken]:
    own = mint.audience
    parts = split_url(own)
    return [
        mint.saying("whose aud goes on after this server's", aud=f"{own}.other.example/"),
        mint.saying("whose aud is the beginning of this server's", aud=own[:-1]),
        mint.saying("whose aud has this server's in its query", aud=f"https://other.example/?{own}"),
        mint.saying("whose aud is on another port", aud=f"{parts.scheme}://{parts.hostname}:1{parts.path}"),
    ]
