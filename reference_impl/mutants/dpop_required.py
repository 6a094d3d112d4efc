"""Departures of an MCP server that takes DPoP-bound tokens and no others: what it does wrong with the tokens.

Each is a departure that an ordinary server has a mutant for as well; behind good proofs it has to be seen all the same.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reference_impl.mcp_server.config import DpopMode, McpServerConfig, ProtectedResource
from reference_impl.mcp_server.http_request import AccessToken
from reference_impl.mcp_server.jose import SignedJwt, VerificationKey
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant
from reference_impl.mutants.token_validation_claims import EVERY_AUDIENCE_ROW, EVERY_EXPIRY_ROW


class _DpopRequired(McpServerRules):
    """The reference as its variation `dpop-required`."""

    def __init__(self, config: McpServerConfig) -> None:
        super().__init__(replace(config, dpop=DpopMode.REQUIRED))


@mutant(
    kills={"EXTDPOP-06", "MCP-TOK-08", "RFC9068-4-m", *EVERY_AUDIENCE_ROW},
    story="Bound tokens only, and whoever holds the key may use it here, whatever it is for.",
)
class DpopRequiredForAnyAudience(_DpopRequired):
    def check_audience(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        return


@mutant(
    kills={"MCP-TOK-05", "RFC6749-7-a", "RFC6750-5.2-b", "RFC9068-4-i", "RFC9068-4-k", "RFC9068-4-m"},
    story="Bound tokens only: the proof's signature is verified, the token's isn't.",
)
class DpopRequiredOfUnsignedTokens(_DpopRequired):
    def check_token_signature(self, token: SignedJwt, key: VerificationKey) -> None:
        return


@mutant(
    kills=EVERY_EXPIRY_ROW | {"RFC7662-2.2-d", "RFC9068-4-m"},
    story="Bound tokens only, and the time of the proof is taken for that of the token.",
)
class DpopRequiredForEver(_DpopRequired):
    def check_expiry(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        self.seconds(claims, "exp")


@mutant(
    kills={
        "MCP-ERR-01",
        "MCP-SBP-11",
        "MCP-STEP-01",
        "MCP-STEP-02",
        "MCP-STEP-03",
        "MCP-STEP-04",
        "MCP-TOK-05",
        "OAUTH21-5-a",
        "OAUTH21-5.2-a",
        "RFC6749-7-a",
        "RFC6750-3.1-c",
        "RFC8693-4.1-a",
        "RFC9068-4-n",
    },
    story="Bound tokens only, and who has the key needs no scope.",
)
class DpopRequiredInsteadOfScopes(_DpopRequired):
    def missing_scopes(self, token: AccessToken, needed: tuple[str, ...]) -> tuple[str, ...]:
        return ()


@mutant(kills={"MCP-TOK-08"}, story="Bound tokens only, and a token that has expired is called forbidden.")
class DpopRequiredAndExpiredIsForbidden(_DpopRequired):
    def check_expiry(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        try:
            super().check_expiry(claims, resource)
        except RefusalError as refusal:
            refusal.status = 403
            raise


@mutant(kills={"RFC9728-2-n"}, story="Bound tokens only, and the metadata doesn't say so.")
class DpopRequiredInSilence(_DpopRequired):
    def metadata_dpop_bound_access_tokens_required(self, _resource: ProtectedResource) -> bool | None:
        return None


@mutant(
    kills={"EXTDPOP-03", "RFC9449-7.1-b", "RFC9728-2-n"},
    story="Bound tokens only, and neither the metadata nor any challenge has a word of DPoP.",
)
class DpopRequiredWithoutNotice(DpopRequiredInSilence):
    def metadata_dpop_signing_alg_values_supported(self, _resource: ProtectedResource) -> list[str] | None:
        return None

    def challenge_schemes(self) -> tuple[str, ...]:
        return ("Bearer",)
