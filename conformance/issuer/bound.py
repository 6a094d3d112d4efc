"""Tokens that are bound to a DPoP key: minted where the harness's issuer is trusted, else granted for a proof."""

from dataclasses import replace

from conformance.client.dpop import DpopKey
from conformance.client.dpop_flow import DpopFlow
from conformance.client.dpop_trial import DpopTrial, fitting_key
from conformance.client.resource_server import ResourceServer
from conformance.issuer.expired import mint_for
from conformance.vocabulary import NotApplicable

_ELSEWHERE = "https://other.example/mcp"


def dpop_trial(server: ResourceServer) -> DpopTrial:
    """A bound token for this server, obtained once a process. Raises NotApplicable, Inconclusive."""
    key, token = server.context.once("bound token", lambda: _bound_token(server))
    return DpopTrial(server, key, token)


def unused_dpop_trial(server: ResourceServer) -> DpopTrial:
    """A key that the server has never seen, and a token bound to it. Raises NotApplicable, Inconclusive."""
    return DpopTrial(server, *_bound_token(server))


def foreign_bound_token(trial: DpopTrial) -> str:
    """A token for another resource, bound to the key of the trial. Raises NotApplicable, Inconclusive."""
    facts = trial.server.context.facts
    mint = mint_for(trial.server.context)
    if mint is not None:
        elsewhere = facts.second_resource or _ELSEWHERE
        return mint.saying("for another resource", aud=elsewhere, cnf={"jkt": trial.key.jkt}).token
    if not facts.second_resource:
        raise NotApplicable("the target file names no second_resource to get a token for")
    return _granted(trial.server, trial.key, facts.second_resource)


def _bound_token(server: ResourceServer) -> tuple[DpopKey, str]:
    own = replace(server, wire=server.context.wire())
    key, mint = fitting_key(own), mint_for(server.context)
    if mint is not None:
        return key, mint.saying("", cnf={"jkt": key.jkt}).token
    return key, _granted(own, key)


def _granted(server: ResourceServer, key: DpopKey, resource: str | None = None) -> str:
    own = replace(server, wire=server.context.wire()).authorization_server()
    flow = own.flow() if resource is None else replace(own.flow(), resource=resource)
    answer = replace(DpopFlow.of(own, flow), key=key).code_granted()
    if str(answer.members.get("token_type", "")).lower() != "dpop":
        raise NotApplicable("the authorization server doesn't bind access tokens")
    return answer.access_token or ""
