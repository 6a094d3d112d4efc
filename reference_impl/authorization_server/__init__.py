"""A small OAuth 2.1 authorization server for MCP: every obligation is one named method of `rules`."""
