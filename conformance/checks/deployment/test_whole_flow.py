"""With nothing configured but the URL: MCP, Authorization Server Location and Authorization Flow Steps."""

from conformance.catalogue import requirement
from conformance.client.newcomer import Newcomer


@requirement("MCP-PRM-01")
def test_the_metadata_leads_to_a_token_that_is_accepted(newcomer: Newcomer) -> None:
    """From the 401 by way of the metadata to a token, with which the session opens and a tool is called.

    Control: registration and login work.
    Means: a client that was given nothing but the URL never gets in.
    Fix: name in authorization_servers, resource and scope what the authorization server knows by these names.
    """
    scope = newcomer.scope()
    token = newcomer.granted(newcomer.authorization_server(), scope)
    access = token.access_token or ""
    newcomer.serves(access, newcomer.calls(access, token.scope or scope))


@requirement("MCP-ASM-11")
def test_the_root_of_the_host_leads_to_a_token_that_is_accepted(newcomer: Newcomer) -> None:
    """From the 401 by way of the metadata at the root of the host to a token, with which a tool is called.

    Control: the metadata is there; registration and login work.
    Means: a client of MCP 2025-03-26 that was given nothing but the URL never gets in.
    Fix: accept the tokens of the authorization server whose metadata the root of the host has.
    """
    scope = newcomer.challenged_scope()
    token = newcomer.granted(newcomer.authorization_server_at_root(), scope)
    access = token.access_token or ""
    newcomer.serves(access, newcomer.calls(access, token.scope or scope))
