"""A code counts once, and what happens when it comes again: OAuth 2.1, 4.1.3, 7.5.3 and 7.7."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.guessing import judge_unguessable
from conformance.client.jose import unverified_jwt
from conformance.client.pkce import new_proof_key
from conformance.client.races import COPIES, judge_single_use
from conformance.client.refreshing import Refreshing
from conformance.expect import expect
from conformance.vocabulary import NotApplicable

_SAMPLES = 4
_FEWEST_BITS = 100


@requirement("OAUTH21-4.1.3-a")
def test_a_code_is_refused_the_second_time(flow: AuthorizationFlow) -> None:
    """A code that was redeemed gives no token when the same good request comes again.

    Control: its first use gave a token.
    Means: a code from a browser history or a log can be turned into a token after the user has logged in.
    Fix: mark the code as used in the same step that issues the token, and refuse it afterwards with invalid_grant.
    """
    grant = flow.grant()
    again = flow.token_request(grant.request, grant.authorization).with_("the same code a second time")
    expect(flow.redeem(again)).refuses_with("invalid_grant", "invalid_request")


@requirement("OAUTH21-4.1.3-a")
def test_of_simultaneous_redemptions_one_wins(flow: AuthorizationFlow) -> None:
    """Of several good token requests with the same code, sent at the same moment, only one gives a token.

    Control: one of them does give a token.
    Means: whoever is quick enough gets a token of his own beside that of the app.
    Fix: let the database decide: UPDATE ... SET used WHERE code = ... AND NOT used, and look at the row count.
    """
    request = flow.authorization_request()
    answer = flow.control(request)
    judge_single_use(flow.wire, [flow.token_request(request, answer) for _ in range(COPIES)], "code")


@requirement("OAUTH21-4.1.3-d")
def test_a_replay_revokes_what_the_code_gave(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """After a code was replayed with all that belongs to it, the refresh token from its first use is refused.

    Control: a refresh token of another grant works, and the replayed code had given tokens.
    Means: a thief who was faster than the app keeps the access, though the server has seen the code twice.
    Fix: keep the link from code to tokens, and revoke them when the code comes again with the right verifier.
    """
    refreshing = Refreshing(authorization_server, flow)
    refreshing.refreshed(refreshing.token())
    grant = refreshing.granted()
    flow.redeem(flow.token_request(grant.request, grant.authorization).with_("the same code a second time"))
    after = refreshing.request(grant.token.refresh_token or "").with_("refresh_token of a code that was replayed")
    expect(flow.redeem(after)).refuses_with("invalid_grant")


@requirement("OAUTH21-7.5.3-a")
def test_a_wrong_replay_does_not_harm_the_good_tokens(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """After a code was replayed with a wrong code_verifier, the refresh token from its first use still works.

    Control: a refresh token of another grant works.
    Means: whoever sees a used code can log the user out of the app, as often as he likes.
    Fix: check client and code_verifier before treating a used code as a replay that revokes tokens.
    """
    refreshing = Refreshing(authorization_server, flow)
    refreshing.refreshed(refreshing.token())
    grant = refreshing.granted()
    wrong = new_proof_key().verifier
    replay = flow.token_request(grant.request, grant.authorization)
    flow.redeem(replay.with_("the same code again with a wrong code_verifier", code_verifier=wrong))
    expect(flow.redeem(refreshing.request(grant.token.refresh_token or ""))).issues_token()


@requirement("OAUTH21-7.7-a")
def test_codes_cannot_be_guessed(flow: AuthorizationFlow) -> None:
    """Codes differ from each other in enough characters that nobody guesses the next one.

    Control: the codes are granted.
    Means: whoever tries for long enough redeems a code of somebody else.
    Fix: make codes of at least 128 random bits from a cryptographic source, such as 32 random bytes in base64url.
    """
    codes = [flow.control(flow.authorization_request()).code or "" for _ in range(_SAMPLES)]
    _expect_unguessable("codes", codes)


@requirement("OAUTH21-7.7-a")
def test_refresh_tokens_cannot_be_guessed(authorization_server: AuthorizationServer, flow: AuthorizationFlow) -> None:
    """Refresh tokens differ from each other in enough characters that nobody guesses the next one.

    Control: the tokens are issued.
    Means: whoever tries for long enough gets lasting access to somebody's account.
    Fix: make refresh tokens of at least 128 random bits from a cryptographic source.
    """
    refreshing = Refreshing(authorization_server, flow)
    _expect_unguessable("refresh tokens", [refreshing.token() for _ in range(_SAMPLES)])


def _expect_unguessable(what: str, values: list[str]) -> None:
    if unverified_jwt(values[0]) is not None:
        raise NotApplicable(f"the {what} are JWTs: what protects them is their signature, not their variety")
    # Four samples of 128 random bits vary in nearly all their characters, so the estimate stays above this.
    judge_unguessable(what, values, _FEWEST_BITS)
