"""How hard values are to guess, estimated from a few samples: an upper bound, never a proof of randomness."""

import re
from collections.abc import Sequence
from math import log2

from conformance.vocabulary import Violation

_ALPHABETS = ((re.compile(r"[0-9]*"), 10), (re.compile(r"[0-9a-f]*|[0-9A-F]*"), 16), (re.compile(r"[0-9A-Za-z]*"), 62))
_BASE64_ALPHABET = 64


def unpredictable_bits(samples: Sequence[str]) -> float:
    """Bits that may differ from one sample to the next: places that vary, times the bits of the alphabet used there.

    Counters, timestamps and constant parts add little. Two samples at least.
    """
    varying = [place for place in zip(*samples, strict=False) if len(set(place)) > 1]
    text = "".join("".join(place) for place in varying)
    size = next((size for alphabet, size in _ALPHABETS if alphabet.fullmatch(text)), _BASE64_ALPHABET)
    return len(varying) * log2(size)


def judge_unguessable(what: str, samples: Sequence[str], least_bits: int) -> None:
    """The samples differ from each other, in at least so many bits. Raises Violation, which calls them `what`."""
    bits = unpredictable_bits(samples)
    if len(set(samples)) < len(samples) or bits < least_bits:
        raise Violation(
            f"{what} can be guessed",
            expected=f"at least {least_bits} bits that change from one to the next",
            observed=f"about {bits:.0f} bits that change among {len(samples)}",
        )
