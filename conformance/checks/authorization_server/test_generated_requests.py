"""Requests generated from an OpenAPI document of the server's endpoints: no input breaks it. Runs with --deep only."""

from typing import TYPE_CHECKING

from conformance.catalogue import requirement

if TYPE_CHECKING:
    from conformance.deep.fuzzing import Fuzzing


@requirement("ROBUST-ERROR-a", deep=True)
def test_no_generated_request_is_a_server_error(fuzzing: "Fuzzing") -> None:
    """Whatever is sent to an endpoint of the metadata, the status is below 500.

    Control: a whole grant works before, and after what was found.
    Means: anybody can make the server fail, fill its error log, and perhaps find out what it fails at.
    Fix: catch what this input raises, and answer 400 with an OAuth error; the server's log says where it failed.
    """
    fuzzing.judge_server_errors()


@requirement("ROBUST-ANSWER-a", deep=True)
def test_every_generated_request_is_answered(fuzzing: "Fuzzing") -> None:
    """Whatever is sent to an endpoint of the metadata, a complete answer comes within the deadline.

    Control: a whole grant works before, and after what was found.
    Means: a few such requests at once keep everybody else from logging in.
    Fix: bound the work for each request, and answer 400 to what would take more.
    """
    fuzzing.judge_silence()


@requirement("ROBUST-MARKUP-a", deep=True)
def test_no_generated_request_makes_endpoints_for_clients_answer_with_html(fuzzing: "Fuzzing") -> None:
    """Whatever is sent to an endpoint for clients, the answer is no HTML page.

    Control: a whole grant works before, and after what was found.
    Means: clients can't read what went wrong, and a page on that origin is one more place for markup to get in.
    Fix: answer every fault at these endpoints as JSON with an error code, those of the framework included.
    """
    fuzzing.judge_html()


@requirement("OAUTH21-7.12-a", deep=True)
def test_no_generated_request_gets_its_markup_into_a_page(fuzzing: "Fuzzing") -> None:
    """Markup in names and values of parameters, in any combination, comes back in no page unescaped.

    Control: a whole grant works before, and after what was found.
    Means: a link to the login page runs an attacker's script there, which sees the password.
    Fix: escape everything in pages, names of parameters included; use a template engine that does it by itself.
    """
    fuzzing.judge_markup()
