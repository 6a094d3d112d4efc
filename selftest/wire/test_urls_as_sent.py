"""What goes into the request line is what the HTTP library would make of the URL, however it was parsed."""

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.transport import _PLAIN_URL, _parsed


@given(st.from_regex(_PLAIN_URL, fullmatch=True))
def test_a_plain_url_is_sent_as_any_other_would_be(url: str) -> None:
    try:
        expected = httpx2.URL(url)
    except httpx2.InvalidURL:
        return  # no such host or port: the connection will fail
    sent, host = _parsed(url)
    assert (sent.scheme, sent.host, sent.port) == (expected.raw_scheme, expected.raw_host, expected.port)
    assert (sent.target, host) == (expected.raw_path, expected.netloc)


@pytest.mark.parametrize(
    "url",
    [
        "https://as.example:8443/a/../b",
        "https://as.example:8443/a?x=ü",
        "https://as.example:8443/a#part",
        "https://as.example:8443/a?x=%2f",
        "https://user@as.example:8443/a",
        "https://AS.example:8443/a",
        "https://[::1]:8443/a",
        "https://as.example/a",
        "https://as.example:8443",
    ],
)
def test_any_other_url_is_left_to_the_library(url: str) -> None:
    assert not _PLAIN_URL.fullmatch(url)
    assert _parsed(url)[0].target == httpx2.URL(url).raw_path
