"""The bundled MCP server: a protected resource whose OAuth rules are one short named method each."""
