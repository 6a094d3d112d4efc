"""What only an authorization server and an MCP server together show."""
