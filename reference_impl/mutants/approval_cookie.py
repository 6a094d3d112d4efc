"""Departures of a proxy that keeps approvals for the third party in a cookie, as it may."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.config import Client, User
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.store.sessions import Session
from reference_impl.mutants.registry import mutant


class KeepsApprovalsInACookie(Rules):
    """Approved client_ids, separated by dots, and a signature.

    Between reading the session and answering a request nothing waits, so the request's cookies can be kept here.
    """

    _cookies: Mapping[str, str] = {}
    _news: str | None = None

    @cached_property
    def _key(self) -> bytes:
        return secrets.token_bytes(32)

    def current_session(self, request: Request) -> Session | None:
        self._cookies, self._news = request.cookies, None
        return super().current_session(request)

    def consent_is_needed(self, user: User, client: Client, request: AuthorizationRequest) -> bool:
        if self.third_party_of(request) is None:
            return super().consent_is_needed(user, client, request)
        return not self.is_approved(client, self.approved_before(user))

    def remember_consent(self, user: User, request: AuthorizationRequest) -> None:
        super().remember_consent(user, request)
        if self.third_party_of(request) is not None:
            approved = ".".join((*self.approved_before(user), request.client_id))
            self._news = f"{approved}.{self.signature(user, approved)}"

    def redirect(self, url: str, *, after_post: bool) -> Response:
        response = super().redirect(url, after_post=after_post)
        if self._news is not None:
            response.set_cookie(self.approval_cookie_name(), self._news, path="/", **self.approval_cookie_attributes())
        return response

    def approval_cookie_name(self) -> str:
        return "__Host-approved_clients"

    def approval_cookie_attributes(self) -> dict[str, Any]:
        return {"secure": True, "httponly": True, "samesite": "lax"}

    def approved_before(self, user: User) -> tuple[str, ...]:
        approved, _, signature = self._cookies.get(self.approval_cookie_name(), "").rpartition(".")
        genuine = hmac.compare_digest(signature, self.signature(user, approved))
        return tuple(approved.split(".")) if approved and genuine else ()

    def signature(self, user: User, approved: str) -> str:
        return hmac.new(self._key, f"{user.username} {approved}".encode(), hashlib.sha256).hexdigest()

    def is_approved(self, client: Client, approved: tuple[str, ...]) -> bool:
        return client.client_id in approved


@mutant(kills={"MCP-SBP-05"}, story="The cookie with approvals has a name that any host beside it may set.")
class ApprovalCookieIsNotOfThisHost(KeepsApprovalsInACookie):
    def approval_cookie_name(self) -> str:
        return "approved_clients"


@mutant(kills={"MCP-SBP-05"}, story="Scripts may read the cookie with approvals.")
class ScriptsReadTheApprovalCookie(KeepsApprovalsInACookie):
    def approval_cookie_attributes(self) -> dict[str, Any]:
        return {**super().approval_cookie_attributes(), "httponly": False}


@mutant(kills={"MCP-SBP-05"}, story="The cookie with approvals goes along with requests of every site.")
class ApprovalCookieIsSentFromEverySite(KeepsApprovalsInACookie):
    def approval_cookie_attributes(self) -> dict[str, Any]:
        return {**super().approval_cookie_attributes(), "samesite": "none"}


@mutant(kills={"MCP-SBP-05"}, story="The cookie with approvals may travel in the clear.")
class ApprovalCookieIsNotSecure(KeepsApprovalsInACookie):
    def approval_cookie_attributes(self) -> dict[str, Any]:
        return {**super().approval_cookie_attributes(), "secure": False}


@mutant(kills={"MCP-SBP-05"}, story="Nobody looks at the signature of the cookie with approvals.")
class ApprovalCookieIsNotSigned(KeepsApprovalsInACookie):
    def approved_before(self, user: User) -> tuple[str, ...]:
        return tuple(self._cookies.get(self.approval_cookie_name(), "").split(".")[:-1])


@mutant(
    kills={"MCP-SBP-01", "MCP-SBP-05", "MCP-SEC-16"},
    story="Whoever has the cookie of one approval is asked for no other client.",
)
class ApprovalCookieIsOfNoClient(KeepsApprovalsInACookie):
    def is_approved(self, client: Client, approved: tuple[str, ...]) -> bool:
        return bool(approved)
