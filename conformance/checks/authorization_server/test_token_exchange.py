"""Token exchange: RFC 8693, 2.1 and 2.2."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.exchange import ACCESS_TOKEN, TokenExchange, token_exchange
from conformance.client.forged_token import with_altered_payload, with_altered_signature, without_signature
from conformance.client.revocation import Revocation
from conformance.client.token_content import token_content
from conformance.expect import TokenAnswer, expect, expect_members
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC8693-2.1-b")
def test_a_token_that_nobody_issued_is_not_exchanged(authorization_server: AuthorizationServer) -> None:
    """A random subject token gives no token.

    Control: the client's real access token is exchanged.
    Means: anybody who may exchange tokens gets tokens without having one.
    Fix: validate the subject token as its type asks for.
    """
    exchange = token_exchange(authorization_server)
    _not_exchanged(exchange, "a subject token that nobody issued", unguessable())


@requirement("RFC8693-2.1-b")
def test_a_forged_token_is_not_exchanged(authorization_server: AuthorizationServer) -> None:
    """An access token that was altered, or has lost its signature, gives no token.

    Control: the client's real access token is exchanged.
    Means: who has one token can have tokens of any user.
    Fix: verify the signature of subject tokens, or look them up by their whole value.
    """
    exchange = token_exchange(authorization_server)
    token = exchange.subject.access_token or ""
    for wrong in (with_altered_payload(token), with_altered_signature(token), without_signature(token)):
        _not_exchanged(exchange, f"a subject token {wrong.flaw}", wrong.token)


@requirement("RFC8693-2.1-b")
def test_a_refresh_token_is_no_access_token(authorization_server: AuthorizationServer) -> None:
    """A refresh token that is presented as an access token gives no token.

    Control: the client's real access token is exchanged.
    Means: a refresh token gets around its rotation and its bindings.
    Fix: look at subject_token_type and accept only tokens of that type.
    """
    exchange = token_exchange(authorization_server)
    if exchange.subject.refresh_token is None:
        raise NotApplicable("the server gives this client no refresh token")
    _not_exchanged(exchange, "a refresh token as access token", exchange.subject.refresh_token)


@requirement("RFC8693-2.1-b")
def test_a_revoked_token_is_not_exchanged(authorization_server: AuthorizationServer) -> None:
    """An access token whose revocation was not refused gives no token.

    Control: it was exchanged before.
    Means: a token that was stolen and revoked lives on in the tokens that it is exchanged for.
    Fix: look whether a subject token was revoked or has expired before it is exchanged.
    """
    exchange = token_exchange(authorization_server)
    revocation = Revocation.of(authorization_server, exchange.owner)
    exchange = replace(exchange, subject=exchange.owner.grant().token)
    exchange.control()
    if revocation.send(revocation.request(exchange.subject.access_token or "")).status // 100 != 2:
        raise NotApplicable("the server does not revoke access tokens")
    answer = exchange.flow.redeem(exchange.request().with_("a subject token that was revoked"))
    expect(answer).issues_no_token().has_no_server_error()


@requirement("RFC8693-2.2.1-a")
def test_an_exchange_says_what_it_gives(authorization_server: AuthorizationServer) -> None:
    """The answer to an exchange has access_token, issued_token_type and token_type.

    Control: the exchange is granted.
    Means: clients don't know what kind of token they have, and whether it may be sent to a resource.
    Fix: say issued_token_type by its URI, and token_type Bearer or DPoP (N_A for what is no access token).
    """
    answer = token_exchange(authorization_server).control()
    members = expect_members("the answer", answer.members, exchange=answer.response.exchange)
    for name in ("issued_token_type", "token_type"):
        members.require(name)
    issued = members.string("issued_token_type")
    if issued == ACCESS_TOKEN and members.string("token_type").upper() == "N_A":
        raise Violation("an access token has token_type N_A", expected="Bearer or DPoP", observed="token_type: N_A")


@requirement("RFC8693-2.2.2-a")
def test_a_bad_subject_token_is_an_invalid_request(authorization_server: AuthorizationServer) -> None:
    """A subject token that is not valid earns invalid_request.

    Control: the client's real access token is exchanged.
    Means: clients that follow the specification misread the refusal.
    Fix: answer invalid_request, status 400; invalid_grant belongs to other grants.
    """
    exchange = token_exchange(authorization_server)
    exchange.control()
    wrong = exchange.request().with_("a subject token that nobody issued", subject_token=unguessable())
    expect(exchange.flow.redeem(wrong)).refuses_with("invalid_request").has_status(400)


@requirement("RFC8693-2.2.2-a")
def test_an_incomplete_exchange_is_an_invalid_request(authorization_server: AuthorizationServer) -> None:
    """An exchange without subject_token or without subject_token_type earns invalid_request.

    Control: the complete request is granted.
    Means: the server guesses what kind of token it was given, and can be made to guess wrong.
    Fix: require both parameters.
    """
    exchange = token_exchange(authorization_server)
    exchange.control()
    for name in ("subject_token", "subject_token_type"):
        expect(exchange.flow.redeem(exchange.request().without(name))).refuses_with("invalid_request")


@requirement("RFC8693-2.2.2-b")
def test_an_unknown_resource_is_an_invalid_target(authorization_server: AuthorizationServer) -> None:
    """An exchange for a resource that nobody knows earns invalid_target.

    Control: the exchange for the target's resource is granted.
    Means: clients can't tell a wrong target from a bad token.
    Fix: answer invalid_target when no token can be issued for one of the targets.
    """
    exchange = token_exchange(authorization_server)
    exchange.control()
    unknown = f"https://{unguessable('unknown-').lower().replace('_', '-').strip('-')}.example/mcp"
    answer = exchange.flow.redeem(exchange.request().with_("resource that nobody knows", resource=unknown))
    _invalid_target(exchange, answer, unknown)


@requirement("RFC8693-2.2.2-b")
def test_an_unknown_audience_is_an_invalid_target(authorization_server: AuthorizationServer) -> None:
    """An exchange for an audience that nobody knows earns invalid_target.

    Control: the exchange for the target's resource is granted.
    Means: clients get a token for another service than the one they asked for.
    Fix: answer invalid_target when no token can be issued for one of the targets.
    """
    exchange = token_exchange(authorization_server)
    exchange.control()
    unknown = unguessable("unknown-service-")
    request = exchange.request().without("resource").as_control()
    _invalid_target(
        exchange, exchange.flow.redeem(request.with_("audience that nobody knows", audience=unknown)), unknown
    )


def _not_exchanged(exchange: TokenExchange, change: str, token: str) -> None:
    """That subject token is refused; the code of the refusal is another requirement's matter."""
    exchange.control()
    answer = exchange.flow.redeem(exchange.request().with_(change, subject_token=token))
    expect(answer).issues_no_token().has_no_server_error()


def _invalid_target(exchange: TokenExchange, answer: TokenAnswer, unknown: str) -> None:
    if answer.access_token:
        content = token_content(exchange.server, exchange.flow, answer)
        if content is None or unknown in content.audience:
            raise NotApplicable("the server issues tokens for whatever target it is asked for")
    expect(answer).refuses_with("invalid_target")
