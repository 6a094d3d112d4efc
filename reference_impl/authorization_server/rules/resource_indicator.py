"""Resource indicators (RFC 8707): which resources a token is for."""

from urllib.parse import SplitResult, urlsplit

from reference_impl.authorization_server.config import Resource
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.scope import ScopeRules


class ResourceIndicatorRules(ScopeRules):
    """Every token has an audience, and it is made of registered resources."""

    def requested_resources(self, parameters: Parameters) -> tuple[Resource, ...]:
        """RFC8707-2-e: the resources that a request names, () if none. Raises invalid_target."""
        return tuple(dict.fromkeys(self.registered_resource(uri) for uri in parameters.all("resource")))

    def registered_resource(self, uri: str) -> Resource:
        """RFC8707-2.1-c, RFC8707-2.2-a: the resource with this identifier, provided it is one."""
        parts = self.split_resource(uri)
        self.check_resource_is_absolute(parts)
        self.check_resource_has_no_fragment(uri)
        for resource in self.config.resources:
            if self.same_resource(uri, resource.uri):
                return resource
        raise self.invalid_target("the requested resource is unknown here")

    def split_resource(self, uri: str) -> SplitResult:
        """RFC8707-2-b: parts of the URI."""
        try:
            return urlsplit(uri)
        except ValueError:
            raise self.invalid_target("resource is malformed") from None

    def check_resource_is_absolute(self, parts: SplitResult) -> None:
        """RFC8707-2-b: an absolute URI (RFC 3986, 4.3)."""
        if not parts.scheme or not (parts.netloc or parts.path):
            raise self.invalid_target("resource must be an absolute URI")

    def check_resource_has_no_fragment(self, uri: str) -> None:
        """RFC8707-2-c."""
        if "#" in uri:
            raise self.invalid_target("resource must not have a fragment")

    def same_resource(self, uri: str, registered: str) -> bool:
        """MCP-RES-06, MCP-RES-07: equal strings, but for the case of scheme and host."""
        return self.with_lower_case_origin(uri) == self.with_lower_case_origin(registered)

    def with_lower_case_origin(self, uri: str) -> str:
        """`uri` with scheme and authority in lower case (RFC 3986, 6.2.2.1); the rest stays as it is."""
        scheme, separator, rest = uri.partition("://")
        if not separator:
            return uri
        end = min((rest.find(mark) for mark in "/?#" if mark in rest), default=len(rest))
        return scheme.lower() + separator + rest[:end].lower() + rest[end:]

    def resources_or_default(self, requested: tuple[Resource, ...], scope: tuple[str, ...]) -> tuple[Resource, ...]:
        """RFC8707-2.1-a, RFC9068-3-c, RFC9068-3-d: without resource, the one that understands the scope."""
        if requested:
            return requested
        fallback = self.config.fallback_resource()
        for resource in (fallback, *self.config.resources):
            if set(scope) <= set(resource.scopes):
                return (resource,)
        return self.no_single_default(fallback)

    def no_single_default(self, _: Resource) -> tuple[Resource, ...]:
        """RFC9068-3-e: scopes of different resources, or of none."""
        raise self.invalid_scope("no single resource understands this scope; name resources")

    def narrowed_resources(self, requested: tuple[Resource, ...], granted: tuple[str, ...]) -> tuple[Resource, ...]:
        """RFC8707-2.1-d, RFC8707-2.2-b, RFC8707-2.2-c: those asked for, else all of the grant."""
        self.check_resources_not_widened(requested, granted)
        found = (self.config.resource(uri) for uri in granted)
        remaining = requested or tuple(resource for resource in found if resource is not None)
        if not remaining:
            raise self.invalid_target("the resources of this grant no longer exist")
        return remaining

    def check_resources_not_widened(self, requested: tuple[Resource, ...], granted: tuple[str, ...]) -> None:
        """RFC8707-2.2-b, OAUTH21-3.2.3-c, RFC9700-4.14.2-a: none that the user did not agree to."""
        if any(resource.uri not in granted for resource in requested):
            raise self.invalid_target("the requested resource is outside of what was granted")

    def check_audience_unambiguous(self, resources: tuple[Resource, ...], scope: tuple[str, ...]) -> None:
        """RFC9068-3-b: in one token, no scope that several of its audiences would take for their own."""
        for name in scope:
            if sum(name in resource.scopes for resource in resources) > 1:
                raise self.invalid_target("these resources share a scope; ask for a token for one at a time")

    def invalid_target(self, description: str) -> OAuthError:
        """RFC8707-2-g."""
        return OAuthError("invalid_target", description)
