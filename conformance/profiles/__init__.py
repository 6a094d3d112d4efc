"""Profiles: which requirements are judged together, at which level, with which parameters."""

from conformance.profiles.loader import ProfileError, load_profiles, shipped_folder
from conformance.profiles.model import NEWEST_MCP_PROFILE, Params, Profile

__all__ = ["NEWEST_MCP_PROFILE", "Params", "Profile", "ProfileError", "load_profiles", "shipped_folder"]
