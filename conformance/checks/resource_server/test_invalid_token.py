"""What a bad token is answered: RFC 6750, section 3.1; RFC 9068, section 4; OAuth 2.1, section 5.3; MCP."""

from conformance.catalogue import requirement
from conformance.client.forged_token import WrongToken, cut_short, nobodys_token, with_altered_signature
from conformance.client.granted_token import refresh_token, signed_token
from conformance.client.mcp import message_of
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.vocabulary import Violation


@requirement("MCP-TOK-08", "MCP-ERR-01")
def test_a_token_that_nobody_issued_gets_401(resource_server: ResourceServer) -> None:
    """A random string as token is answered 401.

    Control: a good token is accepted.
    Means: clients don't learn that they have to get a new token, and give up or repeat the request.
    Fix: answer 401 with a Bearer challenge whenever a token fails validation.
    """
    TokenTrial(resource_server).unauthorized([nobodys_token()])


@requirement("MCP-TOK-08")
def test_a_damaged_token_gets_401(resource_server: ResourceServer) -> None:
    """A good token that lost its end is answered 401.

    Control: the whole token is accepted.
    Means: a token that can't be read breaks the server or is called something else than an invalid token.
    Fix: treat every failure to read a token as an invalid token: 401.
    """
    TokenTrial(resource_server).unauthorized([cut_short(resource_server.token())])


@requirement("RFC6750-3.1-b")
def test_an_invalid_token_goes_with_401(resource_server: ResourceServer) -> None:
    """Made-up and damaged tokens are answered 401.

    Control: the unaltered token is accepted.
    Means: clients don't learn that they have to get a new token.
    Fix: answer 401 whenever a token is expired, revoked, malformed or otherwise invalid.
    """
    TokenTrial(resource_server).unauthorized(_bad_tokens(resource_server))


@requirement("RFC6750-3.1-b")
def test_an_invalid_token_is_called_invalid_token(resource_server: ResourceServer) -> None:
    """The challenge to made-up and damaged tokens has the error code invalid_token.

    Control: the unaltered token is accepted.
    Means: clients can't tell a bad token from a missing one and can't say what is wrong.
    Fix: add error="invalid_token" to the challenge.
    """
    TokenTrial(resource_server).invalid_token(_bad_tokens(resource_server))


@requirement("RFC9068-4-m")
def test_a_token_that_fails_validation_is_called_invalid_token(resource_server: ResourceServer) -> None:
    """Damaged tokens, tokens with a wrong signature and encrypted ones for somebody else get invalid_token.

    Control: the unaltered token is accepted.
    Means: clients can't tell that the token is at fault and go on using it.
    Fix: add error="invalid_token" to the challenge whenever a check of a JWT access token fails.
    """
    token = signed_token(resource_server)
    foreign = WrongToken("that is encrypted for somebody else", f"{token}.{'A' * 22}.{'B' * 22}")
    TokenTrial(resource_server).invalid_token([cut_short(token), with_altered_signature(token), foreign])


@requirement("MCP-TOK-07")
def test_a_failed_validation_is_answered_with_a_challenge(resource_server: ResourceServer) -> None:
    """A bad token earns a Bearer challenge with an error code.

    Control: the unaltered token is accepted.
    Means: clients learn neither what is wrong nor where to get a better token.
    Fix: send WWW-Authenticate: Bearer error="invalid_token", resource_metadata="..." with the 401.
    """
    wrong = cut_short(resource_server.token())
    for refusal in TokenTrial(resource_server).refusals([wrong]):
        codes = [c.get("error") for c in refusal.challenges if c.is_scheme("Bearer") or c.is_scheme("DPoP")]
        if not any(codes):
            expected = "a Bearer challenge with an error code"
            raise Violation("no error code in the challenge", expected=expected, observed=refusal.described())


@requirement("OAUTH21-5.3.2-a")
def test_status_and_error_code_of_a_bad_token_belong_together(resource_server: ResourceServer) -> None:
    """A bad token is answered 401 with invalid_token.

    Control: the unaltered token is accepted.
    Means: clients take a bad token for a malformed request or for missing rights.
    Fix: use 401 with invalid_token, 400 with invalid_request and 403 with insufficient_scope.
    """
    for refusal in TokenTrial(resource_server).refusals([cut_short(resource_server.token())]):
        seen = (refusal.response.status, refusal.parameter("error"))
        if seen != (401, "invalid_token"):
            raise Violation("not 401 invalid_token", expected="401 with invalid_token", observed=refusal.described())


@requirement("OAUTH21-5.3.1-a")
def test_the_challenge_to_a_bad_token_is_well_formed(resource_server: ResourceServer) -> None:
    """The Bearer challenge to a bad token has parameters, and each of those that OAuth defines once.

    Control: the unaltered token is accepted.
    Means: strict clients refuse the header and learn nothing from it.
    Fix: send each of realm, scope, error, error_description and error_uri at most once, and at least one parameter.
    """
    resource_server.require_bearer()
    for refusal in TokenTrial(resource_server).refusals([cut_short(resource_server.token())]):
        bearer = [challenge for challenge in refusal.challenges if challenge.is_scheme("Bearer")]
        names = ("realm", "scope", "error", "error_description", "error_uri")
        repeated = [name for challenge in bearer for name in names if len(challenge.all(name)) > 1]
        if repeated or not bearer or not all(challenge.parameters for challenge in bearer):
            expected = "Bearer with at least one parameter, none of them twice"
            raise Violation("the challenge is malformed", expected=expected, observed=refusal.described())


@requirement("MCP-TOK-13")
def test_nothing_is_done_for_a_bad_token(resource_server: ResourceServer) -> None:
    """The answer to a bad token holds no result of the request, whatever its status.

    Control: the unaltered token gets the result.
    Means: the request is carried out before the token is looked at, and its result goes to anybody.
    Fix: validate the token before the request reaches any handler.
    """
    for refusal in TokenTrial(resource_server).refusals([cut_short(resource_server.token()), nobodys_token()]):
        message = message_of(refusal.response) or {}
        if "result" in message:
            expected = "no result beside the refusal"
            raise Violation("the refusal holds a result", expected=expected, observed=refusal.described())


@requirement("MCP-TOK-05")
def test_a_refresh_token_is_no_access_token(resource_server: ResourceServer) -> None:
    """A refresh token gives no access to the resource.

    Control: an access token of the same server is accepted.
    Means: refresh tokens, which live for days, travel to resource servers and work there.
    Fix: accept access tokens only; ask for the type of the token when you introspect it.
    """
    wrong = WrongToken("that is a refresh token", refresh_token(resource_server))
    TokenTrial(resource_server).refusals([wrong])


def _bad_tokens(server: ResourceServer) -> list[WrongToken]:
    return [nobodys_token(), cut_short(server.token())]
