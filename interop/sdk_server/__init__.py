"""An authorization server and an MCP server made of the `mcp` SDK's own auth modules."""
