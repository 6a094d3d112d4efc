"""The bundled reference system: a known-good authorization server and MCP server, and their mutants."""
