"""The Authorization header, generated: nearly good tokens, and every spelling of Bearer. Runs with --deep only."""

from typing import TYPE_CHECKING

from conformance.catalogue import requirement

if TYPE_CHECKING:
    from conformance.deep.credentials import GeneratedCredentials


@requirement("RFC6750-5.2-b", deep=True)
def test_no_altered_token_is_accepted(generated_credentials: "GeneratedCredentials") -> None:
    """A good token with a character more, less or different anywhere is refused.

    Control: the token as it was issued is accepted.
    Means: the server cleans or cuts credentials before it verifies them, so what it verified isn't what it was sent.
    Fix: verify the whole token as it came, with a library that takes exactly three parts of strict base64url.
    """
    generated_credentials.judge_altered_tokens()


@requirement("OAUTH21-5.1.1-b", "RFC9110-11.1-a", deep=True)
def test_bearer_is_understood_in_every_spelling(generated_credentials: "GeneratedCredentials") -> None:
    """The scheme name Bearer works in any mixture of small and capital letters.

    Control: the same token under Bearer is accepted.
    Means: clients whose HTTP library spells the scheme in its own way are refused.
    Fix: compare the scheme name without regard to case.
    """
    generated_credentials.judge_spellings()
