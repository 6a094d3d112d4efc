"""PKCE taken back: codes granted without a challenge, and what their verifiers are worth (RFC 9700, 4.8.2)."""

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.second_client import confidential_flow
from conformance.expect import AuthorizationAnswer, TokenAnswer
from conformance.vocabulary import NotApplicable

WITHOUT = ("code_challenge", "code_challenge_method")


def verifier_without_challenge(server: AuthorizationServer) -> TokenAnswer:
    """The answer to a code_verifier for a code that was granted without code_challenge.

    Control: another such code is redeemed without a verifier. Raises NotApplicable when no client gets a code without
    a challenge.
    """
    for flow in _flows(server):
        request = flow.authorization_request()
        flow.control(request)
        bare = request.without(*WITHOUT)
        if flow.send(bare).code is None:
            continue
        flow.control_redeem(flow.code_for(bare).without("code_verifier").as_control())
        return flow.redeem(flow.code_for(bare).with_("code_verifier for a code without code_challenge"))
    raise NotApplicable("the server requires a code_challenge of every client")


def without_challenge(flow: AuthorizationFlow) -> AuthorizationAnswer:
    """The answer to an authorization request without a challenge, after the same request with one was granted."""
    request = flow.authorization_request()
    flow.control(request)
    return flow.send(request.without(*WITHOUT))


def plain_challenge(flow: AuthorizationFlow) -> AuthorizationAnswer:
    """The answer to an authorization request with a plain challenge, after the same request with S256 was granted."""
    request = flow.authorization_request()
    flow.control(request)
    verifier = request.proof_key.verifier
    change = "code_challenge_method=plain with the verifier as code_challenge"
    return flow.send(request.with_(change, code_challenge=verifier, code_challenge_method="plain"))


def _flows(server: AuthorizationServer) -> list[AuthorizationFlow]:
    try:
        confidential = [confidential_flow(server)]
    except NotApplicable:
        confidential = []
    return [*confidential, server.flow()]
