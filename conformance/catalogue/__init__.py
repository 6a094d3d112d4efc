"""What the specifications say, as data."""

from conformance.catalogue.loader import Catalogue, CatalogueError, Document, catalogue
from conformance.catalogue.requirement import is_deep, is_waiting, requirement, requirements_of

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Document",
    "catalogue",
    "is_deep",
    "is_waiting",
    "requirement",
    "requirements_of",
]
