"""Other ways to set the server up, all of them right."""

from dataclasses import replace

from reference_impl.authorization_server.config import (
    ServerConfig,
)
from reference_impl.launcher import LaunchOptions
from reference_impl.mutants.registry import variation


@variation(story="The issuer has a path.", configures="launch")
def issuer_with_path(options: LaunchOptions) -> LaunchOptions:
    return replace(options, issuer_path="/t1")


@variation(story="Neither introspection nor revocation is offered.", configures="authorization_server")
def no_introspection_or_revocation(config: ServerConfig) -> ServerConfig:
    return replace(config, introspection=False, revocation=False)


@variation(story="Consent is asked for every time.", configures="authorization_server")
def consent_is_never_remembered(config: ServerConfig) -> ServerConfig:
    return replace(config, remembered_consent="never")


@variation(story="Only loopback IP addresses have a free port, localhost does not.", configures="authorization_server")
def ports_are_free_for_loopback_ip_only(config: ServerConfig) -> ServerConfig:
    return replace(config, any_port_hosts=("127.0.0.1", "::1"))


@variation(story="All tokens are opaque, the harness's issuer's too: the MCP server introspects.", configures="launch")
def opaque_tokens_everywhere(options: LaunchOptions) -> LaunchOptions:
    return replace(options, opaque_tokens_only=True)
