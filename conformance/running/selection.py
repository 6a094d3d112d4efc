"""Which profiles are candidates, and which profiles name a requirement."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from conformance.catalogue import catalogue
from conformance.profiles import NEWEST_MCP_PROFILE, Profile, load_profiles
from conformance.running.options import Options
from conformance.targets import ConfigurationError


class Selection:
    """The candidate profiles of a run. Raises ConfigurationError or ProfileError while being made."""

    def __init__(self, options: Options, target_profiles: Sequence[str]) -> None:
        self.all: Mapping[str, Profile] = load_profiles(options.profiles_folder)
        file = (options.target or "").partition(":")[2]
        for source, ids in (("--profile", options.profiles), (f"{file}: profiles", target_profiles)):
            for profile_id in ids:
                self._known(source, profile_id)
        if options.profiles:
            chosen: Sequence[str] = options.profiles
        elif options.keyword:
            chosen = tuple(self.all)
        else:
            chosen = tuple(target_profiles) or (NEWEST_MCP_PROFILE,)
        self.candidates = tuple(self.all[i] for i in dict.fromkeys(chosen))
        self.only = frozenset(options.only)
        for requirement_id in options.only:
            _known_requirement(requirement_id)

    def profiles_for(self, requirement_id: str) -> tuple[Profile, ...]:
        """The candidates that name this requirement; none when --only names others."""
        if self.only and requirement_id not in self.only:
            return ()
        return tuple(profile for profile in self.candidates if requirement_id in profile.requires)

    def _known(self, source: str, profile_id: str) -> None:
        if profile_id not in self.all:
            near = get_close_matches(profile_id, self.all, n=1, cutoff=0.3)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(self.all)}"
            raise ConfigurationError(f"{source}: unknown profile {profile_id!r}; {hint}")


def _known_requirement(requirement_id: str) -> None:
    row = catalogue().rows.get(requirement_id)
    if row is None:
        near = catalogue().nearest(requirement_id)
        raise ConfigurationError(
            f"--only: unknown requirement {requirement_id!r}" + (f"; did you mean {near}?" if near else "")
        )
    if row.excluded:
        raise ConfigurationError(f"--only: {requirement_id} is not judged: {row.excluded}")
