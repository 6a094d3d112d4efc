"""What a DPoP key is tied to: tokens, refresh tokens, codes and registered clients. RFC 9449, 5, 6 and 10."""

from collections.abc import Mapping
from typing import Any

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop_flow import DpopFlow
from conformance.client.dpop_registration import judge_unproven_request_is_refused
from conformance.client.introspection import own_introspection
from conformance.client.second_client import confidential_flow
from conformance.client.token_content import TokenContent, token_content
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC9449-5-b")
def test_the_type_of_a_bound_token_is_dpop(authorization_server: AuthorizationServer) -> None:
    """A token that is bound to the key of a proof comes with token_type DPoP.

    Control: the request with a good proof is granted; a server may leave the token unbound, and says so by Bearer.
    Means: the client presents the token as Bearer, and resource servers refuse it or forget the binding.
    Fix: answer token_type DPoP when the token carries the thumbprint of the client's key.
    """
    attempt = DpopFlow.of(authorization_server)
    answer = attempt.granted()
    kind = str(answer.members.get("token_type"))
    if kind.lower() == "dpop":
        return
    content = token_content(authorization_server, attempt.flow, answer)
    if content is None or "cnf" not in content.claims:
        raise NotApplicable("the server leaves this token unbound, which it may do, or nobody can see that it is bound")
    raise Violation("a bound token has another type", expected="token_type: DPoP", observed=f"token_type: {kind}")


@requirement("RFC9449-6-a")
def test_a_bound_token_names_its_key(authorization_server: AuthorizationServer) -> None:
    """A token of type DPoP carries the thumbprint of the client's key in cnf.jkt, or its introspection does.

    Control: the request with a good proof is granted.
    Means: resource servers can't tell whose token it is, so a thief can use it.
    Fix: add cnf with jkt, the base64url SHA-256 thumbprint of the proof's key (RFC 7638).
    """
    attempt = DpopFlow.of(authorization_server)
    answer = attempt.granted()
    content = token_content(authorization_server, attempt.flow, answer)
    if content is None:
        raise NotApplicable("the access token is opaque and introspection says nothing about it")
    bound = str(answer.members.get("token_type")).lower() == "dpop" or "cnf" in content.claims
    if not bound:
        raise NotApplicable("the server leaves this token unbound, which it may do")
    if "cnf" not in content.claims:
        content = _introspected(authorization_server, attempt, answer.access_token or "") or content
    _expect_key(content.claims, attempt.key.jkt, content.source)


@requirement("RFC9449-6.2-a")
def test_introspection_calls_a_bound_token_dpop(authorization_server: AuthorizationServer) -> None:
    """token_type in the introspection of a bound token, if it is there, is DPoP.

    Control: the token is active.
    Means: resource servers that rely on introspection take the token as Bearer from anybody.
    Fix: answer token_type DPoP for tokens that are bound to a key.
    """
    attempt = DpopFlow.of(authorization_server, confidential_flow(authorization_server))
    answer = attempt.code_granted()
    members = own_introspection(authorization_server, attempt.flow, answer.access_token or "")
    kind = members.get("token_type")
    if str(answer.members.get("token_type")).lower() != "dpop" and "cnf" not in members:
        raise NotApplicable("the server leaves this token unbound, which it may do")
    if kind is None:
        raise NotApplicable("introspection says no token_type, which is optional")
    if str(kind).lower() != "dpop":
        raise Violation("a bound token has another type", expected="token_type: DPoP", observed=f"token_type: {kind!r}")


@requirement("RFC9449-5-c")
def test_a_refresh_token_of_a_public_client_needs_its_key(authorization_server: AuthorizationServer) -> None:
    """A refresh token that a public client got with a proof is refused with a proof of another key.

    Control: with a proof of the same key the refresh is granted.
    Means: a stolen refresh token is good for the thief, who binds the new tokens to a key of his own.
    Fix: remember the thumbprint with refresh tokens of public clients, and compare it at each refresh.
    """
    attempt = DpopFlow.of(authorization_server, authorization_server.public_flow())
    refresh = attempt.flow.refresh_request(_refreshable(attempt))
    other = attempt.with_other_key()
    attempt.refused(other.redeem(refresh, other.proof()), "a bound refresh token with a proof of another key")


@requirement("RFC9449-5-c")
def test_a_bound_refresh_token_needs_a_proof(authorization_server: AuthorizationServer) -> None:
    """A refresh token that a public client got with a proof is refused without one.

    Control: with a proof of the same key the refresh is granted.
    Means: a stolen refresh token is good for the thief, who simply leaves DPoP out.
    Fix: refuse a refresh without a proof when the refresh token is bound to a key.
    """
    attempt = DpopFlow.of(authorization_server, authorization_server.public_flow())
    refresh = attempt.flow.refresh_request(_refreshable(attempt)).with_("sent without a DPoP proof")
    attempt.refused(attempt.send(refresh), "a bound refresh token without a proof")


@requirement("RFC9449-5.2-a", "EXTDPOP-05")
def test_a_client_that_asked_for_bound_tokens_needs_a_proof(authorization_server: AuthorizationServer) -> None:
    """A client that registered dpop_bound_access_tokens: true gets no token without a proof.

    Control: with a proof the token is granted.
    Means: an attacker who holds a code switches DPoP off by leaving the header out.
    Fix: look at dpop_bound_access_tokens of the client at each token request.
    """
    judge_unproven_request_is_refused(authorization_server)


@requirement("RFC9449-10-a")
def test_a_code_bound_by_dpop_jkt_needs_that_key(authorization_server: AuthorizationServer) -> None:
    """A code that was asked for with dpop_jkt is refused with a proof of another key.

    Control: with a proof of that key the code is redeemed.
    Means: who intercepts a code redeems it with a key of his own.
    Fix: keep dpop_jkt with the code, and compare it with the thumbprint of the proof's key.
    """
    attempt = DpopFlow.of(authorization_server, authorization_server.flow())
    attempt.code_granted(attempt.flow.authorization_request(dpop_jkt=attempt.key.jkt))
    code = attempt.flow.code_for(attempt.flow.authorization_request(dpop_jkt=attempt.key.jkt))
    other = attempt.with_other_key()
    proof = other.proof().with_claims("a proof by another key than dpop_jkt")
    attempt.refused(other.redeem(code, proof), "a code bound by dpop_jkt with a proof of another key")


@requirement("RFC9449-10-a")
def test_a_code_bound_by_dpop_jkt_needs_a_proof(authorization_server: AuthorizationServer) -> None:
    """A code that was asked for with dpop_jkt is refused without a proof.

    Control: with a proof of that key the code is redeemed.
    Means: who intercepts a code redeems it by leaving DPoP out.
    Fix: refuse a code with dpop_jkt when the token request has no proof.
    """
    attempt = DpopFlow.of(authorization_server, authorization_server.flow())
    attempt.code_granted(attempt.flow.authorization_request(dpop_jkt=attempt.key.jkt))
    code = attempt.flow.code_for(attempt.flow.authorization_request(dpop_jkt=attempt.key.jkt))
    attempt.refused(attempt.send(code.with_("sent without a DPoP proof")), "a code bound by dpop_jkt without a proof")


def _refreshable(attempt: DpopFlow) -> str:
    """A bound refresh token, after another one was refreshed with the right key."""
    first, second = attempt.code_granted(), attempt.code_granted()
    if first.refresh_token is None or second.refresh_token is None:
        raise NotApplicable("the server gives this public client no refresh token")
    attempt.granted(attempt.flow.refresh_request(first.refresh_token))
    return second.refresh_token


def _introspected(server: AuthorizationServer, attempt: DpopFlow, token: str) -> TokenContent | None:
    """What introspection says of a JWT, for a resource server may get the binding from there; None without it."""
    try:
        return TokenContent("introspection", own_introspection(server, attempt.flow, token))
    except NotApplicable:
        return None


def _expect_key(claims: Mapping[str, Any], jkt: str, source: str) -> None:
    confirmation = claims.get("cnf")
    found = confirmation.get("jkt") if isinstance(confirmation, Mapping) else None
    if found != jkt:
        raise Violation("the bound token names another key", expected=f"cnf.jkt {jkt}", observed=f"{source}: {found!r}")
