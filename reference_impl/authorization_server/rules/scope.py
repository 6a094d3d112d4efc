"""Scope of requests and tokens (RFC 6749, 3.3)."""

import re
from collections.abc import Iterable

from reference_impl.authorization_server.config import Client, Resource
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.base import RulesBase

OFFLINE_ACCESS, OPENID = "offline_access", "openid"
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")


class ScopeRules(RulesBase):
    """What may be asked for and what is granted."""

    def requested_scope(self, parameters: Parameters) -> tuple[str, ...]:
        """Scope of a request without duplicates, () if it names none. Raises invalid_scope for a malformed one.

        offline_access is understood and left out: it asks for a refresh token and means nothing to a resource
        (RFC9068-2.2.3-b), and whether a client gets refresh tokens follows from its grant_types. openid, which asks for
        an ID token, means nothing to a resource either.
        """
        text = parameters.get("scope")
        if text is None:
            return ()
        if not _SCOPE.fullmatch(text):
            raise self.invalid_scope("scope is malformed")
        return tuple(scope for scope in dict.fromkeys(text.split(" ")) if scope not in (OFFLINE_ACCESS, OPENID))

    def grantable_scope(
        self, requested: tuple[str, ...], client: Client, resources: tuple[Resource, ...]
    ) -> tuple[str, ...]:
        """The scope to grant for a new request: what it asks for if all of that may be had, else the default."""
        if not requested:
            return self.default_scope(client, resources)
        self.check_scope_exists(requested, resources)
        self.check_scope_within_ceiling(requested, client)
        return requested

    def default_scope(self, client: Client, resources: tuple[Resource, ...]) -> tuple[str, ...]:
        """OAUTH21-1.4.1-b: the resources' default scopes, as far as the client may have them."""
        offered = dict.fromkeys(scope for resource in resources for scope in resource.scopes_by_default())
        allowed = tuple(scope for scope in offered if self.client_may_have(scope, client))
        if not allowed:
            raise self.invalid_scope("this client may have no scope at this resource")
        return allowed

    def check_scope_exists(self, requested: Iterable[str], resources: tuple[Resource, ...]) -> None:
        """RFC9068-2.2.3-b: every scope means something to a resource of the request."""
        known = {scope for resource in resources for scope in resource.scopes}
        if not known.issuperset(requested):
            raise self.invalid_scope("a requested scope does not exist at the requested resource")

    def check_scope_within_ceiling(self, requested: Iterable[str], client: Client) -> None:
        """A client gets no more than it is registered for."""
        if not all(self.client_may_have(scope, client) for scope in requested):
            raise self.invalid_scope("a requested scope is not allowed for this client")

    def client_may_have(self, scope: str, client: Client) -> bool:
        """Whether the client's ceiling includes the scope."""
        return scope in client.scope

    def narrowed_scope(
        self, requested: tuple[str, ...], granted: tuple[str, ...], resources: tuple[Resource, ...]
    ) -> tuple[str, ...]:
        """RFC8707-2.2-d: of what was granted and is asked for, the part that the resources understand."""
        self.check_scope_not_widened(requested, granted)
        meant = {scope for resource in resources for scope in resource.scopes}
        narrowed = tuple(scope for scope in requested or granted if scope in meant)
        if not narrowed:
            raise self.invalid_scope("nothing of the granted scope concerns the requested resource")
        return narrowed

    def check_scope_not_widened(self, requested: Iterable[str], granted: Iterable[str]) -> None:
        """OAUTH21-4.3.1-b, OAUTH21-3.2.3-c, RFC9700-4.14.2-a: no more than the user agreed to."""
        if not set(granted).issuperset(requested):
            raise self.invalid_scope("scope exceeds what was granted")

    def invalid_scope(self, description: str) -> OAuthError:
        """OAUTH21-3.2.4-a, OAUTH21-4.1.2.1-e."""
        return OAuthError("invalid_scope", description)
