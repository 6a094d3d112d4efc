"""Strategies for OAuth parameters: what a grammar allows, what it forbids, and what is nearly the right value."""

import string
from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from conformance.client.facts import DeepFacts

UNRESERVED = string.ascii_letters + string.digits + "-._~"
"""The characters of a code_verifier (RFC 7636, 4.1)."""
_ILLEGAL = " \t\n!\"#$%&'()*+,/:;<=>?@[\\]^`{|}"
_SHORTEST, _LONGEST, _TOO_LONG = 43, 128, 200
_KINDS = ("insert", "append", "prepend", "replace", "delete", "double", "swap case", "encode", "backslash")


@dataclass(frozen=True)
class Slip:
    """One small alteration of a value; `place` counts from its beginning, modulo its length."""

    kind: str
    place: int
    text: str

    def of(self, value: str) -> str:
        """The altered value, which is the value itself where the alteration does nothing."""
        place = self.place % max(len(value), 1)
        before, at, after = value[:place], value[place : place + 1], value[place + 1 :]
        match self.kind:
            case "append":
                return value + self.text
            case "prepend":
                return self.text + value
            case "insert":
                return before + self.text + at + after
            case "replace":
                return before + self.text + after
            case "delete":
                return before + after
            case "double":
                return before + at * 2 + after
            case "swap case":
                return before + at.swapcase() + after
            case "encode":
                return before + f"%{ord(at or '0'):02x}" + after
            case _:
                return _nth_slash(value, self.place)

    def __str__(self) -> str:
        what = f" {self.text!r}" if self.kind in ("insert", "append", "prepend", "replace") else ""
        where = "" if self.kind in ("append", "prepend") else f" at {self.place}"
        return f"{self.kind}{what}{where}"


def _nth_slash(value: str, number: int) -> str:
    places = [place for place, character in enumerate(value) if character == "/"]
    if not places:
        return value
    place = places[number % len(places)]
    return f"{value[:place]}\\{value[place + 1 :]}"


def legal_verifiers() -> st.SearchStrategy[str]:
    """Every length from 43 to 128, every unreserved character."""
    lengths = st.integers(_SHORTEST, _LONGEST)
    return lengths.flatmap(lambda length: st.text(UNRESERVED, min_size=length, max_size=length))


def illegal_verifiers() -> st.SearchStrategy[str]:
    """Too short, too long, or with one character that is not unreserved at the beginning, the end or in between."""
    lengths = st.one_of(st.integers(1, _SHORTEST - 1), st.integers(_LONGEST + 1, _TOO_LONG))
    of_wrong_length = lengths.flatmap(lambda length: st.text(UNRESERVED, min_size=length, max_size=length))
    base = st.text(UNRESERVED, min_size=_SHORTEST, max_size=_LONGEST - 1)
    one = st.sampled_from(_ILLEGAL)
    places = st.sampled_from((0, _SHORTEST // 2, _LONGEST))
    with_illegal = st.builds(lambda text, c, place: text[:place] + c + text[place:], base, one, places)
    return st.one_of(of_wrong_length, with_illegal, with_illegal)


def verifier_slips(facts: DeepFacts, times: int) -> st.SearchStrategy[Slip]:
    """Alterations of a code_verifier, as many as there are examples: at both ends by every character, then in between.

    What is drawn from so short a list comes once, where drawing each part would leave most ends out.
    """
    random, texts = Random(facts.seed), (*"aZ9-._~", *_ILLEGAL)  # noqa: S311 - repeatable, not secret
    ends = [Slip(kind, 0, text) for kind in ("append", "prepend") for text in texts]
    kinds = ("insert", "replace", "delete", "double", "swap case")
    count = facts.examples * times
    inner = [Slip(random.choice(kinds), random.randint(0, _LONGEST), random.choice(texts)) for _ in range(count)]
    return st.sampled_from([*random.sample(ends, len(ends)), *inner][: max(count, 1)])


def redirect_uri_slips() -> st.SearchStrategy[Slip]:
    """Alterations of a redirect URI by what parsers of URLs are known to disagree on."""
    texts = (
        "/", "//", "/.", "/../", "\\", "@", "x@", ":", ":8", "#", "#x", "?", "?x=1", "&x=1", ";", ";x", ",", ".", "..",
        "*", "%", "%00", "%0a", "%0d", "%20", "%23", "%2e", "%2f", "%3f", "%40", "%5c", " ", "\t", "\n", "\x00", "+",
        "'", '"', "<", "$", "[", "]", "x", ".example", "\u3002", "\uff0e", "\u2044", "\u00ad", "\u200d",
    )  # fmt: skip
    return st.builds(Slip, st.sampled_from(_KINDS), st.integers(0, 60), st.sampled_from(texts))


def token_slips() -> st.SearchStrategy[Slip]:
    """Alterations of a token that leave it a b64token (RFC 6750, 2.1)."""
    kinds = ("insert", "append", "prepend", "replace", "delete", "double", "swap case")
    texts = st.sampled_from(("A", "z", "0", "-", "_", ".", ".A"))
    return st.builds(Slip, st.sampled_from(kinds), st.integers(0, 2000), texts)


def spellings_of(word: str) -> st.SearchStrategy[str]:
    """The word with each letter in either case."""
    letters = (st.sampled_from((letter.lower(), letter.upper())) for letter in word)
    return st.tuples(*letters).map("".join)


def form_spellings(text: str) -> st.SearchStrategy[str]:
    """That text as application/x-www-form-urlencoded: what need not be encoded may be, by digits of either case.

    Letters and digits stay as they are; no encoder that RFC 6749, appendix B, allows encodes them.
    """
    if not text:
        return st.just("")
    return st.tuples(*(_form_spellings(character) for character in text)).map("".join)


def _form_spellings(character: str) -> st.SearchStrategy[str]:
    if character.isascii() and character.isalnum():
        return st.just(character)
    octets = character.encode()
    encoded = ["".join(f"%{octet:02{kind}}" for octet in octets) for kind in "Xx"]
    plain = {" ": ["+"], **{each: [each] for each in "-._*~"}}.get(character, [])
    return st.sampled_from([*encoded, *plain])


def other_resources() -> st.SearchStrategy[tuple[str, str]]:
    """Patterns with `{}` for a resource's scheme and host, and for its path: other resources than that, by any reading.

    Left out is what servers may treat as the same: case of scheme and host, a slash at the end, default ports.
    """
    word = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
    hosts = st.one_of(st.just("{}"), st.just("{}"), word.map(lambda w: "{}." + w + ".example"))
    endings = st.one_of(
        word.map(lambda w: "{}" + w),
        word.map(lambda w: "{}/" + w),
        word.map(lambda w: "{}?" + w + "=1"),
        word.map(lambda w: "{}/../" + w),
        word.map(lambda w: "/" + w + "{}"),
        word.map(lambda w: "{};" + w),
    )
    return st.tuples(hosts, endings)


def scope_requests(words: Collection[str]) -> st.SearchStrategy[str]:
    """Scopes by the grammar (RFC 6749, 3.3) that have one of these words at least, in any order, some of them twice.

    Beside them stand words that are nearly one of these.
    """
    known = st.lists(st.sampled_from(sorted(words)), min_size=1, max_size=len(words) + 1)
    strangers = st.lists(near_scope_words(words), max_size=1)
    mixed = st.tuples(known, strangers).flatmap(lambda parts: st.permutations([*parts[0], *parts[1]]))
    return st.one_of(known, known, mixed).map(" ".join)


def near_scope_words(words: Collection[str]) -> st.SearchStrategy[str]:
    """Scope words that are nearly one of these, and wildcards."""
    known = st.sampled_from(sorted(words))
    return st.one_of(
        known,
        known.map(str.upper),
        known.map(lambda word: f"{word}:all"),
        known.map(lambda word: word.rpartition(":")[0] or word[:-1] or "x"),
        known.map(lambda word: f"{word}*"),
        st.sampled_from(("*", "all", "admin", ".*")),
    )


def secret_slips(random: Random, count: int) -> list[Slip]:
    """So many alterations of a secret: first at its ends by what a server might drop or cut off, then in between.

    White space at the ends is left out: who trims it takes nothing from the secret.
    """
    dropped = ("=", "==", "+", "%20", "%00", ":", ":x", "&", "A", "0" * 80, "\u00e9", "\u200b")
    ends = [Slip(kind, 0, text) for kind in ("append", "prepend") for text in dropped]
    ends += [Slip("delete", place, "") for place in (0, -1)]
    kinds = ("insert", "replace", "delete", "double", "swap case")
    inner = [Slip(random.choice(kinds), random.randint(0, _LONGEST), random.choice(dropped)) for _ in range(count)]
    return [*random.sample(ends, len(ends)), *inner][: max(count, 1)]
