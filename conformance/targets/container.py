"""`container:FILE`: the target is started by testcontainers on 127.0.0.1 and removed when the run ends."""

import atexit
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from conformance.client.facts import TargetFacts
from conformance.issuer.server import RunningIssuer
from conformance.targets.container_file import (
    ContainerPlan,
    Health,
    described_by_container,
    read_container_file,
    read_ports,
)
from conformance.targets.errors import ConfigurationError
from conformance.targets.third_party import issuer_plans

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import WaitStrategy

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.1


@dataclass
class ContainerTarget:
    """The container that a target file describes (docs/containers.md). Its log is written to the file's `log_file`."""

    path: Path
    _container: "DockerContainer | None" = None
    _log_file: Path | None = None
    _issuers: list[RunningIssuer] = field(default_factory=list)

    def start(self) -> TargetFacts:
        """Start the container and wait until it is ready. Raises ConfigurationError with one line when it isn't."""
        host_ports = free_ports(read_ports(self.path))
        plan, facts = read_container_file(self.path, host_ports)
        plans = issuer_plans(self.path)
        self._log_file = plan.log_file
        atexit.register(self.stop)  # the reaper is off: leave nothing behind even when the session breaks
        try:
            for each in plans:
                self._issuers.append(each.start())
            with _one_line(self.path, plan):
                _configure_testcontainers()
                self._container, ca_pem = _container(plan, host_ports)
                self._container.start()
                _wait_until_ready(self._container, plan.health, _inside(plan.ports, host_ports))
                if plan.target_file is not None:
                    facts = _described(self._container, plan.target_file, facts)
        except BaseException:
            self.stop()
            raise
        facts = replace(facts, ca_pem=ca_pem) if ca_pem else facts
        for each, issuer in zip(plans, self._issuers, strict=True):
            facts = each.added_to(facts, issuer)
        return facts

    def stop(self) -> None:
        """Write the log and remove the container; safe to call twice and after a failed start."""
        atexit.unregister(self.stop)
        for issuer in self._issuers:
            issuer.stop()
        container, self._container = self._container, None
        if container is None:
            return
        try:
            self._keep_log(container)
        finally:
            container.stop()

    def _keep_log(self, container: "DockerContainer") -> None:
        from testcontainers.core.exceptions import ContainerStartException

        with suppress(ContainerStartException):  # it was never created, so it has said nothing
            output, errors = container.get_logs()
            if self._log_file is not None:
                self._log_file.parent.mkdir(parents=True, exist_ok=True)
                self._log_file.touch(mode=0o600)  # nobody knows what a stranger's server says in its log
                self._log_file.write_bytes(output + errors)


def free_ports(names: Mapping[str, int | None]) -> dict[str, int]:
    """A free port of 127.0.0.1 for each name. All are held while the next is sought, so that no two are the same."""
    listeners = {name: socket.socket(socket.AF_INET, socket.SOCK_STREAM) for name in names}
    try:
        for listener in listeners.values():
            listener.bind((LOOPBACK, 0))
        return {name: int(listener.getsockname()[1]) for name, listener in listeners.items()}
    finally:
        for listener in listeners.values():
            listener.close()


def _inside(ports: Mapping[str, int | None], host_ports: Mapping[str, int]) -> dict[str, int]:
    return {name: inside or host_ports[name] for name, inside in ports.items()}


def _configure_testcontainers() -> None:
    """Everything on 127.0.0.1, and no second container that watches the first: stop() is called in any case."""
    from testcontainers.core.config import ConnectionMode, testcontainers_config

    testcontainers_config.ryuk_disabled = True
    testcontainers_config.tc_host_override = LOOPBACK
    testcontainers_config.connection_mode_override = ConnectionMode.docker_host


def _container(plan: ContainerPlan, host_ports: Mapping[str, int]) -> "tuple[DockerContainer, str | None]":
    """The container, not started, and the PEM of the authority that its certificate comes from, if it gets one."""
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(plan.image or _build(plan)).with_envs(**plan.environment)
    # docker-py takes (address, port); testcontainers' own method would publish on every address of the machine.
    published: dict[str, Any] = {
        f"{inside}/tcp": (LOOPBACK, host_ports[name]) for name, inside in _inside(plan.ports, host_ports).items()
    }
    container.ports = published
    if plan.command:
        container.with_command(list(plan.command))
    if plan.chain is None or plan.key is None:
        return container, None
    import trustme

    authority = trustme.CA()
    certificate = authority.issue_cert(LOOPBACK, "localhost")
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    container.with_copy_into_container(chain, plan.chain)
    # Readable by whatever user the image runs as; the key is worth nothing outside this run.
    container.with_copy_into_container(certificate.private_key_pem.bytes(), plan.key)
    return container, authority.cert_pem.bytes().decode("ascii")


def _build(plan: ContainerPlan) -> str:
    """Build the image of the plan and return its id."""
    from testcontainers.core.image import DockerImage

    assert plan.build is not None
    image = DockerImage(
        path=plan.build.context,
        dockerfile_path=plan.build.dockerfile,
        buildargs=dict(plan.build.args),
        forcerm=True,  # a step that fails leaves no container behind
        clean_up=False,  # the next run takes its layers from the engine's cache
    ).build()
    return str(image.get_wrapped_image().id)


def _wait_until_ready(container: "DockerContainer", health: Health, inside: Mapping[str, int]) -> None:
    """Wait in slices of a second, so that a container that ends is noticed. Raises TimeoutError or RuntimeError."""
    strategy = _strategy(health, inside).with_startup_timeout(1).with_poll_interval(_POLL_SECONDS)
    deadline = time.monotonic() + health.seconds
    while True:
        try:
            return strategy.wait_until_ready(container)
        except (OSError, RuntimeError) as error:
            container.reload()
            if container.status in ("exited", "dead"):
                status = container.get_wrapped_container().attrs["State"]["ExitCode"]
                raise RuntimeError(f"the container ended with exit status {status}") from None
            if not isinstance(error, TimeoutError):
                raise
            if time.monotonic() > deadline:
                raise TimeoutError(f"the container was not ready within {health.seconds:g} seconds") from None


def _described(container: "DockerContainer", target_file: str, outside: TargetFacts) -> TargetFacts:
    """What the container says of itself, copied out of it. Raises ConfigurationError, docker's NotFound."""
    folder = PurePosixPath(target_file).parent
    with tempfile.TemporaryDirectory() as directory:

        def fetch(name: str, destination: Path) -> None:
            container.copy_from_container(str(folder / name), destination)

        return described_by_container(outside, Path(directory), PurePosixPath(target_file).name, fetch)


def _strategy(health: Health, inside: Mapping[str, int]) -> "WaitStrategy":
    from testcontainers.core import wait_strategies

    if health.image:
        return wait_strategies.HealthcheckWaitStrategy()
    if health.log is not None:
        return wait_strategies.LogMessageWaitStrategy(health.log)
    assert health.port is not None
    answers = wait_strategies.HttpWaitStrategy(inside[health.port], health.path)
    answers.for_status_code_matching(lambda status: status < 500)
    return answers.using_tls(insecure=True) if health.https else answers


@contextmanager
def _one_line(path: Path, plan: ContainerPlan) -> Iterator[None]:
    """Turn what docker and testcontainers raise into one line that says what to do."""
    try:
        import docker.errors  # type: ignore[import-untyped]
        import testcontainers.core.container  # noqa: F401  # is it there at all?
    except ImportError:
        raise ConfigurationError(
            'container targets need the extra `containers`: pip install "mcp-oauth-conformance[containers]"'
        ) from None
    try:
        yield
    except docker.errors.ImageNotFound:
        raise ConfigurationError(f"{path}: there is no image {plan.image!r} here and none could be pulled") from None
    except docker.errors.BuildError as error:
        raise ConfigurationError(f"{path}: the image could not be built: {_first_line(error)}") from None
    except docker.errors.APIError as error:
        raise ConfigurationError(
            f"{path}: the container engine refused {plan.image or 'the build'}: {_first_line(error)}"
        ) from None
    except docker.errors.DockerException as error:
        raise ConfigurationError(
            f"{path}: no container engine answers ({_first_line(error)}); start one or set DOCKER_HOST"
        ) from None
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(f"{path}: {_first_line(error)}; see its log in {plan.log_file}") from None


def _first_line(error: Exception) -> str:
    text = str(getattr(error, "explanation", None) or error)
    return (text.splitlines() or [type(error).__name__])[0][:300]
