"""Departures of the MCP server in looking after the keys of its issuers: OpenID Connect Core, 10.1.1."""

from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.state import IssuerKeys
from reference_impl.mutants.registry import mutant


@mutant(kills={"OIDCC-10.1.1-a"}, story="Keys are fetched at the first token and never again.")
class NewKeysAreNotFetched(McpServerRules):
    def may_refetch_keys(self, cached: IssuerKeys) -> bool:
        return False


@mutant(kills={"OIDCC-10.1.1-b"}, story="Fetched keys are added to those that are known; none is ever taken out.")
class WithdrawnKeysAreKept(McpServerRules):
    async def fetch_keys(self, issuer: str, cached: IssuerKeys) -> None:
        before = cached.keys
        await super().fetch_keys(issuer, cached)
        cached.keys = (*cached.keys, *before)


@mutant(kills={"CWE-406-a"}, story="Every unknown key id is worth a look at the key set.")
class NoRestBetweenLooks(McpServerRules):
    def may_refetch_keys(self, cached: IssuerKeys) -> bool:
        return True


@mutant(kills={"CWE-406-a"}, story="The key set is fetched for every token.")
class KeysAreNotCached(McpServerRules):
    def keys_are_current(self, cached: IssuerKeys) -> bool:
        return False
