"""The rules of the authorization server: one mixin per topic, one short named method per obligation.

A deviation (a mutant, a variation) is a subclass of `Rules` that overrides a method.
"""

from reference_impl.authorization_server.rules.metadata import MetadataRules
from reference_impl.authorization_server.rules.pages import PageRules


class Rules(MetadataRules, PageRules):
    """Every rule of the server."""
