"""HTTP's own rules for authentication and methods: RFC 9110, sections 11.1, 11.6.1, 15.5.2 and 15.5.6."""

from conformance.catalogue import requirement
from conformance.client.dpop_trial import speaks_dpop
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.expect import ChallengeSyntaxError, expect, parse_challenges
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC9110-15.5.2-a")
def test_every_401_has_a_challenge(resource_server: ResourceServer) -> None:
    """Each 401 has WWW-Authenticate with at least one challenge.

    Means: HTTP clients don't know how to authenticate; some treat the answer as broken.
    Fix: add a challenge to every 401.
    """
    refusals = [refusal for refusal in resource_server.refusals() if refusal.response.status == 401]
    if not refusals:
        raise NotApplicable("no request was answered 401")
    for refusal in refusals:
        if refusal.response.header("www-authenticate") is None:
            expected = "WWW-Authenticate with a challenge"
            raise Violation("a 401 has no WWW-Authenticate", expected=expected, observed=refusal.described())


@requirement("RFC9110-11.6.1-a")
def test_the_challenges_can_be_read(resource_server: ResourceServer) -> None:
    """WWW-Authenticate is a list of challenges by the grammar of HTTP.

    Means: clients fail to read the header and miss the scopes and the way to the authorization server.
    Fix: separate parameters by commas and put values that aren't plain words between quotes.
    """
    refusals = [r for r in resource_server.refusals() if r.response.header("www-authenticate") is not None]
    if not refusals:
        raise NotApplicable("no refusal has WWW-Authenticate")
    for refusal in refusals:
        try:
            parse_challenges(refusal.response.all_headers("www-authenticate"))
        except ChallengeSyntaxError as error:
            expected = "a list of challenges (RFC 9110, 11.6.1)"
            raise Violation("WWW-Authenticate can't be read", expected=expected, observed=str(error)) from None


@requirement("RFC9449-7.1-c")
def test_dpop_is_not_asked_for_as_proxies_do(resource_server: ResourceServer) -> None:
    """No refusal has Proxy-Authenticate with the scheme DPoP.

    Control: refusals challenge for DPoP, or the metadata announces it.
    Means: clients think that a proxy on the way wants a proof, and send it where no one looks.
    Fix: ask for DPoP in WWW-Authenticate only.
    """
    refusals = resource_server.refusals()
    if not speaks_dpop(resource_server):
        raise NotApplicable("neither metadata nor challenges say that the server speaks DPoP")
    for refusal in refusals:
        asked = refusal.response.all_headers("proxy-authenticate")
        if any(line.lower().startswith("dpop") for line in asked):
            observed = f"Proxy-Authenticate: {' / '.join(asked)}"
            raise Violation("DPoP is asked for a proxy", expected="DPoP in WWW-Authenticate only", observed=observed)


@requirement("RFC9110-11.1-a")
def test_the_scheme_is_compared_without_case(resource_server: ResourceServer) -> None:
    """A token sent as "bearer" is accepted like one sent as "Bearer"; "dpop" like "DPoP" where that is the scheme.

    Control: the same token is accepted under the usual name.
    Means: clients that write the scheme in lower case, as HTTP lets them, are locked out.
    Fix: compare the name of the scheme without regard to case.
    """
    token = resource_server.control()
    good = resource_server.with_token(token)
    scheme = resource_server.presentation.scheme.lower()
    change = f"scheme written as {scheme}"
    answer = resource_server.send(good.with_header("Authorization", f"{scheme} {token}", change))
    if not is_result(answer):
        observed = expect(answer).described()
        raise Violation("the scheme in lower case is refused", expected="the request is processed", observed=observed)


@requirement("RFC9110-15.5.6-a")
def test_a_405_says_which_methods_are_allowed(resource_server: ResourceServer) -> None:
    """A 405 has an Allow header.

    Control: the request is served when it is sent by POST.
    Means: clients and people can't tell which method would have been right.
    Fix: add Allow with the methods of the endpoint to every 405.
    """
    token = resource_server.control()
    # PUT, since a GET may rightly open a stream that never ends.
    answer = resource_server.send(resource_server.with_token(token).with_method("PUT"))
    if answer.status != 405:
        raise NotApplicable(f"PUT on the endpoint is answered {answer.status}, not 405")
    if answer.header("allow") is None:
        raise Violation("a 405 has no Allow", expected="405 with Allow: POST", observed="405 without Allow")
