"""What to say when a name on the command line doesn't exist."""

import sys
from collections.abc import Collection
from difflib import get_close_matches

_FEW = 50


def known_or_usage_error(kind: str, name: str, names: Collection[str]) -> bool:
    """Whether the name exists; if not, one line on stderr names the nearest that does."""
    if name in names:
        return True
    by_folded = {known.casefold(): known for known in names}
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.4)
    every = f"there are {', '.join(names)}" if len(names) <= _FEW else "`conformance list` shows all there are"
    hint = f"; did you mean {by_folded[near[0]]}?" if near else f"; {every}"
    sys.stderr.write(f"conformance: there is no {kind} {name!r}{hint}\n")
    return False
