"""Features that documents recommend and that are left out; each is legal, and worth a warning or a note."""

from dataclasses import replace

from reference_impl.authorization_server.config import (
    ClientIdMetadataOptions,
    DpopOptions,
    RegistrationOptions,
    ServerConfig,
)
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-REG-01"},
    story="Clients are registered by the administrator only.",
    configures="authorization_server",
)
def no_dynamic_registration(config: ServerConfig) -> ServerConfig:
    return replace(config, registration=RegistrationOptions(mode="admin_only"))


@mutant(
    kills={"MCP-REG-02"},
    story="Clients may not identify themselves by a metadata document.",
    configures="authorization_server",
)
def no_client_id_metadata_documents(config: ServerConfig) -> ServerConfig:
    return replace(config, client_id_metadata=ClientIdMetadataOptions(enabled=False))


@mutant(
    kills={"OAUTH21-1.4.3-a", "RFC9700-2.2.1-a"},
    story="DPoP is not supported.",
    configures="authorization_server",
)
def no_dpop(config: ServerConfig) -> ServerConfig:
    return replace(config, dpop=DpopOptions(enabled=False))
