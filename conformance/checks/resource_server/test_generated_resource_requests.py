"""Requests to protected resources, generated: any header, credential or message. Runs with --deep only."""

from typing import TYPE_CHECKING

from conformance.catalogue import requirement

if TYPE_CHECKING:
    from conformance.deep.resource_fuzzing import ResourceFuzzing


@requirement("OAUTH21-5-a", deep=True)
def test_no_generated_request_is_served_without_a_good_token(resource_fuzzing: "ResourceFuzzing") -> None:
    """Whatever a request says, without a good token it gets no result: not in a batch, not by another method.

    Control: a good request with a good token is served before, and after what was found.
    Means: somebody finds the one kind of message or path that the server serves to everybody.
    Fix: look for the token before anything else of the request, and leave no method, message or path out.
    """
    resource_fuzzing.judge_served()


@requirement("ROBUST-ERROR-b", deep=True)
def test_no_generated_request_is_an_error_of_the_resource_server(resource_fuzzing: "ResourceFuzzing") -> None:
    """Whatever is sent to the endpoint, the status is below 500.

    Control: a good request with a good token is served before, and after what was found.
    Means: anybody can make the server fail, fill its error log, and perhaps find out what it fails at.
    Fix: catch what this input raises, and answer with 400 or a JSON-RPC error; the server's log says where it failed.
    """
    resource_fuzzing.judge_server_errors()


@requirement("ROBUST-ANSWER-b", deep=True)
def test_every_generated_request_is_answered_by_the_resource_server(resource_fuzzing: "ResourceFuzzing") -> None:
    """Whatever is sent to the endpoint, a complete answer comes within the deadline.

    Control: a good request with a good token is served before, and after what was found.
    Means: a few such requests at once keep everybody else from working.
    Fix: bound the work for each request, and answer 400 to what would take more.
    """
    resource_fuzzing.judge_silence()


@requirement("ROBUST-MARKUP-b", deep=True)
def test_no_generated_request_gets_a_page_from_the_resource_server(resource_fuzzing: "ResourceFuzzing") -> None:
    """No POST is answered with an HTML page, and what comes back of a request comes back in no page unescaped.

    Control: a good request with a good token is served before, and after what was found.
    Means: clients can't read what went wrong, and a page on that origin is a place for markup to get in.
    Fix: answer every fault at these endpoints as JSON, those of the framework included.
    """
    resource_fuzzing.judge_markup()
