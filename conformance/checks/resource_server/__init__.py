"""What an MCP server has to do as a protected resource, seen from outside."""
