"""The rules of the authorization server: one mixin per topic, one short named method per obligation.

A deviation (a mutant, a variation) is a subclass of `Rules` that overrides a method.
"""

from reference_impl.authorization_server.rules.client_id_metadata import ClientIdMetadataRules
from reference_impl.authorization_server.rules.dpop import DpopRules
from reference_impl.authorization_server.rules.dpop_binding import DpopBindingRules
from reference_impl.authorization_server.rules.introspection import IntrospectionRules
from reference_impl.authorization_server.rules.metadata import MetadataRules
from reference_impl.authorization_server.rules.pages import PageRules
from reference_impl.authorization_server.rules.registration_management import RegistrationManagementRules
from reference_impl.authorization_server.rules.revocation import RevocationRules


class Rules(
    MetadataRules,
    PageRules,
    RegistrationManagementRules,
    ClientIdMetadataRules,
    RevocationRules,
    IntrospectionRules,
    DpopRules,
    DpopBindingRules,
):
    """Every rule of the server."""
