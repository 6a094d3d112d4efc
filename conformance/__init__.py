"""The conformance harness: what the specifications say, and whether a server does it."""

__version__ = "0.1.0"
