"""The assertion vocabulary: what an answer has to be, raised as a Violation with what was observed."""

from conformance.expect.answers import AuthorizationAnswer, TokenAnswer
from conformance.expect.challenges import Challenge, ChallengeSyntaxError, parse_challenges
from conformance.expect.expectation import Expectation, expect
from conformance.expect.members import Members, expect_members

__all__ = [
    "AuthorizationAnswer",
    "Challenge",
    "ChallengeSyntaxError",
    "Expectation",
    "Members",
    "TokenAnswer",
    "expect",
    "expect_members",
    "parse_challenges",
]
