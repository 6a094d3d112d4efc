"""The one error of this package."""


class ConfigurationError(ValueError):
    """The target can't be used as configured. The message is one line: what, where, what to try. Exit status 2."""
