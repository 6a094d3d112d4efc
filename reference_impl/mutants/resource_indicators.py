"""Departures from RFC 8707: resources that are misread, and tokens for others than were asked for."""

from dataclasses import replace
from urllib.parse import urljoin

from reference_impl.authorization_server.config import Resource
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import AccessToken
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"RFC8707-2-b"},
    story="A resource without scheme and host is resolved against the default resource, like a link on its page.",
)
class RelativeResourceIsResolved(Rules):
    def registered_resource(self, uri: str) -> Resource:
        absolute = uri if "://" in uri else urljoin(self.config.fallback_resource().uri, uri)
        return super().registered_resource(absolute)


@mutant(kills={"RFC8707-2-c"}, story="The fragment of a resource is cut off silently, as for links.")
class FragmentOfResourceIsCutOff(Rules):
    def registered_resource(self, uri: str) -> Resource:
        return super().registered_resource(uri.partition("#")[0])


@mutant(
    kills={"RFC8707-2.1-c"},
    story="Unknown resources are dropped from authorization requests, so that the default resource takes their place.",
)
class UnknownResourceIsDropped(Rules):
    def requested_resources(self, parameters: Parameters) -> tuple[Resource, ...]:
        if parameters.get("response_type") is None:
            return super().requested_resources(parameters)
        known = [uri for uri in parameters.all("resource") if not self._is_unknown(uri)]
        return tuple(dict.fromkeys(self.registered_resource(uri) for uri in known))

    def _is_unknown(self, uri: str) -> bool:
        known = any(self.same_resource(uri, resource.uri) for resource in self.config.resources)
        return "://" in uri and "#" not in uri and not known


@mutant(
    kills={"RFC8693-2.2.2-b", "RFC8707-2-g", "RFC8707-2.1-c"},
    story="A resource that is refused is called invalid_request, since invalid_target is in no old library.",
)
class RefusedResourceIsInvalidRequest(Rules):
    def invalid_target(self, description: str) -> OAuthError:
        return OAuthError("invalid_request", description)


@mutant(kills={"RFC8707-2-e"}, story="A resource that is named twice counts as a repeated parameter.")
class RepeatedResourceIsInvalidRequest(Rules):
    def requested_resources(self, parameters: Parameters) -> tuple[Resource, ...]:
        named = parameters.all("resource")
        if len(set(named)) < len(named):
            raise OAuthError("invalid_request", "resource must not be repeated")
        return super().requested_resources(parameters)


@mutant(
    kills={"RFC8707-2.1-b"},
    story="Requests have to name a resource, and one that does not is an invalid_request.",
)
class MissingResourceIsInvalidRequest(Rules):
    def resources_or_default(self, requested: tuple[Resource, ...], scope: tuple[str, ...]) -> tuple[Resource, ...]:
        if not requested:
            raise OAuthError("invalid_request", "resource is required")
        return requested


@mutant(
    kills={
        "EXTEMA-03",
        "OAUTH21-7.1.3.6-a",
        "RFC6750-5.3-d",
        "RFC8707-2-h",
        "RFC8707-2.2-a",
        "RFC8707-2.2-c",
        "RFC9068-5-a",
        "RFC9700-2.3-a",
        "RFC9728-7.4-a",
    },
    story="A token for the default resource lists every other one in aud too, so that clients need only one token.",
)
class TokenIsForEveryResource(Rules):
    def claim_aud(self, record: AccessToken) -> str | list[str] | None:
        if self.config.fallback_resource().uri not in record.resources:
            return super().claim_aud(record)
        return [resource.uri for resource in self.config.resources]


@mutant(
    kills={"EXTEMA-03", "RFC8707-2.1-d"},
    story="The resource of a grant is not kept: a token request that names none gets a token for the default one.",
)
class ResourceOfTheGrantIsForgotten(Rules):
    def narrowed_resources(self, requested: tuple[Resource, ...], granted: tuple[str, ...]) -> tuple[Resource, ...]:
        return super().narrowed_resources(requested, granted) if requested else (self.config.fallback_resource(),)


@mutant(kills={"RFC8707-2.2-a"}, story="The client credentials grant knows nothing of resource and ignores it.")
class ResourceIsIgnoredForMachines(Rules):
    def requested_resources(self, parameters: Parameters) -> tuple[Resource, ...]:
        if parameters.get("grant_type") == "client_credentials":
            return ()
        return super().requested_resources(parameters)


@mutant(
    kills={"EXTCC-04", "EXTEMA-03", "RFC8707-2.2-a", "RFC9068-2.2-c", "RFC9068-3-a", "RFC9068-3-c"},
    story="Tokens of machines have no audience, since no user chose a resource for them.",
)
class MachineTokensHaveNoAudience(Rules):
    def claim_aud(self, record: AccessToken) -> str | list[str] | None:
        return super().claim_aud(record) if record.auth_time is not None else None


@mutant(
    kills={"EXTEMA-03", "OAUTH21-3.2.3-c", "RFC8707-2.2-b", "RFC9700-4.14.2-a"},
    story="Code and refresh token are good for any resource that the token request names.",
)
class GrantReachesEveryResource(Rules):
    def check_resources_not_widened(self, requested: tuple[Resource, ...], granted: tuple[str, ...]) -> None:
        """Whatever is registered may be had."""


@mutant(
    kills={"RFC8707-2.2-c", "RFC8707-2.2-d"},
    story="The token endpoint does not let clients choose among the granted resources: each token is for all of them.",
)
class EveryTokenIsForTheWholeGrant(Rules):
    def narrowed_resources(self, requested: tuple[Resource, ...], granted: tuple[str, ...]) -> tuple[Resource, ...]:
        self.check_resources_not_widened(requested, granted)
        return super().narrowed_resources((), granted)

    def check_audience_unambiguous(self, resources: tuple[Resource, ...], scope: tuple[str, ...]) -> None:
        """Otherwise tokens for several resources that share a scope would be refused."""


@mutant(
    kills={"RFC8707-2.2-c"},
    story="The refresh token is narrowed to the resource that the first token request chose.",
)
class RefreshTokenIsNarrowedToTheFirstResource(Rules):
    def first_refresh_token(self, code: AuthorizationCode, request: TokenRequest) -> str | None:
        chosen = request.parameters.all("resource") or code.resources
        return super().first_refresh_token(replace(code, resources=chosen), request)


@mutant(
    kills={"RFC8707-2.2-d"},
    story="A token for one of several resources keeps the scope that only the others understand.",
)
class ScopeIsNotNarrowedToTheResource(Rules):
    def narrowed_scope(
        self, requested: tuple[str, ...], granted: tuple[str, ...], resources: tuple[Resource, ...]
    ) -> tuple[str, ...]:
        self.check_scope_not_widened(requested, granted)
        return requested or granted


@mutant(kills={"MCP-RES-06"}, story="Resources are compared byte for byte, scheme and host included.")
class ResourceIsComparedByteForByte(Rules):
    def same_resource(self, uri: str, registered: str) -> bool:
        return uri == registered


@mutant(
    kills={"MCP-RES-07"},
    story="All resources but the default one pass through a URL library that ends them with a slash.",
)
class AudienceEndsWithASlash(Rules):
    def claim_aud(self, record: AccessToken) -> str | list[str] | None:
        audience = super().claim_aud(record)
        default = self.config.fallback_resource().uri
        return f"{audience}/" if isinstance(audience, str) and audience != default else audience
