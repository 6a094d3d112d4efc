"""Departures that a few examples by hand don't meet: lengths, white space, and what parsers make of a URI."""

from collections.abc import Iterable

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.mutants.registry import mutant

_LENGTH_OF_SECRETS = 43


@mutant(
    deep_kills={"RFC7636-4.6-a"},
    story="code_verifier is decoded as base64url first, which fails for every length of four times n plus one.",
)
class VerifierIsDecodedFirst(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return super().verifier_is_well_formed(verifier) and len(verifier) % 4 != 1


@mutant(
    deep_kills={"RFC7636-4.1-c"},
    story="White space around code_verifier is trimmed before its syntax is checked, and hashed all the same.",
)
class VerifierSyntaxIsCheckedTrimmed(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return super().verifier_is_well_formed(verifier.strip())


@mutant(
    deep_kills={"RFC7636-4.6-b"},
    story="Padding at the end of code_verifier is dropped, for clients that send base64 with it.",
)
class VerifierPaddingIsDropped(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return super().verifier_is_well_formed(verifier.rstrip("="))

    def verifier_matches(self, code: AuthorizationCode, verifier: str) -> bool:
        return super().verifier_matches(code, verifier.rstrip("="))


@mutant(
    deep_kills={"MCP-SEC-12", "OAUTH21-2.3.1-b", "RFC9700-2.1-a"},
    story="Backslashes in a redirect URI are taken for slashes, as browsers take them.",
)
class RedirectUriBackslashCountsAsSlash(Rules):
    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        return super().redirect_uri_matches(sent.replace("\\", "/"), registered)


@mutant(deep_kills={"RFC8707-2.1-c"}, story="Resources are compared without their query.")
class ResourceQueryIsIgnored(Rules):
    def same_resource(self, uri: str, registered: str) -> bool:
        return super().same_resource(uri.partition("?")[0], registered)


@mutant(
    deep_kills={"RFC6750-5.2-c"},
    story="A scope that names a word twice is taken for a mistake, and the default scope for what was meant.",
)
class RepeatedWordMeansTheDefault(Rules):
    def requested_scope(self, parameters: Parameters) -> tuple[str, ...]:
        words = (parameters.get("scope") or "").split(" ")
        is_new = parameters.get("grant_type") is None
        return () if is_new and len(set(words)) < len(words) else super().requested_scope(parameters)


@mutant(
    deep_kills={"OAUTH21-4.3.1-b"},
    story="A refresh is held against how many scopes were granted, not against which.",
)
class RefreshScopesAreCounted(Rules):
    def check_scope_not_widened(self, requested: Iterable[str], granted: Iterable[str]) -> None:
        if len(list(requested)) > len(list(granted)):
            raise self.invalid_scope("scope exceeds what was granted")


@mutant(
    deep_kills={"OAUTH21-3.2.1-a"},
    story="A client_secret is cut off after the length of those that this server issues, before it is compared.",
)
class SecretIsCutOff(Rules):
    def check_client_secret(self, client: Client, secret: str) -> None:
        super().check_client_secret(client, secret[:_LENGTH_OF_SECRETS])
