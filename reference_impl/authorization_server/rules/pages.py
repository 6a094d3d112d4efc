"""The pages for people: login, consent, errors; and the headers that protect them."""

import base64
import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import HTMLResponse, Response

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.http import HttpRules

_DIRECTORY = Path(__file__).parent.parent / "pages"
_STYLE = (_DIRECTORY / "style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_TEMPLATES = Environment(
    loader=FileSystemLoader(_DIRECTORY), autoescape=select_autoescape(default=True), auto_reload=False
)
_TEMPLATES.globals["style"] = _STYLE


class PageRules(HttpRules):
    """Pages are plain HTML without script, from this server alone."""

    def page(self, template: str, status: int = 200, form_target: str | None = None, **values: object) -> Response:
        """A rendered page. `form_target` is the redirect URI to which a form of the page may lead in the end."""
        html = _TEMPLATES.get_template(template).render(**values)
        return HTMLResponse(html, status, self.page_headers(form_target))

    def error_page(self, error: OAuthError) -> Response:
        """OAUTH21-4.1.2.1-a, OAUTH21-2.3.5-a: tells the person what is wrong, and redirects nowhere."""
        description = self.safe_description(error.description)
        response = self.page("error.html", error.status, error=error.error, description=description)
        response.headers.update(error.headers)
        return response

    def page_headers(self, form_target: str | None) -> dict[str, str]:
        """Headers of every page; those with an empty value are left out."""
        headers = {
            "Cache-Control": self.page_cache_control(),
            "Content-Security-Policy": self.content_security_policy(form_target),
            "X-Frame-Options": self.frame_options(),
            "Referrer-Policy": self.referrer_policy(),
        }
        return {name: value for name, value in headers.items() if value}

    def page_cache_control(self) -> str:
        """Pages hold one-time values."""
        return "no-store"

    def content_security_policy(self, form_target: str | None) -> str:
        """OAUTH21-7.11-a, RFC9700-4.16-a, RFC9700-4.2.4-a: no frames, nothing of third parties, no script."""
        directives = (
            "default-src 'none'",
            f"style-src 'sha256-{_STYLE_HASH}'",
            "base-uri 'none'",
            f"form-action {self.form_action(form_target)}",
            self.frame_ancestors(),
        )
        return "; ".join(directive for directive in directives if directive)

    def form_action(self, form_target: str | None) -> str:
        """This server, and the schemes of where it leads in the end: browsers apply the directive to redirects too."""
        if form_target is None:
            return "'self'"
        third_party = self.config.third_party
        beyond = [] if third_party is None else [f"{urlsplit(third_party.authorization_endpoint).scheme}:"]
        return " ".join(dict.fromkeys(["'self'", f"{urlsplit(form_target).scheme}:", *beyond]))

    def frame_ancestors(self) -> str:
        """OAUTH21-7.11-a: no site may frame a page."""
        return "frame-ancestors 'none'"

    def frame_options(self) -> str:
        """OAUTH21-7.11-a: the same for old browsers."""
        return "DENY"

    def referrer_policy(self) -> str:
        """RFC9700-4.2.4-a: no URL of ours travels in a Referer header."""
        return "no-referrer"
