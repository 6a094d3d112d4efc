"""What is under test and how to reach it."""

from conformance.client.facts import KnownFailureFacts, TargetFacts, UserAgentFacts
from conformance.targets.errors import ConfigurationError
from conformance.targets.locator import Target, locate

__all__ = ["ConfigurationError", "KnownFailureFacts", "Target", "TargetFacts", "UserAgentFacts", "locate"]
