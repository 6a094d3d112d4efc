"""A recorded exchange as a curl command to paste."""

import shlex
from collections.abc import Mapping
from typing import Any

from conformance.reporting.text import visible

_SET_BY_CURL = {"host", "content-length", "connection", "accept-encoding", "user-agent"}


def curl_line(exchange: Mapping[str, Any]) -> str:
    """One curl command that repeats the request of an exchange (as in results.json).

    Secrets stay names such as <code#2>, to be filled in by whoever runs it. Quoted so that no part of the exchange
    can reach the shell as anything but an argument.
    """
    request = exchange["request"]
    arguments = ["curl", "-i", "-g", "--max-time", "10"]
    if exchange["method"] != ("POST" if request["body"] else "GET"):
        arguments += ["-X", exchange["method"]]
    for name, value in request["headers"]:
        if name.lower() not in _SET_BY_CURL:
            arguments += ["-H", f"{name}: {value}"]
    if request["body"]:
        arguments += ["--data-raw", request["body"]]
    arguments += ["--url", exchange["url"]]
    return shlex.join(visible(argument).replace("\n", "\\n").replace("\t", " ") for argument in arguments)
