"""When the user is asked: for each client, and each time where a client can't prove who it is."""

from dataclasses import replace

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire.addresses import split_url


def first_visit(server: AuthorizationServer) -> AuthorizationFlow:
    """The flow of a client that the user has not approved yet (where one may be registered), in a fresh browser."""
    facts = server.context.facts
    new = facts.dynamic_registration and not facts.safe and "registration_endpoint" in server.metadata().value
    flow = server.flow(server.new_client() if new else None)
    return replace(flow, user_agent=flow.user_agent.fresh())


def judge_asked_again(server: AuthorizationServer) -> None:
    """A public client with a loopback redirect URI that was approved before is put before the user again.

    Control: the first request ends with a code and shows the user a page. Raises Violation, NotApplicable.
    """
    flow = server.public_flow()
    uris = [uri for uri in flow.client.redirect_uris if split_url(uri).scheme == "http"]
    if not uris:
        raise NotApplicable("the public client's redirect URIs are claimed https URLs, which may count as proof")
    flow = replace(flow, user_agent=flow.user_agent.fresh())
    first, second = (flow.send(flow.authorization_request(redirect_uri=uris[0])) for _ in range(2))
    if first.code is None:
        raise Inconclusive(f"the first request was not granted: {first.described()}", root="authorization")
    if not first.pages:
        raise NotApplicable("the user is never shown a page, so this server's consent is given elsewhere")
    if second.code is None:
        raise Inconclusive(f"the second request was not granted: {second.described()}", root="authorization")
    if not second.pages:
        raise Violation("approved without asking", expected="a page for the user", observed=second.described())


def judge_each_client_is_asked_for(server: AuthorizationServer) -> None:
    """The first request of a client that registered itself shows the user a page, whatever was approved before.

    Control: a request of a client that the user knows is granted, so that the user is logged in. Raises Violation,
    NotApplicable.
    """
    if server.context.facts.users and server.context.facts.users[0].kind == "auto":
        raise NotApplicable("the target file says that the server consents at once (user_agent.kind auto)")
    client = server.self_registered_web_client()
    usual = server.flow()
    usual.control(usual.authorization_request())
    flow = server.flow(client)
    transcript = server.wire.transcript
    before = len(transcript.exchanges)
    flow.control(flow.authorization_request())
    if all(exchange.status != 200 for exchange in transcript.exchanges[before:]):
        raise Violation(
            "the browser was sent to a self-registered client without asking the user",
            expected="a page, before the redirect",
            observed=f"redirects only, up to {client.redirect_uri}",
        )
