"""Rich authorization requests: RFC 9396, 5 to 8 and 12."""

from itertools import islice

from conformance.catalogue import requirement
from conformance.client.approval import first_visit
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.details import (
    INVALID,
    TYPES,
    details_parameter,
    judge_holds,
    of_another_type,
    rich_requests,
    with_added_text,
)
from conformance.client.injection import MARKUP, judge_markup_is_text
from conformance.expect import expect
from conformance.vocabulary import NotApplicable

_MOST_MEMBERS = 3


@requirement("RFC9396-5-a")
def test_an_unknown_type_is_refused(authorization_server: AuthorizationServer) -> None:
    """A request with authorization_details of a type that nobody knows earns invalid_authorization_details.

    Control: the same request with the type of the target file is granted.
    Means: users agree to permissions that the server does not understand, and clients believe they have them.
    Fix: refuse every type that is not defined, instead of leaving it out.
    """
    rich = rich_requests(authorization_server)
    rich.judge_refused({**rich.good, "type": unguessable("unknown-type-")}, "type that nobody knows")


@requirement("RFC9396-5-a")
def test_an_unknown_member_is_refused(authorization_server: AuthorizationServer) -> None:
    """A request with a member that the type does not define earns invalid_authorization_details.

    Control: the same request without the member is granted.
    Means: what a client asks for in more detail is granted without that detail.
    Fix: validate each object against the definition of its type, unknown members included.
    """
    rich = rich_requests(authorization_server)
    name = unguessable("unknown-member-")
    rich.judge_refused({**rich.good, name: "conformance"}, "a member that the type does not define")


@requirement("RFC9396-5-a")
def test_an_object_without_type_is_refused(authorization_server: AuthorizationServer) -> None:
    """A request with an object that has no type earns invalid_authorization_details.

    Control: the same request with the type is granted.
    Means: the server guesses what a client asks for, and the user agrees to that guess.
    Fix: refuse objects without a type; there is no default.
    """
    rich = rich_requests(authorization_server)
    rich.judge_refused({name: value for name, value in rich.good.items() if name != "type"}, "type removed")


@requirement("RFC9396-5-a")
def test_a_member_of_another_type_is_refused(authorization_server: AuthorizationServer) -> None:
    """A request with a number for a common member that is an array or a string earns invalid_authorization_details.

    Control: the same request with the member as it should be is granted.
    Means: what a client asks for is read as something else, at this server or at the one that gets the token.
    Fix: validate each member against the definition of its type.
    """
    rich = rich_requests(authorization_server)
    wrong = of_another_type(rich.good)
    if wrong is None:
        raise NotApplicable("the object of the target file has none of the common members of RFC 9396, 2.2")
    name, value = wrong
    rich.judge_refused({**rich.good, name: value}, f"{name} is a number")


@requirement("RFC9396-12-a")
def test_a_type_in_other_letters_is_another_type(authorization_server: AuthorizationServer) -> None:
    """The type of the target file with its letters in the other case is unknown: invalid_authorization_details.

    Control: the request with the type as it is spelled is granted.
    Means: this server and the one that gets the token may disagree about what was granted.
    Fix: compare types character by character, without any normalization.
    """
    rich = rich_requests(authorization_server)
    swapped = str(rich.good["type"]).swapcase()
    if swapped in (rich.good["type"], *authorization_server.metadata().value[TYPES]):
        raise NotApplicable("the type has no letters, or is known in both cases")
    rich.judge_refused({**rich.good, "type": swapped}, "letters of type in the other case")


@requirement("RFC9396-12-b")
def test_pages_show_details_as_text(authorization_server: AuthorizationServer) -> None:
    """Markup in authorization_details breaks no page and no server; to refuse it is as good.

    Control: the same client is granted the good object.
    Means: a link to your server runs an attacker's script on the page where your users agree.
    Fix: escape whatever a page shows of authorization_details, and validate every member.
    """
    rich = rich_requests(authorization_server, first_visit(authorization_server))
    pages = 0
    for name, altered in islice(with_added_text(rich.good, MARKUP), _MOST_MEMBERS):
        answer = rich.flow.send(rich.request(altered, f"markup in {name}"))
        expect(answer).has_no_server_error()
        pages += judge_markup_is_text(answer)
    rich.flow.control(rich.request())
    if not pages:
        raise NotApplicable("the server shows no HTML pages")


@requirement("RFC9396-7-a")
def test_the_token_response_says_what_was_granted(authorization_server: AuthorizationServer) -> None:
    """The token response has authorization_details with an object of the granted type.

    Control: the grant succeeds.
    Means: clients don't know which of their permissions the user has left them.
    Fix: add authorization_details as granted to every token response of such a grant.
    """
    rich = rich_requests(authorization_server)
    answer = rich.grant().token
    judge_holds(rich.good, answer.members.get("authorization_details"), "the token response")


@requirement("RFC9396-8-a")
def test_an_unknown_type_is_refused_with_the_code(authorization_server: AuthorizationServer) -> None:
    """A token request with authorization_details of an unknown type earns invalid_authorization_details.

    Control: a code of the same request is redeemed with the granted authorization_details.
    Means: clients believe that they have narrowed a token which has everything, or has something else.
    Fix: judge authorization_details of token requests as those of authorization requests.
    """
    rich = rich_requests(authorization_server)
    flow = rich.flow
    flow.control_redeem(flow.code_for(rich.request()).with_(**details_parameter(rich.good)).as_control())
    unknown = details_parameter({**rich.good, "type": unguessable("unknown-type-")})
    answer = flow.redeem(flow.code_for(rich.request()).with_("type that nobody knows", **unknown))
    expect(answer).refuses_with(INVALID)


@requirement("RFC9396-6-a")
def test_a_code_gives_no_details_beyond_its_grant(authorization_server: AuthorizationServer) -> None:
    """authorization_details in a token request, for a code without any, earn invalid_authorization_details.

    Control: the code of a request with the same object is redeemed with it.
    Means: a client gives itself permissions that no user has seen.
    Fix: grant at the token endpoint nothing but what the grant holds already.
    """
    rich = rich_requests(authorization_server)
    flow, asked = rich.flow, details_parameter(rich.good)
    flow.control_redeem(flow.code_for(rich.request()).with_(**asked).as_control())
    beyond = flow.code_for(flow.authorization_request()).with_("authorization_details that were not granted", **asked)
    expect(flow.redeem(beyond)).refuses_with(INVALID)
