"""Request parameters of the authorization and token endpoints, as they came."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import parse_qsl

from reference_impl.authorization_server.errors import OAuthError

MAX_PARAMETERS = 200


class Parameters:
    """An immutable multi-map of decoded request parameters.

    A parameter without a value counts as omitted (OAuth 2.1, 3.1), so `get` and `all` never return "".
    """

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self._pairs = tuple(pairs)

    @classmethod
    def parse(cls, encoded: bytes) -> "Parameters":
        """Decode application/x-www-form-urlencoded `encoded`.

        Raises OAuthError invalid_request for bytes that are no UTF-8 and for more than 200 parameters.
        """
        try:
            text = encoded.decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
        except ValueError:
            raise OAuthError("invalid_request", "the parameters are not form-encoded UTF-8") from None
        return cls(pairs)

    def get(self, name: str) -> str | None:
        """First value of `name`, None if it is absent or empty."""
        return next((value for key, value in self._pairs if key == name and value), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of `name` that is not empty."""
        return tuple(value for key, value in self._pairs if key == name and value)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every name and value in order, empty ones included."""
        return self._pairs

    def repeated(self) -> frozenset[str]:
        """Names that occur more than once."""
        counts = Counter(key for key, _ in self._pairs)
        return frozenset(name for name, count in counts.items() if count > 1)
