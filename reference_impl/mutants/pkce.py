"""Departures from RFC 7636: proof keys that prove less than they should, or the wrong thing."""

import hmac
import re
from base64 import urlsafe_b64encode
from typing import ClassVar

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.session import LoggedInUser
from reference_impl.authorization_server.rules.token import TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"RFC7636-4.4.1-a", "RFC7636-4.4.1-b", "OAUTH21-4.1.1-b", "OAUTH21-4.1.2.1-c"},
    story="PKCE is checked only when the client uses it, so whoever leaves code_challenge out is spared.",
)
class PkceIsOptional(Rules):
    def check_code_challenge(self, parameters: Parameters, client: Client) -> None:
        if parameters.get("code_challenge") is not None:
            super().check_code_challenge(parameters, client)


@mutant(
    kills={"RFC7636-4.4.1-a", "OAUTH21-4.1.2.1-c"},
    story="A missing code_challenge is reported as access_denied, as if the user had said no.",
)
class MissingChallengeIsAccessDenied(Rules):
    def check_code_challenge_present(self, parameters: Parameters) -> None:
        if parameters.get("code_challenge") is None:
            raise OAuthError("access_denied", "code_challenge is required")


@mutant(kills={"RFC7636-4.4.1-b"}, story="A missing code_challenge is refused without a word of explanation.")
class MissingChallengeIsNotExplained(Rules):
    def check_code_challenge_present(self, parameters: Parameters) -> None:
        if parameters.get("code_challenge") is None:
            raise OAuthError("invalid_request", "")


@mutant(
    kills={"RFC7636-4.4.1-c", "RFC7636-4.4.1-d", "OAUTH21-4.1.2.1-d"},
    story="Every code_challenge_method that is not plain is taken for S256.",
)
class UnknownMethodIsTakenForS256(Rules):
    def check_code_challenge_method(self, parameters: Parameters) -> None:
        if parameters.get("code_challenge_method") in (None, "plain"):
            raise OAuthError("invalid_request", "code_challenge_method must be S256")


@mutant(
    kills={"RFC7636-4.4.1-c", "OAUTH21-4.1.2.1-d"},
    story="An unknown code_challenge_method is answered with unsupported_response_type.",
)
class UnknownMethodIsUnsupportedResponseType(Rules):
    def check_code_challenge_method(self, parameters: Parameters) -> None:
        if parameters.get("code_challenge_method") not in ("S256", "plain", None):
            raise OAuthError("unsupported_response_type", "this code_challenge_method is not supported")
        super().check_code_challenge_method(parameters)


@mutant(kills={"RFC7636-4.4.1-d"}, story="An unsupported code_challenge_method is refused without explanation.")
class UnknownMethodIsNotExplained(Rules):
    def check_code_challenge_method(self, parameters: Parameters) -> None:
        if parameters.get("code_challenge_method") not in self.accepted_challenge_methods():
            raise OAuthError("invalid_request", "")


@mutant(
    kills={"RFC7636-4.3-b", "OAUTH21-4.1.1-c"},
    story="A code_challenge without code_challenge_method is taken for S256 rather than plain.",
)
class MissingMethodMeansS256(Rules):
    def accepted_challenge_methods(self) -> tuple[str | None, ...]:
        return ("S256", None)


@mutant(kills={"RFC7636-7.2-b", "OAUTH21-7.5.2-a"}, story="The metadata offers the plain method for old clients' sake.")
class PlainIsAdvertised(Rules):
    def code_challenge_methods_supported(self) -> list[str] | None:
        return ["S256", "plain"]


@mutant(
    kills={"RFC7636-7.2-b", "RFC7636-7.2-c", "OAUTH21-4.1.1-c", "OAUTH21-7.5.2-a"},
    story="Plain challenges are accepted, and the code carries them along so that the server need not store them.",
)
class PlainChallengeTravelsInTheCode(Rules):
    def accepted_challenge_methods(self) -> tuple[str | None, ...]:
        return ("S256", "plain")

    def challenge_for(self, verifier: str, _method: str | None) -> str:
        return verifier if _method == "plain" else super().challenge_for(verifier, _method)

    def issue_code(self, request: AuthorizationRequest, login: LoggedInUser) -> str:
        code = super().issue_code(request, login)
        return f"{code}.{request.code_challenge}" if request.code_challenge_method == "plain" else code

    def presented_code(self, request: TokenRequest) -> AuthorizationCode:
        return _code_before_the_dot(self, request)


@mutant(
    kills={"RFC7636-4.4-b", "OAUTH21-4.1.2-e"},
    story="The code is self-contained: a readable payload with the code_challenge rides along with it.",
)
class CodeShowsItsChallenge(Rules):
    def issue_code(self, request: AuthorizationRequest, login: LoggedInUser) -> str:
        payload = urlsafe_b64encode(f'{{"cc":"{request.code_challenge}"}}'.encode()).rstrip(b"=").decode()
        return f"{super().issue_code(request, login)}.{payload}"

    def presented_code(self, request: TokenRequest) -> AuthorizationCode:
        return _code_before_the_dot(self, request)


@mutant(
    kills={"RFC7636-4.2-b", "RFC9700-2.1.1-b"},
    story="The code_verifier is kept in a column of 64 characters, so longer ones are cut off before hashing.",
)
class VerifierIsCutAt64Characters(Rules):
    def challenge_for(self, verifier: str, method: str | None) -> str:
        return super().challenge_for(verifier[:64], method)


@mutant(kills={"RFC7636-4.6-a"}, story="The syntax check of code_verifier forgets '.' and '~'.")
class VerifierMustBeBase64url(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return re.fullmatch(r"[A-Za-z0-9_-]{43,128}", verifier) is not None


@mutant(kills={"RFC7636-4.1-c"}, story="Length and alphabet of code_verifier are not looked at before hashing.")
class VerifierSyntaxIsNotChecked(Rules):
    def verifier_is_well_formed(self, verifier: str) -> bool:
        return bool(verifier)


@mutant(
    kills={
        "OAUTH21-4.1.2-b",
        "OAUTH21-7.5.3-a",
        "RFC7636-4.4-a",
        "RFC7636-4.5-b",
        "RFC7636-4.6-b",
        "OAUTH21-4.1.1-b",
        "RFC8252-6-a",
        "RFC9700-2.1.1-c",
    },
    story="Any well-formed code_verifier will do, since its comparison was left for later.",
)
class VerifierIsNotCompared(Rules):
    def verifier_matches(self, code: AuthorizationCode, verifier: str) -> bool:
        return bool(code.code_challenge and verifier)


@mutant(kills={"RFC7636-4.6-b"}, story="A wrong code_verifier is called invalid_request.")
class WrongVerifierIsInvalidRequest(Rules):
    def wrong_code_verifier(self) -> OAuthError:
        return OAuthError("invalid_request", "code_verifier does not match code_challenge")


@mutant(
    kills={"RFC7636-4.4-a", "OAUTH21-4.1.3-b", "RFC9700-2.1.1-c"},
    story="A token request without code_verifier is accepted even when a challenge was sent.",
)
class VerifierMayBeLeftOut(Rules):
    def check_code_verifier(self, code: AuthorizationCode, parameters: Parameters) -> None:
        if parameters.get("code_verifier") is not None:
            super().check_code_verifier(code, parameters)


@mutant(
    kills={"OAUTH21-4.1.2-b", "RFC7636-4.4-a"},
    story="The challenge is kept with the client, so the newest flow's challenge counts for every open code.",
)
class NewestChallengeOfTheClientCounts(Rules):
    newest: ClassVar[dict[str, str | None]] = {}

    def issue_code(self, request: AuthorizationRequest, login: LoggedInUser) -> str:
        self.newest[request.client_id] = request.code_challenge
        return super().issue_code(request, login)

    def verifier_matches(self, code: AuthorizationCode, verifier: str) -> bool:
        expected = self.challenge_for(verifier, code.code_challenge_method)
        return hmac.compare_digest(expected, self.newest.get(code.client_id) or "")


@mutant(
    kills={"RFC7636-4.5-b"},
    story="The method bound to the code is forgotten: a verifier that equals the challenge passes as plain.",
)
class ChallengeIsItsOwnVerifier(Rules):
    def verifier_matches(self, code: AuthorizationCode, verifier: str) -> bool:
        return verifier == code.code_challenge or super().verifier_matches(code, verifier)


def _code_before_the_dot(rules: Rules, request: TokenRequest) -> AuthorizationCode:
    value = request.parameters.get("code")
    if value is None:
        raise OAuthError("invalid_request", "code is required")
    value = value.partition(".")[0]
    code = rules.store.codes.find(hash_secret(value))
    if code is None:
        raise rules.invalid_code("the code is unknown")
    return code
