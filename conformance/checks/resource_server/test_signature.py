"""A token is what its issuer signed: RFC 6750, section 5.2; RFC 9068, section 4; RFC 8725, section 3.1."""

from conformance.catalogue import requirement
from conformance.client.forged_token import (
    NONE_SPELLINGS,
    ForeignKey,
    nobodys_token,
    signed_by_public_key,
    with_altered_payload,
    with_altered_signature,
    without_signature,
)
from conformance.client.granted_token import signed_token, verification_key
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial


@requirement("RFC6750-5.2-b", "RFC6749-7-a")
def test_an_altered_payload_is_refused(resource_server: ResourceServer) -> None:
    """A token whose content was altered after it was signed is refused.

    Control: the unaltered token is accepted.
    Means: everybody who has any token can write into it what they like: another user, more scopes, a later expiry.
    Fix: verify the signature over the bytes that came, before reading any claim.
    """
    TokenTrial(resource_server).refusals([with_altered_payload(signed_token(resource_server))])


@requirement("RFC6750-5.2-b", "MCP-TOK-05")
def test_an_altered_signature_is_refused(resource_server: ResourceServer) -> None:
    """A token whose signature was altered is refused.

    Control: the unaltered token is accepted.
    Means: the signature is not verified, so tokens can be made up.
    Fix: verify the signature with the issuer's key, and refuse the token when that fails.
    """
    TokenTrial(resource_server).refusals([with_altered_signature(signed_token(resource_server))])


@requirement("MCP-TOK-05")
def test_a_token_that_nobody_issued_is_refused(resource_server: ResourceServer) -> None:
    """A random string is no access token.

    Control: a good token is accepted.
    Means: the server is open: it looks whether there is a token, not at the token.
    Fix: validate every token before anything else, by its signature or by introspection.
    """
    TokenTrial(resource_server).refusals([nobodys_token()])


@requirement("RFC9068-4-i")
def test_the_signature_is_verified(resource_server: ResourceServer) -> None:
    """Neither an altered payload nor an altered signature gets through.

    Control: the unaltered token is accepted.
    Means: whoever can write JSON can write a token for this server.
    Fix: verify the signature by RFC 7515 over the received bytes, with the algorithm of the header.
    """
    token = signed_token(resource_server)
    TokenTrial(resource_server).refusals([with_altered_payload(token), with_altered_signature(token)])


@requirement("RFC9068-4-j")
def test_alg_none_is_refused(resource_server: ResourceServer) -> None:
    """A token without signature is refused, however its header spells "none".

    Control: the same claims with their signature are accepted.
    Means: anybody can make tokens for this server without any key.
    Fix: accept a fixed list of asymmetric algorithms and compare `alg` with it exactly.
    """
    token = signed_token(resource_server)
    TokenTrial(resource_server).refusals([without_signature(token, spelling) for spelling in NONE_SPELLINGS])


@requirement("RFC8725-3.1-a")
def test_the_public_key_is_no_shared_secret(resource_server: ResourceServer) -> None:
    """A token signed with HS256 and the issuer's public key as the secret is refused.

    Control: the same claims with the issuer's signature are accepted.
    Means: the public key, which everybody can read, signs tokens that this server believes.
    Fix: choose the algorithm from your own configuration and use each key with its own algorithm only.
    """
    token = signed_token(resource_server)
    TokenTrial(resource_server).refusals(signed_by_public_key(token, verification_key(resource_server)))


@requirement("RFC9068-4-k")
def test_a_foreign_key_under_the_same_key_id_is_refused(resource_server: ResourceServer) -> None:
    """A token signed by a key of nobody is refused though its `kid` is the issuer's.

    Control: the same claims signed by the issuer are accepted.
    Means: the name of the key is checked, the signature is not.
    Fix: take the key with that `kid` from the issuer's key set and verify the signature with it.
    """
    forged = ForeignKey.fresh().signs(signed_token(resource_server), "signed by another key under the issuer's kid")
    TokenTrial(resource_server).refusals([forged])


@requirement("RFC9068-4-k")
def test_an_unknown_key_id_is_refused(resource_server: ResourceServer) -> None:
    """A token signed by a key that the issuer doesn't publish is refused.

    Control: the same claims signed by the issuer are accepted.
    Means: a token under an unknown key is let through instead of being refused.
    Fix: refuse the token when, after one look at the issuer's key set, its key isn't there.
    """
    key = ForeignKey.fresh()
    forged = key.signs(signed_token(resource_server), "under a key id that nobody published", kid=key.public["kid"])
    TokenTrial(resource_server).refusals([forged])


@requirement("RFC9068-4-k")
def test_a_key_inside_the_token_is_not_used(resource_server: ResourceServer) -> None:
    """A token that brings its own key in `jwk` is refused, with and without the issuer's `kid` beside it.

    Control: the same claims signed by the issuer are accepted.
    Means: whoever makes a token also says which key verifies it, so anybody's token is good.
    Fix: never take keys from the token; `jwk`, `jku`, `x5c` and `x5u` are the sender's words.
    """
    key, token = ForeignKey.fresh(), signed_token(resource_server)
    beside = key.signs(token, "that brings its own key in jwk", jwk=key.public)
    alone = key.signs(token, "that brings its own key in jwk and has no kid", without=("kid",), jwk=key.public)
    named = key.signs(token, "that brings its own key in jwk and names it", kid=key.public["kid"], jwk=key.public)
    TokenTrial(resource_server).refusals([beside, alone, named])
