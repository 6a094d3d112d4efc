"""Departures from OpenID Connect Discovery, sections 3 and 4, that RFC 8414 says nothing of."""

from typing import Any

from joserfc.jwk import ECKey

from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.certificate import certificate_of
from reference_impl.mutants.metadata_members import OpenidDocument
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"OIDCD-3-b", "MCP-GEN-07", "MCP-SEC-04", "OAUTH21-1.5-a"},
    story="The OpenID document names userinfo as a proxy inside sees it.",
)
class UserinfoOverHttp(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"userinfo_endpoint": "http://users.internal.example/userinfo"}


@mutant(kills={"OIDCD-3-c"}, story="The OpenID document lists the one algorithm that is in use.")
class OneIdTokenAlgorithm(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"id_token_signing_alg_values_supported": ["ES256"]}


@mutant(
    kills={"OIDCD-3-f"}, story="The next signing key is put into the key set as it was made, private part included."
)
class NextKeyIsPublishedWhole(Rules):
    def jwks_document(self) -> dict[str, Any]:
        following = ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True)
        return {"keys": [*super().jwks_document()["keys"], self.published_key(dict(following))]}


@mutant(kills={"OIDCD-3-h"}, story="The certificate in the key set was forgotten when the key was exchanged.")
class CertificateOfTheLastKey(Rules):
    def published_key(self, key: dict[str, Any]) -> dict[str, Any]:
        last = ECKey.generate_key("P-256")
        return {**super().published_key(key), "x5c": [certificate_of(last)]}


@mutant(
    kills={"OIDCD-4.2-b", "RFC8414-3.2-c"}, story="The OpenID document has the claims in one string, as scopes are."
)
class ClaimsAsString(OpenidDocument):
    def members(self) -> dict[str, Any]:
        return {"claims_supported": "sub auth_time"}
