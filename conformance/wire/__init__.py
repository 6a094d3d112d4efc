"""The wire: requests that can be malformed on purpose, answers that are bounded, evidence without secrets."""

from conformance.wire.limits import Limits
from conformance.wire.message import HttpRequest, Response
from conformance.wire.redaction import SecretBook
from conformance.wire.transcript import Transcript
from conformance.wire.transport import Transport
from conformance.wire.wire import NoAnswer, Wire

__all__ = ["HttpRequest", "Limits", "NoAnswer", "Response", "SecretBook", "Transcript", "Transport", "Wire"]
