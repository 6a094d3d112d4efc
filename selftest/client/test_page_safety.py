"""Which headers and scripts keep a page out of frames, and what counts as loaded from elsewhere."""

import pytest

from conformance.client.page_safety import foreign_resource, is_safe_from_frames
from conformance.wire import Response

URL = "https://login.server.example/consent"


def shown(html: str = "<form></form>", **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(200, (("content-type", "text/html"), *names.items()), html.encode(), URL)


@pytest.mark.parametrize(
    "page",
    [
        shown(x_frame_options="DENY"),
        shown(x_frame_options="sameorigin"),
        shown(content_security_policy="default-src 'self'; frame-ancestors 'none'"),
        shown(content_security_policy="frame-ancestors https://partner.example 'self'"),
        shown(content_security_policy="frame-ancestors 'none'", x_frame_options="ALLOW-FROM https://partner.example"),
        shown("<script>if (window.top !== window.self) top.location = self.location</script><form></form>"),
        shown("<script>if(self!=top){document.body.hidden=true}</script><form></form>"),
    ],
)
def test_pages_that_can_not_be_framed(page: Response) -> None:
    assert is_safe_from_frames(page)


@pytest.mark.parametrize(
    "page",
    [
        shown(),
        shown(x_frame_options="ALLOWALL"),
        shown(content_security_policy="default-src 'self'"),
        shown(content_security_policy="frame-ancestors *"),
        shown(content_security_policy="frame-ancestors https:", x_frame_options="DENY"),
        shown("<script>window.location.hash</script><p>window.top</p><form></form>"),
        shown("<style>img { vertical-align: top; margin-top: 3px }</style><form></form>"),
    ],
)
def test_pages_that_can_be_framed(page: Response) -> None:
    assert not is_safe_from_frames(page)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="/logo.png"><script src="app.js"></script>',
        '<link rel=stylesheet href="https://static.server.example/style.css">',
        '<link rel=help href="https://help.example/"><a href="https://other.example/">terms</a>',
        '<img src="data:image/png;base64,AA==">',
    ],
)
def test_what_a_page_loads_from_its_own_site(html: str) -> None:
    assert foreign_resource(shown(html)) is None


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example.net/app.js"></script>',
        '<link rel="Stylesheet" href="//fonts.example.net/css">',
        '<iframe src="https://127.0.0.1/"></iframe>',
    ],
)
def test_what_a_page_loads_from_elsewhere(html: str) -> None:
    assert foreign_resource(shown(html)) is not None
