"""What the header of a token may decide: RFC 9068, sections 2.1 and 4; RFC 8725, sections 3.1, 3.10 and 3.11.

Every token is minted by the harness's issuer, which the server trusts, and wrong in one way.
"""

from conformance.catalogue import requirement
from conformance.client.forged_token import WrongToken
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.expect import expect
from conformance.issuer.bait import jku_bait, x5c_token, x5u_bait
from conformance.issuer.control import IssuerControl
from conformance.issuer.mint import Mint
from conformance.vocabulary import Inconclusive, Violation

_STRANGE_KEY_IDS = ("../../../../dev/null", "' OR '1'='1", "$(sleep 1)|x", "kid\u0000\u2028")


@requirement("RFC9068-4-e")
def test_a_jwt_of_another_type_is_refused(resource_server: ResourceServer, mint: Mint) -> None:
    """A JWT whose `typ` is missing, JWT, or that of another kind of token is refused.

    Control: the same token with typ at+jwt is accepted.
    Means: ID tokens and logout tokens, which go to every client, open the resources.
    Fix: require typ at+jwt (or application/at+jwt) and refuse everything else.
    """
    TokenTrial(resource_server, mint.good()).refusals(_other_types(mint))


@requirement("RFC9068-4-e")
def test_every_spelling_of_the_type_is_accepted(resource_server: ResourceServer, mint: Mint) -> None:
    """The media type counts, not its spelling: application/at+jwt and AT+JWT are at+jwt.

    Control: the same token with typ at+jwt is accepted.
    Means: tokens of authorization servers that write the media type in full are refused.
    Fix: compare typ without regard to case, with and without "application/".
    """
    resource_server.control(token=mint.good())
    for spelling in ("application/at+jwt", "AT+JWT"):
        token = mint.headed(f"whose typ is {spelling}", typ=spelling).token
        answer = resource_server.send(resource_server.with_token(token, change=f"typ written as {spelling}"))
        if not is_result(answer):
            expected = "accepted like at+jwt"
            raise Violation(f"typ {spelling} is refused", expected=expected, observed=expect(answer).described())


@requirement("RFC8725-3.11-a")
def test_tokens_are_told_apart_by_type(resource_server: ResourceServer, mint: Mint) -> None:
    """A JWT of the same issuer and audience that says it is something else is not taken for an access token.

    Control: the same token with typ at+jwt is accepted.
    Means: a JWT that was made for one purpose works for another.
    Fix: require the typ of access tokens.
    """
    TokenTrial(resource_server, mint.good()).refusals([mint.headed("whose typ is logout+jwt", typ="logout+jwt")])


@requirement("RFC9068-2.1-d")
def test_rs256_is_supported(resource_server: ResourceServer, mint: Mint) -> None:
    """A token signed with RS256 is accepted.

    Control: where it is not, the same token signed with ES256 is.
    Means: the one algorithm that everybody has in common doesn't work here.
    Fix: add RS256 to the accepted algorithms.
    """
    answer = resource_server.send(resource_server.with_token(mint.good("RS256"), change="signed with RS256"))
    if is_result(answer):
        return
    if not is_result(resource_server.send(resource_server.with_token(mint.good("ES256")))):
        raise Inconclusive("tokens of the harness's issuer are accepted with no algorithm", root="token_issuer")
    raise Violation("RS256 is refused", expected="accepted like ES256", observed=expect(answer).described())


@requirement("RFC8725-3.1-a")
def test_a_key_is_used_with_its_own_algorithm_only(resource_server: ResourceServer, mint: Mint) -> None:
    """A token signed with PS256 is refused when the key is published for RS256.

    Control: the same token signed with RS256, or with the usual algorithm, is accepted.
    Means: one key serves several algorithms, and the weakest of them protects it.
    Fix: compare the header's alg with that of the key before you use it.
    """
    key = mint.signing_key("RS256")
    header = {"typ": "at+jwt", "alg": "PS256", "kid": key["kid"]}
    wrong = WrongToken("signed with PS256 by a key for RS256", mint.sign_with(key, header, mint.claims(), "PS256"))
    TokenTrial(resource_server, mint.good()).refusals([wrong])


@requirement("RFC9068-4-i")
def test_a_critical_extension_that_is_unknown_is_refused(resource_server: ResourceServer, mint: Mint) -> None:
    """A token whose `crit` names an extension that nobody knows is refused (RFC 7515, 4.1.11).

    Control: the same token without `crit` is accepted.
    Means: what the issuer declared indispensable is ignored.
    Fix: refuse tokens with `crit` unless you implement every extension that it names.
    """
    wrong = mint.headed("with an unknown critical extension", crit=["conformance"], conformance=True)
    TokenTrial(resource_server, mint.good()).refusals([wrong])


@requirement("RFC9068-4-k")
def test_keys_that_a_token_points_at_are_not_used(
    resource_server: ResourceServer, mint: Mint, issuer_control: IssuerControl
) -> None:
    """A token that names its own key by `jku`, `x5u` or `x5c` is refused.

    Control: a token signed by the issuer's published key is accepted.
    Means: whoever makes a token also says which key verifies it, so anybody's token is good.
    Fix: take keys from the issuer's metadata only.
    """
    baits = (jku_bait(mint, issuer_control), x5u_bait(mint, issuer_control))
    TokenTrial(resource_server, mint.good()).refusals([*(bait.wrong for bait in baits), x5c_token(mint)])


@requirement("RFC8725-3.10-a")
def test_urls_in_a_token_are_not_fetched(
    resource_server: ResourceServer, mint: Mint, issuer_control: IssuerControl
) -> None:
    """Nothing is fetched from the URLs that a token names in `jku` and `x5u`.

    Control: a token signed by the issuer's published key is accepted.
    Means: everybody can make the server send requests, into its own network too.
    Fix: ignore jku and x5u, or compare them with a list of your own before fetching.
    """
    baits = (jku_bait(mint, issuer_control), x5u_bait(mint, issuer_control))
    resource_server.control(token=mint.good())
    for bait in baits:
        resource_server.send(resource_server.with_token(bait.wrong.token, change=f"a token {bait.wrong.flaw}"))
        if bait.was_taken():
            observed = f"a request for the document of a token {bait.wrong.flaw}"
            raise Violation("a URL inside a token was fetched", expected="no request", observed=observed)


@requirement("RFC8725-3.10-a")
def test_a_strange_key_id_breaks_nothing(resource_server: ResourceServer, mint: Mint) -> None:
    """A `kid` with the characters of paths, queries and commands is refused like every unknown one.

    Control: the same token with the issuer's `kid` is accepted.
    Means: the server looks for the key in files or databases by a name that strangers choose.
    Fix: compare kid with those of the issuer's key set and use it for nothing else.
    """
    wrong = [mint.headed(f"whose kid is {kid!r}", kid=kid) for kid in _STRANGE_KEY_IDS]
    for refusal in TokenTrial(resource_server, mint.good()).refusals(wrong):
        expect(refusal.response).has_no_server_error()


@requirement("RFC9068-4-m")
def test_a_wrong_claim_is_called_invalid_token(resource_server: ResourceServer, mint: Mint) -> None:
    """Tokens of another issuer, for another server, of another type or without expiry get invalid_token.

    Control: the same token with the right claims is accepted.
    Means: clients can't tell that the token is at fault and go on using it.
    Fix: add error="invalid_token" to the challenge whenever a check of a JWT access token fails.
    """
    wrong = [
        mint.saying("of another issuer", iss="https://other.example"),
        mint.saying("for another server", aud="https://other.example/mcp"),
        mint.headed("whose typ is JWT", typ="JWT"),
        mint.lacking("exp"),
    ]
    TokenTrial(resource_server, mint.good()).invalid_token(wrong)


def _other_types(mint: Mint) -> list[WrongToken]:
    missing = mint.headed("without typ", without=("typ",))
    return [missing, *(mint.headed(f"whose typ is {typ}", typ=typ) for typ in ("JWT", "id_token", "dpop+jwt"))]
