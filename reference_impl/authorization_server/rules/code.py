"""The authorization code: what it is bound to, and that it counts once (RFC 6749, 4.1.2 and 4.1.3)."""

import secrets
from collections.abc import Callable

from reference_impl.authorization_server.config import hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.id_token import IdTokenRules
from reference_impl.authorization_server.rules.pkce import PkceRules
from reference_impl.authorization_server.rules.refresh import RefreshRules
from reference_impl.authorization_server.rules.session import LoggedInUser
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode

CodeStep = Callable[[AuthorizationCode, TokenRequest], None]


class CodeRules(PkceRules, RefreshRules, IdTokenRules):
    """Issuing and redeeming codes."""

    # Issuing

    def issue_code(self, request: AuthorizationRequest, login: LoggedInUser) -> str:
        """OAUTH21-4.1.2-b, RFC7636-4.4-a: a code for what the user agreed to, bound to all of it."""
        code, now = self.new_code(), self.now()
        record = AuthorizationCode(
            code_hash=hash_secret(code),
            grant_id=secrets.token_hex(16),
            client_id=request.client_id,
            redirect_uri=request.redirect_uri,
            redirect_uri_was_sent=request.redirect_uri_was_sent,
            code_challenge=request.code_challenge,
            code_challenge_method=request.code_challenge_method,
            scope=request.scope,
            resources=request.resources,
            subject=login.user.subject,
            auth_time=login.auth_time,
            dpop_jkt=request.dpop_jkt,
            issued_at=now,
            expires_at=now + self.code_lifetime(),
            authorization_details=request.authorization_details,
            nonce=request.nonce,
        )
        self.store.codes.add(record)
        return code

    def new_code(self) -> str:
        """OAUTH21-7.7-a, RFC7636-4.4-b, OAUTH21-4.1.2-e: 256 random bits and nothing else."""
        return secrets.token_urlsafe(32)

    def code_lifetime(self) -> int:
        """OAUTH21-4.1.2-a: seconds, ten minutes at most."""
        return min(self.config.lifetimes.authorization_code, 600)

    # Redeeming

    def redeem_code(self, request: TokenRequest) -> TokenAnswer:
        """OAUTH21-4.1.3-a: tokens for a code. What is wrong with resource or scope does not cost the code."""
        code = self.presented_code(request)
        for step in self.code_steps():
            step(code, request)
        resources = self.narrowed_resources(self.requested_resources(request.parameters), code.resources)
        scope = self.narrowed_scope(self.requested_scope(request.parameters), code.scope, resources)
        self.check_audience_unambiguous(resources, scope)
        details = self.narrowed_authorization_details(request.parameters, code.authorization_details)
        self.spend_code(code)
        grant = TokenGrant(
            client=request.client,
            subject=code.subject,
            scope=scope,
            resources=tuple(resource.uri for resource in resources),
            grant_id=code.grant_id,
            auth_time=code.auth_time,
            jkt=request.jkt,
            authorization_details=details,
        )
        answer = self.token_answer(grant, self.first_refresh_token(code, request))
        return {**answer, **self.id_token_member(code)}

    def code_steps(self) -> tuple[CodeStep, ...]:
        """The judgements of a redemption, in order. A used code is judged alike: see `spend_code`."""
        return (
            self.check_code_client,
            self.check_code_age,
            self.check_code_dpop_key,
            self.check_code_redirect_uri,
            self.check_code_proof,
        )

    def presented_code(self, request: TokenRequest) -> AuthorizationCode:
        """The code of the request."""
        value = request.parameters.get("code")
        if value is None:
            raise OAuthError("invalid_request", "code is required")
        code = self.store.codes.find(hash_secret(value))
        if code is None:
            raise self.invalid_code("the code is unknown")
        return code

    def check_code_client(self, code: AuthorizationCode, request: TokenRequest) -> None:
        """OAUTH21-4.1.2-b, OAUTH21-4.1.3-c."""
        if code.client_id != request.client.client_id:
            raise self.invalid_code("the code was issued to another client")

    def check_code_age(self, code: AuthorizationCode, _: TokenRequest) -> None:
        """OAUTH21-4.1.2-a."""
        if code.expires_at <= self.now():
            raise self.invalid_code("the code has expired")

    def check_code_dpop_key(self, code: AuthorizationCode, request: TokenRequest) -> None:
        """RFC9449-10-a."""
        self.check_dpop_key_of_code(code, request.jkt)

    def check_code_redirect_uri(self, code: AuthorizationCode, request: TokenRequest) -> None:
        """RFC6749-4.1.3-a, OAUTH21-10.2-a, OAUTH21-4.1.2-b: if it is sent, the one of the authorization request."""
        sent = request.parameters.get("redirect_uri")
        if sent is None:
            self.check_redirect_uri_may_be_absent(code)
        elif sent != code.redirect_uri:
            raise self.invalid_code("redirect_uri differs from the authorization request")

    def check_redirect_uri_may_be_absent(self, code: AuthorizationCode) -> None:
        """OAUTH21-10.2-a: OAuth 2.1 clients do not send it; the challenge binds the code to its client instead."""
        if code.code_challenge is None and code.redirect_uri_was_sent:
            raise self.invalid_code("redirect_uri is required")

    def check_code_proof(self, code: AuthorizationCode, request: TokenRequest) -> None:
        """RFC7636-4.6-b: a wrong verifier also costs the code, so that nobody can go on guessing."""
        try:
            self.check_code_verifier(code, request.parameters)
        except OAuthError as error:
            if error.error == "invalid_grant":
                self.burn_code(code)
            raise

    def burn_code(self, code: AuthorizationCode) -> None:
        """Make the code worthless without revoking anything."""
        self.store.codes.use(code.code_hash, self.now())

    def spend_code(self, code: AuthorizationCode) -> None:
        """OAUTH21-4.1.3-a, OAUTH21-7.5.3-a: the first use wins.

        Whoever comes second has passed all the other checks, so the code is in two hands: its tokens are revoked.
        A replay with wrong parameters never gets here and revokes nothing.
        """
        if not self.store.codes.use(code.code_hash, self.now()):
            self.revoke_replayed_grant(code)
            raise self.invalid_code("the code was used before")

    def revoke_replayed_grant(self, code: AuthorizationCode) -> None:
        """OAUTH21-4.1.3-a: end the tokens that came of the code."""
        self.store.grants.revoke(code.grant_id, self.now())

    def invalid_code(self, description: str) -> OAuthError:
        """OAUTH21-3.2.4-a."""
        return OAuthError("invalid_grant", description)
