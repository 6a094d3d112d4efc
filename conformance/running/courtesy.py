"""Short option names that somebody else's plugin or conftest wants too are theirs: their test suite comes first."""

import argparse
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest


def add_unless_taken(group: pytest.OptionGroup, name: str, settings: Mapping[str, Any]) -> None:
    """Add an option, unless one of that name is there already; argparse and pytest say so in different words."""
    with suppress(argparse.ArgumentError, ValueError):
        group.addoption(name, **settings)
