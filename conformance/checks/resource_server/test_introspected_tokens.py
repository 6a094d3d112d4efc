"""Opaque tokens: what the server makes of the answers of introspection (RFC 7662), which the harness's issuer gives.

What a JWT would claim, the answer says; each is wrong in one way.
"""

import time

from conformance.catalogue import requirement
from conformance.client.dpop_trial import DpopTrial, fitting_key
from conformance.client.forged_token import WrongToken
from conformance.client.resource_server import ResourceServer
from conformance.client.scope_denial import Shape, call_with_token, scoped_tool, tool_call_is_served
from conformance.client.token_trial import TokenTrial
from conformance.issuer.expired import BEYOND_SECONDS
from conformance.issuer.opaque import OpaqueMint
from conformance.profiles import Params
from conformance.vocabulary import Inconclusive, Violation


@requirement("MCP-TOK-05")
def test_an_inactive_token_is_refused(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """A token that introspection calls inactive is refused, whatever else the answer says.

    Control: a token that introspection calls active is accepted.
    Means: revoked and made-up tokens work as long as introspection answers at all.
    Fix: serve a request only when `active` of the answer is true.
    """
    bare = WrongToken("that introspection calls inactive", opaque_mint.new_token())
    with_members = opaque_mint.answered("that introspection calls inactive and describes", active=False)
    _trial(resource_server, opaque_mint).refusals([bare, with_members])


@requirement("MCP-TOK-05")
def test_only_true_means_active(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """A token is refused when the answer has no `active`, or one that is not the JSON value true.

    Control: a token with `active: true` is accepted.
    Means: an answer that a library reads as true opens the server, "false" in quotes among them.
    Fix: compare `active` with true and nothing else.
    """
    wrong = [
        opaque_mint.answered("whose introspection lacks active", without=("active",)),
        opaque_mint.answered('whose introspection has active "false"', active="false"),
    ]
    _trial(resource_server, opaque_mint).refusals(wrong)


@requirement("MCP-TOK-05")
def test_no_answer_is_no_consent(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """A token is refused when introspection fails with 500 or 503, even with a body that would do.

    Control: a token that introspection calls active is accepted.
    Means: while the authorization server is down, everybody is let in.
    Fix: serve nothing without a 200 from the introspection endpoint.
    """
    wrong = [opaque_mint.answered(f"whose introspection fails with {status}", status=status) for status in (500, 503)]
    _trial(resource_server, opaque_mint).refusals(wrong)


@requirement("MCP-TOK-08")
def test_an_inactive_token_gets_401(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """A token that introspection calls inactive is answered 401.

    Control: a token that introspection calls active is accepted.
    Means: clients don't learn that it is time to get another token.
    Fix: answer 401 with a Bearer challenge when a token is not active.
    """
    inactive = WrongToken("that introspection calls inactive", opaque_mint.new_token())
    _trial(resource_server, opaque_mint).unauthorized([inactive])


@requirement("MCP-TOK-14")
def test_the_audience_of_the_answer_is_checked(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """A token whose introspection names other resources in `aud` is refused.

    An answer without `aud` earns no verdict: the endpoint may answer each resource server about its own tokens only.

    Control: a token whose introspection names this server is accepted.
    Means: any service that a user gives a token to can act on this server in the user's name.
    Fix: look for this server's identifier in `aud` of the answer and refuse the token when it isn't there.
    """
    others = ["https://other.example/mcp", "https://third.example/"]
    wrong = [
        opaque_mint.saying("for another server", aud=others[0]),
        opaque_mint.saying("for a list of other servers", aud=others),
    ]
    _trial(resource_server, opaque_mint).refusals(wrong)


@requirement("MCP-TOK-06")
def test_the_audience_of_the_answer_is_compared_exactly(
    resource_server: ResourceServer, opaque_mint: OpaqueMint
) -> None:
    """A token whose introspection names a resource that only resembles this server gets 401.

    Control: a token whose introspection names this server is accepted.
    Means: tokens for a neighbour with a similar name open this server.
    Fix: compare `aud` with the server's identifier as strings.
    """
    own = opaque_mint.audience
    wrong = [
        opaque_mint.saying("whose aud goes on after this server's", aud=f"{own}.other.example/"),
        opaque_mint.saying("whose aud is the beginning of this server's", aud=own[:-1]),
    ]
    _trial(resource_server, opaque_mint).unauthorized(wrong)


@requirement("RFC6749-7-a")
def test_the_scope_of_the_answer_decides(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """A tool beyond the scope that introspection gives is not served.

    Control: the tool is served to an opaque token with the usual scope.
    Means: consent and scopes are decoration: every token can do everything.
    Fix: compare `scope` of the answer with what the operation needs.
    """
    tool, needed, narrow = scoped_tool(resource_server)
    if not tool_call_is_served(resource_server, opaque_mint.good(), tool):
        raise Inconclusive(f"the tool {tool} is not served to an opaque token with the full scope", root="tool")
    denial = call_with_token(resource_server, opaque_mint.saying("of a narrow scope", scope=narrow), tool, needed)
    if denial.shape is Shape.NONE:
        expected = f"{tool}, which needs {needed}, is refused with the scope {narrow}"
        raise Violation("a token without the scope is served", expected=expected, observed="the result of the tool")


@requirement("RFC9449-7.2-a", "RFC9449-6-b")
def test_a_binding_in_the_answer_counts(resource_server: ResourceServer, opaque_mint: OpaqueMint) -> None:
    """An opaque token is refused under Bearer when introspection says with `cnf` that it is bound to a DPoP key.

    Control: the same token under DPoP with a good proof is served.
    Means: a stolen token works without its key, for nobody looks whether it has one.
    Fix: read cnf.jkt of the answer and treat the token as bound.
    """
    key = fitting_key(resource_server)
    trial = DpopTrial(resource_server, key, opaque_mint.saying("", cnf={"jkt": key.jkt}).token)
    trial.control()
    trial.refused(trial.send_once(scheme="Bearer"), "a bound opaque token under Bearer")


@requirement("RFC7662-2.2-d")
def test_members_mean_what_they_say(resource_server: ResourceServer, opaque_mint: OpaqueMint, params: Params) -> None:
    """A token that is called active and has expired, is not good yet, or is of another issuer, is refused.

    Control: the same answer with fitting members is believed.
    Means: one error of the authorization server, and nothing else stands in the way.
    Fix: check exp, nbf and iss of the answer where they are there.
    """
    beyond = params.clock_skew_seconds + BEYOND_SECONDS
    now = int(time.time())
    wrong = [
        opaque_mint.answered("that is called active and has expired", exp=now - beyond),
        opaque_mint.answered("that is called active and is not good yet", nbf=now + beyond),
        opaque_mint.answered("that is called active and is of another issuer", iss="https://other.example"),
    ]
    _trial(resource_server, opaque_mint).refusals(wrong)


def _trial(server: ResourceServer, mint: OpaqueMint) -> TokenTrial:
    return TokenTrial(server, mint.good())
