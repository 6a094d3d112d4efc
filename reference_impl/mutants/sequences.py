"""Departures that no single step shows, but a sequence of them: grants that come back or end with others."""

from typing import ClassVar

from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.authorization_server.store.tokens import AccessToken, RefreshToken
from reference_impl.mutants.registry import mutant


@mutant(
    deep_kills={"OAUTH21-4.1.3-a"},
    story="Revoking a refresh token also deletes the note that its code was used, so the code is good again.",
)
class RevocationForgetsTheUsedCode(Rules):
    reopened: ClassVar[set[str]] = set()

    def revoke_refresh_token(self, token: RefreshToken) -> None:
        super().revoke_refresh_token(token)
        self.reopened.add(token.grant_id)

    def spend_code(self, code: AuthorizationCode) -> None:
        if code.grant_id in self.reopened:
            self.reopened.discard(code.grant_id)
        else:
            super().spend_code(code)


@mutant(
    deep_kills={"OAUTH21-4.1.3-d"},
    story="A replayed code ends the tokens of its first answer; what they were exchanged for lives on.",
)
class ReplayEndsTheFirstTokensOnly(Rules):
    refreshed: ClassVar[set[str]] = set()

    def next_refresh_token(self, token: RefreshToken) -> str:
        self.refreshed.add(token.grant_id)
        return super().next_refresh_token(token)

    def revoke_replayed_grant(self, code: AuthorizationCode) -> None:
        if code.grant_id not in self.refreshed:
            super().revoke_replayed_grant(code)


@mutant(
    deep_kills={"OAUTH21-4.3.1-a"},
    story="Only the first refresh token of a family is watched; when a later one comes again, the family lives on.",
)
class OnlyTheFirstRefreshTokenIsWatched(Rules):
    first: ClassVar[dict[str, str]] = {}

    def rotate_refresh_token(self, token: RefreshToken) -> str:
        self.first.setdefault(token.grant_id, token.token_hash)
        return super().rotate_refresh_token(token)

    def revoke_family(self, token: RefreshToken) -> None:
        if self.first.get(token.grant_id) == token.token_hash:
            super().revoke_family(token)


@mutant(
    deep_kills={"RFC7009-2-a"},
    story="The list of revoked refresh tokens drops an entry as soon as it has turned a request away.",
)
class RevocationIsForgottenOnceItWasMet(Rules):
    listed: ClassVar[set[str]] = set()
    dropped: ClassVar[set[str]] = set()

    def revoke_refresh_token(self, token: RefreshToken) -> None:
        if not self.store.grants.is_revoked(token.grant_id):
            self.listed.add(token.grant_id)
        super().revoke_refresh_token(token)

    def check_refresh_not_revoked(self, token: RefreshToken, request: TokenRequest) -> None:
        if token.grant_id in self.dropped:
            return
        if token.grant_id in self.listed:
            self.dropped.add(token.grant_id)
        super().check_refresh_not_revoked(token, request)


@mutant(
    deep_kills={"RFC7662-4-a"},
    story="A refresh writes the record of its grant anew, so that access tokens revoked before are active again.",
)
class RefreshBringsRevokedTokensBack(Rules):
    refreshed: ClassVar[set[str]] = set()

    def redeem_refresh_token(self, request: TokenRequest) -> TokenAnswer:
        token = self.presented_refresh_token(request)
        answer = super().redeem_refresh_token(request)
        self.refreshed.add(token.grant_id)
        return answer

    def revoke_access_token(self, token: AccessToken) -> None:
        self.refreshed.discard(token.grant_id)
        super().revoke_access_token(token)

    def token_is_not_revoked(self, token: AccessToken | RefreshToken) -> bool:
        return token.grant_id in self.refreshed or super().token_is_not_revoked(token)


@mutant(
    deep_kills={"ROBUST-LIFE-a"},
    story="A replayed refresh token ends every refresh token that the user has given to anybody.",
)
class ReplayLogsTheUserOutEverywhere(Rules):
    def revoke_family(self, token: RefreshToken) -> None:
        super().revoke_family(token)
        everything = "UPDATE refresh_tokens SET revoked_at = ? WHERE subject = ?"
        self.store.connection.execute(everything, (self.now(), token.subject))
