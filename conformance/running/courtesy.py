"""Short option names that somebody else's plugin or conftest wants too are theirs: their test suite comes first."""

from typing import Any

import pytest


class Courtesy:
    """Gives options of our group up as soon as another group has one of the same name.

    pytest has no public way to ask for the options of every group; without its private ones nothing is given up.
    """

    def __init__(self, parser: pytest.Parser, group: Any) -> None:
        self._parser, self._group = parser, group

    def give_way(self) -> None:
        """Drop what others have taken."""
        groups = (*getattr(self._parser, "_groups", ()), getattr(self._parser, "_anonymous", None))
        options = (o for g in groups if g is not None and g is not self._group for o in g.options)
        taken = {name for option in options for name in option.names()}
        self._group.options[:] = [o for o in self._group.options if not taken.intersection(o.names())]

    def pytest_plugin_registered(self) -> None:
        """A conftest or plugin that comes later may have added options."""
        self.give_way()
