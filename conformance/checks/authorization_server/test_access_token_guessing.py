"""Whether reference tokens can be guessed: RFC 6750, 5.2."""

from collections.abc import Callable

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.guessing import judge_unguessable
from conformance.client.jose import unverified_jwt
from conformance.vocabulary import NotApplicable

_SAMPLES = 4
_FEWEST_BITS = 100
_JWT = "access tokens are JWTs, which hold their content instead of a reference to it"


@requirement("RFC6750-5.2-a")
def test_opaque_tokens_of_users_cannot_be_guessed(flow: AuthorizationFlow) -> None:
    """Opaque tokens of the code flow differ from each other in enough characters that nobody guesses the next one.

    Control: the tokens are issued.
    Means: whoever tries for long enough gets into other people's accounts.
    Fix: make tokens of at least 128 random bits from a cryptographic source, such as 32 random bytes in base64url.
    """
    _expect_unguessable(lambda: flow.grant().access_token)


@requirement("RFC6750-5.2-a")
def test_opaque_tokens_of_machines_cannot_be_guessed(authorization_server: AuthorizationServer) -> None:
    """Opaque tokens of the client credentials grant differ in enough characters that nobody guesses the next one.

    Control: the tokens are issued.
    Means: whoever tries for long enough acts as a machine client of somebody else.
    Fix: make tokens of at least 128 random bits from a cryptographic source, such as 32 random bytes in base64url.
    """
    flow = authorization_server.machine_flow()
    if flow.redeem(flow.client_credentials_request()).access_token is None:
        raise NotApplicable("the machine client gets no token, so there is nothing to guess")
    _expect_unguessable(lambda: flow.control_redeem(flow.client_credentials_request()).access_token or "")


def _expect_unguessable(issue: Callable[[], str]) -> None:
    tokens = [issue()]
    if unverified_jwt(tokens[0]) is not None:
        raise NotApplicable(_JWT)
    tokens += [issue() for _ in range(_SAMPLES - 1)]
    # Four samples of 128 random bits vary in nearly all their characters, so the estimate stays above this.
    judge_unguessable("opaque tokens", tokens, _FEWEST_BITS)
