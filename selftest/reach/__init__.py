"""Which checks a departure from the reference can reach at all; see observe."""

from selftest.reach.observing import Reach, merged, observe

__all__ = ["Reach", "merged", "observe"]
