"""The `container` section of a target file: what to start, on which ports, and how to see that it is ready."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from conformance.catalogue.marked_yaml import Marked, MarkedYamlError, load_marked
from conformance.client.facts import TargetFacts
from conformance.targets.errors import ConfigurationError
from conformance.targets.target_file import Kinds, facts_from, load_target_yaml, section

SAME = "same"
READY_SECONDS = 60.0

_CONTAINER: Kinds = {
    "image": str,
    "build": dict,
    "command": list,
    "ports": dict,
    "environment": dict,
    "certificate": dict,
    "health": dict,
    "log_file": str,
    "target_file": str,
}
_BUILD: Kinds = {"context": str, "dockerfile": str, "args": dict}
_CERTIFICATE: Kinds = {"chain": str, "key": str}
_HEALTH: Kinds = {"image": bool, "log": str, "port": str, "path": str, "https": bool, "seconds": (int, float)}
_BESIDE_TARGET_FILE = {"name", "container", "limits", "profiles", "known_failures"}
_PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}")


@dataclass(frozen=True, slots=True)
class Build:
    """An image made from a Dockerfile: the directory that is sent, the file in it, and build arguments."""

    context: Path
    dockerfile: str
    args: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Health:
    """When the container counts as ready: the image's own HEALTHCHECK, a line of its log, or an answer at a URL."""

    image: bool = False
    log: re.Pattern[str] | None = None
    port: str | None = None
    path: str = "/"
    https: bool = False
    seconds: float = READY_SECONDS


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """What is started. `ports` maps a name to the port inside (None: the number that it gets outside).

    `chain` and `key` are paths inside the container where a throw-away certificate for 127.0.0.1 is put.
    `target_file` is the path inside where the container describes itself once it is ready.
    """

    image: str | None
    build: Build | None
    command: tuple[str, ...]
    ports: Mapping[str, int | None]
    environment: Mapping[str, str] = field(repr=False)
    chain: str | None
    key: str | None
    health: Health
    log_file: Path
    target_file: str | None


def read_ports(path: Path) -> dict[str, int | None]:
    """The names of the ports that the file at `path` publishes, as in ContainerPlan. Raises ConfigurationError."""
    return _ports(_container(load_target_yaml(path), path))


def read_container_file(path: Path, host_ports: Mapping[str, int]) -> tuple[ContainerPlan, TargetFacts]:
    """The plan and the facts of a target file with `${port.NAME}` replaced. Raises ConfigurationError.

    `host_ports` maps each name under `container.ports` to its port at 127.0.0.1.
    """
    text = _PLACEHOLDER.sub(
        lambda match: str(host_ports.get(match[1].removeprefix("port."), match[0])), _known(path, host_ports)
    )
    try:
        marked = load_marked(text, str(path))
    except MarkedYamlError as error:
        raise ConfigurationError(str(error)) from None
    plan, facts = _plan(_container(marked, path), path), facts_from(marked, path, "container")
    if plan.target_file is None and facts.issuer is None and facts.mcp_url is None:
        raise ConfigurationError(
            f"{path}:1: names nothing to judge; give authorization_server.issuer or mcp_server.url"
        )
    if plan.target_file is not None and (told := sorted(marked.value.keys() - _BESIDE_TARGET_FILE)):
        raise ConfigurationError(
            f"{marked.where(told[0])}: {told[0]} is for the container to say, since container.target_file is given"
        )
    return plan, facts


def described_by_container(
    outside: TargetFacts, directory: Path, name: str, fetch: Callable[[str, Path], None]
) -> TargetFacts:
    """The facts of the target file `name` that a container wrote, with what the file `outside` it says on top.

    `fetch(name, destination)` copies a file that lies beside it. Raises ConfigurationError.
    """
    copied = directory / "target.yaml"
    fetch(name, copied)
    marked = load_target_yaml(copied)
    for host_of_the_harness in ("document_host", "token_issuer"):  # out of a container's reach
        marked.value.pop(host_of_the_harness, None)
    ca_file = (marked.value.get("tls") or {}).get("ca_file")
    if ca_file is not None:
        if not isinstance(ca_file, str) or PurePosixPath(ca_file).name != ca_file:
            raise ConfigurationError(f"{name}: tls.ca_file has to lie beside the target file, not at {ca_file!r}")
        fetch(ca_file, directory / ca_file)
    return replace(
        facts_from(marked, copied, "container"),
        name=outside.name,
        profiles=outside.profiles,
        known_failures=outside.known_failures,
        deadline_seconds=outside.deadline_seconds,
    )


def _known(path: Path, host_ports: Mapping[str, int]) -> str:
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        for match in _PLACEHOLDER.finditer(line):
            kind, _, name = match[1].partition(".")
            if kind != "port" or name not in host_ports:
                known = ", ".join(f"${{port.{port}}}" for port in host_ports) or "none: container.ports is empty"
                raise ConfigurationError(f"{path}:{number}: unknown placeholder {match[0]} (known: {known})")
    return text


def _container(marked: Marked, path: Path) -> Marked:
    container = section(marked, "container", _CONTAINER)
    if container is None:
        raise ConfigurationError(f"{path}:1: has no section `container`; see docs/containers.md, or use url:{path}")
    return container


def _plan(container: Marked, path: Path) -> ContainerPlan:
    value = container.value
    if ("image" in value) == ("build" in value):
        raise ConfigurationError(f"{container.where()}: container needs either image or build")
    certificate = section(container, "certificate", _CERTIFICATE)
    log_file = path.parent / str(value.get("log_file", f"{path.stem}.container.log"))
    return ContainerPlan(
        image=value.get("image"),
        build=_build(container, path),
        command=tuple(str(word) for word in value.get("command", ())),
        ports=_ports(container),
        environment={str(name): _scalar(container, name) for name in value.get("environment", {})},
        chain=_absolute(certificate, "chain") if certificate else None,
        key=_absolute(certificate, "key") if certificate else None,
        health=_health(container),
        log_file=log_file,
        target_file=_absolute(container, "target_file") if "target_file" in value else None,
    )


def _build(container: Marked, path: Path) -> Build | None:
    build = section(container, "build", _BUILD)
    if build is None:
        return None
    context = path.parent / str(build.value.get("context", "."))
    dockerfile = str(build.value.get("dockerfile", "Dockerfile"))
    if not (context / dockerfile).is_file():
        raise ConfigurationError(f"{build.where()}: no Dockerfile at {context / dockerfile}")
    return Build(context, dockerfile, {str(k): str(v) for k, v in build.value.get("args", {}).items()})


def _ports(container: Marked) -> dict[str, int | None]:
    raw = container.value.get("ports")
    if not raw:
        raise ConfigurationError(f"{container.where('ports')}: container.ports is empty; name at least one port")
    ports: dict[str, int | None] = {}
    for name, port in raw.items():
        if port != SAME and not (isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536):
            where = container.child("ports").where(str(name))
            raise ConfigurationError(
                f"{where}: port {name} is a number inside the container, or `{SAME}`, not {port!r}"
            )
        ports[str(name)] = None if port == SAME else port
    return ports


def _scalar(container: Marked, name: Any) -> str:
    value = container.value["environment"][name]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        where = container.child("environment").where(str(name))
        raise ConfigurationError(f"{where}: environment {name} has to be text; put it in quotes")
    return str(value)


def _absolute(marked: Marked, key: str) -> str:
    path = str(marked.value.get(key, ""))
    if not PurePosixPath(path).is_absolute():
        raise ConfigurationError(f"{marked.where(key)}: {key} has to be an absolute path inside the container")
    return path


def _health(container: Marked) -> Health:
    health = section(container, "health", _HEALTH)
    ports = container.value["ports"]
    if health is None:
        return Health(port=str(next(iter(ports))), https="certificate" in container.value)
    value = health.value
    if sum((bool(value.get("image")), "log" in value, "port" in value)) != 1:
        raise ConfigurationError(f"{health.where()}: health needs exactly one of image: true, log and port")
    if "port" in value and value["port"] not in ports:
        known = ", ".join(str(name) for name in ports)
        raise ConfigurationError(f"{health.where('port')}: health.port is one of {known}, not {value['port']!r}")
    try:
        log = re.compile(value["log"]) if "log" in value else None
    except re.error as error:
        raise ConfigurationError(f"{health.where('log')}: health.log is no regular expression: {error}") from None
    return Health(
        image=bool(value.get("image")),
        log=log,
        port=value.get("port"),
        path=str(value.get("path", "/")),
        https=bool(value.get("https", "certificate" in container.value)),
        seconds=float(value.get("seconds", READY_SECONDS)),
    )
