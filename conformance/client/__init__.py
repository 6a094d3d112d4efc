"""The judge's own OAuth and MCP client."""
