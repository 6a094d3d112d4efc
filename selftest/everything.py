"""Profiles that name every checked requirement, so that one run exercises every check."""

from pathlib import Path

import yaml

from conformance.checks import discovered_checks

STATELESS = "everything-stateless"
SESSIONS = "everything-sessions"
_VERSIONS = {STATELESS: "2026-07-28", SESSIONS: "2025-11-25"}
_PARAMS: dict[str, dict[str, bool]] = {
    STATELESS: {"oauth21_error_codes": True, "iss_required": True, "redirect_uri_in_token_request": False},
    SESSIONS: {},
}


def write_everything_profiles(folder: Path) -> tuple[str, ...]:
    """Write one profile YAML per era of MCP into the folder, the newer one as strict as OAuth 2.1; returns the ids."""
    for profile_id, version in _VERSIONS.items():
        profile = {
            "id": profile_id,
            "title": f"Every check, in MCP {version}",
            "mcp_version": version,
            "requires": sorted(discovered_checks()),
            "params": {"rfc9068_access_tokens": True, **_PARAMS[profile_id]},
        }
        (folder / f"{profile_id}.yaml").write_text(yaml.safe_dump(profile, sort_keys=False), encoding="utf-8")
    return tuple(_VERSIONS)
