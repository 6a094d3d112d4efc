"""Grants in generated sequences of requests: what single steps can't show. Runs with --deep only."""

from typing import TYPE_CHECKING

from conformance.catalogue import requirement

if TYPE_CHECKING:
    from conformance.deep.sequences import GrantSequences


@requirement("OAUTH21-4.1.3-a", deep=True)
def test_a_code_counts_once_in_every_sequence(grant_sequences: "GrantSequences") -> None:
    """A redeemed code gives no token again, whatever is redeemed, refreshed, revoked, replayed or raced in between.

    Control: grants of the same client work before the first sequence.
    Means: a code from a browser history or a log becomes a token again once something else has happened to its grant.
    Fix: keep used codes marked as used until they expire, also when their tokens are revoked or exchanged.
    """
    grant_sequences.judge_codes()


@requirement("OAUTH21-4.1.3-d", deep=True)
def test_a_replayed_code_ends_its_tokens_in_every_sequence(grant_sequences: "GrantSequences") -> None:
    """After a code was replayed with all that belongs to it, none of the refresh tokens that came of it works.

    Control: grants of the same client can be refreshed before the first sequence.
    Means: a thief who has redeemed a stolen code keeps the access once he has refreshed it.
    Fix: end the whole grant when a used code comes again, not just the tokens of the first answer.
    """
    grant_sequences.judge_code_replays()


@requirement("OAUTH21-4.3.1-a", deep=True)
def test_only_the_newest_refresh_token_works_in_every_sequence(grant_sequences: "GrantSequences") -> None:
    """A used refresh token of a public client is refused, and when one comes again, its whole family ends.

    Control: grants of the same client can be refreshed before the first sequence.
    Means: a thief who has copied a refresh token goes on using it unnoticed.
    Fix: keep used refresh tokens with their family, and end the family when any of them comes again.
    """
    grant_sequences.judge_rotation()


@requirement("RFC7009-2-a", deep=True)
def test_a_revoked_refresh_token_stays_revoked_in_every_sequence(grant_sequences: "GrantSequences") -> None:
    """A refresh token that its client has revoked never works again, whatever happens afterwards.

    Control: a refresh token works, and after its revocation it doesn't.
    Means: a user who has logged out is logged in again, or the thief of a lost device is.
    Fix: keep the revocation for as long as the token could live; nothing may take it back.
    """
    grant_sequences.judge_revocation()


@requirement("RFC7662-4-a", deep=True)
def test_a_revoked_access_token_stays_inactive_in_every_sequence(grant_sequences: "GrantSequences") -> None:
    """Introspection calls an access token that its client has revoked inactive, whatever happens afterwards.

    Control: a fresh access token is active, and after its revocation it isn't.
    Means: resource servers that ask by introspection let a revoked token in again.
    Fix: answer introspection from the token's own record, and let nothing take a revocation back.
    """
    grant_sequences.judge_introspection()


@requirement("ROBUST-LIFE-a", deep=True)
def test_what_nobody_has_ended_goes_on_working_in_every_sequence(grant_sequences: "GrantSequences") -> None:
    """A fresh code or refresh token works, whatever happens to grants of another client of the same user.

    Control: two grants of each client work side by side before the first sequence.
    Means: one misused token logs the user out everywhere, or logins fail at random.
    Fix: end the grant that a token belongs to, and no other.
    """
    grant_sequences.judge_survival()
