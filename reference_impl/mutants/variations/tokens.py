"""Other ways to make tokens and keys, all of them right."""

from dataclasses import replace

from reference_impl.authorization_server.config import Lifetimes, ServerConfig
from reference_impl.mutants.registry import variation


@variation(story="Access tokens are opaque; the MCP server introspects them.", configures="authorization_server")
def opaque_access_tokens(config: ServerConfig) -> ServerConfig:
    return replace(config, access_token_format="opaque")


@variation(story="Access tokens are signed with RS256.", configures="authorization_server")
def rsa_signing_key(config: ServerConfig) -> ServerConfig:
    return replace(config, signing_algorithm="RS256")


@variation(story="Access tokens are signed with EdDSA.", configures="authorization_server")
def ed25519_signing_key(config: ServerConfig) -> ServerConfig:
    return replace(config, signing_algorithm="EdDSA")


@variation(story="aud is an array, even of one value.", configures="authorization_server")
def audience_as_array(config: ServerConfig) -> ServerConfig:
    return replace(config, audience_as_array=True)


@variation(story="Tokens and codes live as briefly as is sensible.", configures="authorization_server")
def brief_lifetimes(config: ServerConfig) -> ServerConfig:
    lifetimes = Lifetimes(authorization_code=30, user_access_token=60, machine_access_token=60, refresh_token=600)
    return replace(config, lifetimes=lifetimes)
