"""The rules of the protected resource: one mixin a topic, one method an obligation."""


class McpServerRules:
    """Every obligation the server honours; a departure is a subclass that overrides one method."""
