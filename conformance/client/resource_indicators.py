"""Asking for tokens for one resource or another (RFC 8707), and reading whom they are for."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow, Grant
from conformance.client.requests import AuthorizationRequest
from conformance.client.token_content import audience_of, token_content
from conformance.expect import AuthorizationAnswer, TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation


@dataclass(frozen=True)
class ResourceIndicators:
    """The resources of a target and the flow by which tokens for them are asked for."""

    server: AuthorizationServer
    flow: AuthorizationFlow

    @property
    def first(self) -> str:
        """The resource of good requests. Raises NotApplicable when the target has none."""
        if not self.flow.resource:
            raise NotApplicable("the target names no resource that tokens could be asked for")
        return self.flow.resource

    @property
    def second(self) -> str:
        """One more resource of the same server. Raises NotApplicable when the target file gives none."""
        second = self.server.context.facts.second_resource
        if not second:
            raise NotApplicable("the target file names no second_resource of this authorization server")
        return second

    @property
    def has_second(self) -> bool:
        """Whether a second resource is known."""
        return bool(self.server.context.facts.second_resource)

    def unknown(self) -> str:
        """A resource that no server has ever heard of."""
        return f"https://unknown-{secrets.token_hex(8)}.example/mcp"

    def ask_for(self, *resources: str) -> tuple[AuthorizationRequest, AuthorizationAnswer]:
        """A good authorization request for these resources, and its answer, which may be a refusal.

        Scope is left to the server's default; where that is refused, the request is sent with the usual scope too.
        """
        usual = self.flow.authorization_request()
        request = usual.without("resource", *(["scope"] if usual.get("scope") else []))
        for resource in resources:
            request = request.repeated("resource", resource)
        answer = self.flow.send(request.as_control())
        if answer.code is None and usual.get("scope"):
            request = request.with_(scope=usual.get("scope"))
            answer = self.flow.send(request.as_control())
        return request.as_control(), answer

    def granted(self, resource: str) -> tuple[AuthorizationRequest, AuthorizationAnswer]:
        """A good request for that resource, and the code. Raises NotApplicable or Inconclusive when it is refused."""
        request, answer = self.ask_for(resource)
        if answer.error == "invalid_scope":
            raise NotApplicable("the server has no default scope, and no scope of that resource is known")
        return request, answer if answer.code else self.flow.control(request)

    def granted_together(self) -> tuple[AuthorizationRequest, AuthorizationAnswer]:
        """A code for both resources. Raises NotApplicable when the server does not grant several at once."""
        request, answer = self.ask_for(self.first, self.second)
        if answer.code is None:
            raise NotApplicable("the server does not grant several resources at once, which it may refuse")
        return request, answer

    def grant(self, resource: str) -> Grant:
        """A whole code grant for that resource, which is named in both requests. Raises Inconclusive, NotApplicable."""
        request, answer = self.granted(resource)
        token_request = self.flow.token_request(request, answer)
        return Grant(request, answer, token_request, self.flow.control_redeem(token_request))

    def machine_token(self, resource: str, scope: str | None) -> TokenAnswer:
        """A client credentials token for that resource.

        Raises Violation when it is refused although the same request without resource gives a token, else
        Inconclusive.
        """
        good = self.flow.client_credentials_request().without("scope", "resource").with_(scope=scope).as_control()
        answer = self.flow.redeem(good.with_(resource=resource))
        if not answer.access_token:
            self.flow.control_redeem(good)
            expect(answer).issues_token()
        return answer

    def audience(self, answer: TokenAnswer) -> frozenset[str]:
        """Whom that access token is for. Raises NotApplicable when it can't be read."""
        return audience_of(self.server, self.flow, answer)

    def is_for(self, answer: TokenAnswer, value: str) -> bool:
        """Whether the access token, as far as it can be read, has that value as audience."""
        content = token_content(self.server, self.flow, answer)
        return content is not None and value in content.audience

    def audience_for(self, resource: str) -> frozenset[str]:
        """Whom a token for that resource alone is for: its URI, or what the server maps it to."""
        return self.audience(self.grant(resource).token)

    def not_meant_for(self, answer: TokenAnswer, others: Iterable[str], resource: str) -> None:
        """The token has an audience, and none of the `others`. Raises Violation; `resource` is what was asked for."""
        audience = self.audience(answer)
        expected = f"an audience that stands for {resource} and not for the other resource"
        if not audience:
            raise Violation("the access token has no audience", expected=expected, observed="no aud")
        shared = audience.intersection(others)
        if shared:
            raise Violation(
                "the access token is good for another resource than it was asked for",
                expected=expected,
                observed=f"aud {sorted(audience)!r}",
            )

    def judge_restricted(self) -> None:
        """A usual token has an audience, and not that of a second resource where one is known. Raises Violation."""
        others = self.audience_for(self.second) if self.has_second else frozenset[str]()
        self.not_meant_for(self.flow.grant().token, others, self.first)

    def judge_refresh_for_another(self) -> None:
        """A refresh token for the first resource gives no token for the second one. Raises Violation, NotApplicable."""
        outside = self.audience_for(self.second)
        granted = self.grant(self.first).token
        if granted.refresh_token is None:
            raise NotApplicable("the server gives this client no refresh token")
        request = self.flow.refresh_request(granted.refresh_token)
        good = request.without("resource").repeated("resource", self.first).as_control()
        self.not_widened(self.flow.redeem(good.with_(resource=self.second)), outside)

    def not_widened(self, answer: TokenAnswer, outside: frozenset[str]) -> None:
        """Either no token, with status 400, or one that is not good for the audience `outside`. Raises Violation."""
        if answer.access_token:
            self.not_meant_for(answer, outside, self.first)
        else:
            expect(answer).has_status(400)

    def judged(self, answer: AuthorizationAnswer, request: AuthorizationRequest, value: str) -> None:
        """Judge a code that was granted for a resource value that is not one.

        Raises Violation when the token is for that value, or when the server refuses an unknown resource and so does
        look at `resource`; NotApplicable when it grants whatever it is asked for without regard to it.
        """
        token = self.flow.redeem(self.flow.token_request(request, answer).without("resource"))
        expected = f"no code for resource={value!r}"
        if self.is_for(token, value):
            raise Violation("a token for that value was issued", expected=expected, observed=f"aud holds {value!r}")
        unknown = self.flow.authorization_request().with_("resource set to an unknown one", resource=self.unknown())
        if self.flow.send(unknown).code is None:
            raise Violation(
                "a code was granted for a value that is no resource indicator",
                expected=expected,
                observed="a code, although the server refuses resources that it does not know",
            )
        raise NotApplicable("the server takes no notice of resource, and may do so")
