"""Which profiles are candidates, and which profiles name a requirement."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from conformance.catalogue import catalogue
from conformance.checks import discovered_checks
from conformance.profiles import NEWEST_MCP_PROFILE, Profile, load_profiles
from conformance.profiles.model import DEEP_PROFILE
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
        self.deep = _deep(options)
        self.candidates = tuple(self.all[i] for i in dict.fromkeys((*chosen, *((DEEP_PROFILE,) if self.deep else ()))))
        self.only = frozenset(options.only)
        for requirement_id in options.only:
            _known_requirement(requirement_id, deep=self.deep)

    def profiles_for(self, requirement_id: str, *, deep: bool = False) -> tuple[Profile, ...]:
        """The candidates that name this requirement; none when --only names others, or for a deep check without --deep.

        The profile that comes with --deep is for deep checks alone.
        """
        if (self.only and requirement_id not in self.only) or (deep and not self.deep):
            return ()
        return tuple(
            profile
            for profile in self.candidates
            if requirement_id in profile.requires and (deep or profile.id != DEEP_PROFILE)
        )

    def _known(self, source: str, profile_id: str) -> None:
        if profile_id not in self.all:
            near = get_close_matches(profile_id, self.all, n=1, cutoff=0.3)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(self.all)}"
            raise ConfigurationError(f"{source}: unknown profile {profile_id!r}; {hint}")


def _deep(options: Options) -> bool:
    if options.deep is None:
        if options.profiles == (DEEP_PROFILE,):
            raise ConfigurationError(f"--profile {DEEP_PROFILE}: its checks run with --deep only; add --deep")
        return False
    if options.safe:
        raise ConfigurationError("--deep sends many requests that create state, and --safe forbids that; leave one out")
    if options.deep.examples < 1:
        raise ConfigurationError(f"--deep-examples {options.deep.examples}: has to be 1 or more")
    return True


def _known_requirement(requirement_id: str, *, deep: bool) -> None:
    row = catalogue().rows.get(requirement_id)
    if row is None:
        near = catalogue().nearest(requirement_id)
        raise ConfigurationError(
            f"--only: unknown requirement {requirement_id!r}" + (f"; did you mean {near}?" if near else "")
        )
    if row.excluded:
        raise ConfigurationError(f"--only: {requirement_id} is not judged: {row.excluded}")
    checks = () if deep else discovered_checks().get(requirement_id, ())
    if checks and all(check.deep for check in checks):
        raise ConfigurationError(f"--only: {requirement_id} is judged with --deep only; add --deep")
