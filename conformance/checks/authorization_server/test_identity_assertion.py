"""Which ID-JAGs are good: MCP Enterprise-Managed Authorization, 5.1, 7.4 and 7.6; ID-JAG, 3.1 and 4.4.1."""

from joserfc.jwk import import_key

from conformance.catalogue import requirement
from conformance.client.assertions import id_jag_grant
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.forged_token import (
    NONE_SPELLINGS,
    ForeignKey,
    signed_by_public_key,
    with_altered_payload,
    without_signature,
)
from conformance.profiles import Params

_ELSEWHERE = "https://elsewhere.example"


@requirement("EXTEMA-05")
def test_an_unsigned_id_jag_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG with alg none, in whatever spelling, earns invalid_grant.

    Control: the same claims signed by the identity provider give a token.
    Means: anybody can get a token as any user.
    Fix: verify the signature against a list of asymmetric algorithms.
    """
    grant = id_jag_grant(authorization_server)
    forged = [without_signature(grant.id_jag().compact(), spelling) for spelling in NONE_SPELLINGS]
    grant.refused(grant.id_jag(), forged)


@requirement("EXTEMA-05")
def test_an_id_jag_of_a_foreign_key_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG signed by another key, with the provider's kid or with the key itself as jwk, earns invalid_grant.

    Control: the same claims signed by the identity provider give a token.
    Means: anybody can get a token as any user.
    Fix: verify the signature with the keys that are configured for the issuer, never with one from the assertion.
    """
    grant, key = id_jag_grant(authorization_server), ForeignKey.fresh()
    same_kid = key.signs(grant.id_jag().compact(), "signed by another key with the provider's kid")
    flaw, public = "signed by another key, which it brings as jwk", dict(key.public)
    own = key.signs(grant.id_jag().compact(), flaw, jwk=public, kid=public["kid"])
    grant.refused(grant.id_jag(), [same_kid, own])


@requirement("EXTEMA-05")
def test_an_id_jag_signed_by_the_public_key_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG with alg HS256 and the provider's public key as secret earns invalid_grant.

    Control: the same claims signed by the identity provider give a token.
    Means: anybody can get a token as any user, since public keys are public.
    Fix: verify the signature against a list of asymmetric algorithms.
    """
    grant = id_jag_grant(authorization_server)
    public = import_key(dict(grant.provider.private_jwk)).as_dict(private=False)
    grant.refused(grant.id_jag(), signed_by_public_key(grant.id_jag().compact(), public))


@requirement("EXTEMA-05")
def test_an_altered_id_jag_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG whose claims were altered after signing earns invalid_grant.

    Control: the ID-JAG as it was signed gives a token.
    Means: who has one ID-JAG can make others, for other users and resources.
    Fix: verify the signature over the very bytes that arrived.
    """
    grant = id_jag_grant(authorization_server)
    grant.refused(grant.id_jag(), [with_altered_payload(grant.id_jag().compact())])


@requirement("EXTEMA-06")
def test_required_claims_are_required(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG without iss, sub, aud, exp or iat earns invalid_grant.

    Control: the same ID-JAG with the claim gives a token.
    Means: assertions of unknown origin, purpose or age are good.
    Fix: require iss, sub, aud, exp and iat.
    """
    grant = id_jag_grant(authorization_server)
    good = grant.id_jag()
    lacking = [good.saying(f"without {name}", **{name: None}).wrong() for name in ("iss", "sub", "aud", "exp", "iat")]
    grant.refused(good, lacking)


@requirement("EXTEMA-06")
def test_an_id_jag_for_another_server_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG whose aud is another authorization server earns invalid_grant.

    Control: the same ID-JAG for this server gives a token.
    Means: an ID-JAG that was sent to a malicious server is good here.
    Fix: compare aud with the own issuer, as strings.
    """
    grant = id_jag_grant(authorization_server)
    good = grant.id_jag()
    values = (_ELSEWHERE, f"{grant.flow.issuer.rstrip('/')}.{_ELSEWHERE.removeprefix('https://')}")
    grant.refused(good, [good.saying(f"for {value}", aud=value).wrong() for value in values])


@requirement("EXTEMA-06")
def test_an_id_jag_of_another_issuer_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG that names another issuer earns invalid_grant.

    Control: the same ID-JAG of the trusted issuer gives a token.
    Means: one identity provider can speak for the users of another.
    Fix: look up the keys by iss, and trust configured issuers only.
    """
    grant = id_jag_grant(authorization_server)
    good = grant.id_jag()
    grant.refused(good, [good.saying("of an issuer that nobody trusts", iss=_ELSEWHERE).wrong()])


@requirement("EXTEMA-07")
def test_an_expired_id_jag_is_refused(authorization_server: AuthorizationServer, params: Params) -> None:
    """An ID-JAG whose exp has passed earns invalid_grant.

    Control: a fresh one gives a token.
    Means: a stolen ID-JAG is good for ever.
    Fix: compare exp with the clock, with a tolerance of a minute at most.
    """
    grant = id_jag_grant(authorization_server)
    grant.refused(grant.id_jag(), [grant.id_jag().expired(params.clock_skew_seconds).wrong()])


@requirement("EXTEMA-07")
def test_an_id_jag_of_the_future_is_refused(authorization_server: AuthorizationServer, params: Params) -> None:
    """An ID-JAG whose nbf has not come earns invalid_grant.

    Control: the same one without nbf gives a token.
    Means: access that was granted for later begins at once.
    Fix: where there is nbf, compare it with the clock.
    """
    grant = id_jag_grant(authorization_server)
    grant.refused(grant.id_jag(), [grant.id_jag().not_yet_valid(params.clock_skew_seconds).wrong()])


@requirement("EXTEMA-11")
def test_another_kind_of_jwt_is_no_id_jag(authorization_server: AuthorizationServer) -> None:
    """A JWT with the claims of an ID-JAG but another typ, or none, earns invalid_grant.

    Control: with typ oauth-id-jag+jwt it gives a token.
    Means: ID tokens and access tokens of the identity provider pass for ID-JAGs.
    Fix: require typ oauth-id-jag+jwt.
    """
    grant = id_jag_grant(authorization_server)
    good = grant.id_jag()
    others = [good.typed(f"with typ {typ}", typ).wrong() for typ in ("JWT", "at+jwt")]
    grant.refused(good, [*others, good.typed("without typ", None).wrong()])


@requirement("EXTEMA-11")
def test_an_id_jag_of_another_client_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG that was made for another client, or for none, earns invalid_grant.

    Control: the same ID-JAG for the client that authenticates gives a token.
    Means: a client uses the ID-JAG that it found at another one.
    Fix: compare client_id of the ID-JAG with the authenticated client.
    """
    grant = id_jag_grant(authorization_server)
    good = grant.id_jag()
    other = good.saying("for another client", client_id=unguessable("another-client-")).wrong()
    grant.refused(good, [other, good.saying("without client_id", client_id=None).wrong()])


@requirement("EXTEMA-11")
def test_an_id_jag_for_two_servers_is_refused(authorization_server: AuthorizationServer) -> None:
    """An ID-JAG with this server and another one in aud earns invalid_grant.

    Control: the same ID-JAG for this server alone gives a token.
    Means: the other server can use the ID-JAG that it was sent here.
    Fix: accept aud as a string or an array of one.
    """
    grant = id_jag_grant(authorization_server)
    good = grant.id_jag()
    both = [grant.flow.issuer, _ELSEWHERE]
    grant.refused(good, [good.saying("for two servers", aud=both).wrong()])
