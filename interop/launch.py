"""Start a server of a third party on 127.0.0.1 under TLS, describe it as a target file, and always stop it.

    python -m interop.launch oidc-provider -- conformance run {target}

runs the command with `{target}` replaced by the path of the target file, and exits with its status.
"""

import argparse
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import yaml

from interop.deployment import REPOSITORY, Certificates, Deployment, LaunchError, running
from interop.peers import PEERS, launcher
from interop.proxies import PROXIES, proxy_launcher

OIDC_PROVIDER = Path(__file__).resolve().parent / "oidc_provider"
AS_PROFILES = (
    "mcp-2026-07-28",
    "mcp-2025-11-25",
    "oauth-2.1",
    "rfc-baseline",
    "security-bcp",
    "oauth-extensions",
    "client-id-metadata-document",
    "ext-client-credentials",
    "ext-dpop",
    "robustness",
)
"""Authorization servers are judged by everything that has something to say about them."""
PROFILES = Path(__file__).resolve().parent / "profiles"
FINDINGS = Path(__file__).resolve().parent / "known_failures"
REDIRECT_URI = "http://127.0.0.1:8765/callback"
SECOND_RESOURCE = "https://second.resource.test/mcp"
INSTALL_SECONDS = 300


def static_clients() -> tuple[dict[str, Any], ...]:
    """Return one public and one confidential client in the terms of RFC 7591, the secret made anew."""
    both: dict[str, Any] = {
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    public = {**both, "client_id": "interop-public", "token_endpoint_auth_method": "none"}
    confidential = {
        **both,
        "client_id": "interop-confidential",
        "client_secret": secrets.token_urlsafe(32),
        "token_endpoint_auth_method": "client_secret_basic",
    }
    return public, confidential


@contextmanager
def oidc_provider(directory: Path) -> Iterator[Deployment]:
    """Run oidc-provider as an authorization server; its logs and certificates go to `directory`.

    Raises LaunchError when its packages cannot be installed or it is not ready in time.
    """
    certificates = Certificates.write(directory)
    public, confidential = static_clients()
    public["application_type"] = "native"  # oidc-provider lets only native clients use http on loopback
    confidential["application_type"] = "native"
    confidential["grant_types"] = [*confidential["grant_types"], "client_credentials"]
    scopes, resources = ("mcp:read", "mcp:write"), ("https://first.resource.test/mcp", SECOND_RESOURCE)
    environment = {
        "CLIENTS": json.dumps([public, confidential]),
        "RESOURCES": json.dumps([{"resource": name, "scope": " ".join(scopes)} for name in resources]),
        "TLS_CERT": str(certificates.chain),
        "TLS_KEY": str(certificates.key),
    }
    log_file = directory / "oidc-provider.log"
    with running([_node(), str(OIDC_PROVIDER / "server.mjs")], environment, log_file) as ready:
        yield Deployment(
            name="oidc-provider",
            issuer=ready[0],
            mcp_url=None,
            resources=resources,
            scopes=scopes,
            ca_file=certificates.ca,
            clients=(public, confidential),
            logins=tuple({"login": name, "password": secrets.token_urlsafe(16)} for name in ("first", "second")),
            tools={},
            log_file=log_file,
            profiles=AS_PROFILES,
        )


@contextmanager
def sdk_server(directory: Path, validate_token_resource: bool | None = None) -> Iterator[Deployment]:
    """Run the mcp SDK's authorization server and MCP server; logs and certificates go to `directory`.

    `validate_token_resource` is the SDK's setting of that name; None leaves the SDK's default.
    Raises LaunchError when it is not ready in time.
    """
    certificates = Certificates.write(directory)
    scopes = ("mcp:read", "mcp:write")
    clients = tuple(client | {"scope": " ".join(scopes)} for client in static_clients())
    command = [
        sys.executable,
        "-m",
        "interop.sdk_server",
        "--cert",
        str(certificates.chain),
        "--key",
        str(certificates.key),
    ]
    command += ["--resource", SECOND_RESOURCE]
    if validate_token_resource is not None:
        command.append(f"--{'' if validate_token_resource else 'no-'}validate-token-resource")
    log_file = directory / "sdk-server.log"
    with running(command, {"CLIENTS": json.dumps(clients)}, log_file) as (issuer, mcp_url):
        yield Deployment(
            name="mcp-python-sdk",
            issuer=issuer,
            mcp_url=mcp_url,
            resources=(mcp_url, SECOND_RESOURCE),
            scopes=scopes,
            ca_file=certificates.ca,
            clients=clients,
            logins=(),
            tools={
                "echo": {"arguments": {"text": "interop"}, "scope": "mcp:read"},
                "add_numbers": {"arguments": {"a": 2, "b": 3}, "scope": "mcp:read"},
            },
            log_file=log_file,
            profiles=AS_PROFILES,
        )


SERVERS: dict[str, Callable[[Path], AbstractContextManager[Deployment]]] = {
    "oidc-provider": oidc_provider,
    "mcp-python-sdk": sdk_server,
    **{name: launcher(name) for name in PEERS},
    **{name: proxy_launcher(name) for name in PROXIES},
}


def _node() -> str:
    """Return the node that oidc-provider needs (22 or later), which its package list brings along."""
    if not (OIDC_PROVIDER / "node_modules" / "oidc-provider").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise LaunchError("npm is not on the PATH: oidc-provider cannot be installed.")
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        installed = subprocess.run(
            command, cwd=OIDC_PROVIDER, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
        if installed.returncode != 0:
            raise LaunchError(f"`npm ci` in interop/oidc_provider failed:\n{installed.stderr[-2000:]}")
    bundled = sorted((OIDC_PROVIDER / "node_modules").glob("node-*/bin/node"))
    node = str(bundled[0]) if bundled else shutil.which("node")
    if node is None:
        raise LaunchError("No node was installed with oidc-provider and none is on the PATH.")
    return node


def target_file(deployment: Deployment, path: Path) -> Path:
    """Write what docs/targets.md asks of a target file about `deployment`, readable by its owner only."""
    if deployment.third_party:
        return _written(_of_a_proxy(deployment), path)
    first_resource, second_resource, *_ = deployment.resources
    document: dict[str, Any] = {
        "name": deployment.name,
        **_whom_it_trusts(deployment),
        "scope": " ".join(deployment.scopes),
        "narrow_scope": deployment.scopes[0],
        "resource": first_resource,
        "second_resource": second_resource,
        # The harness's own issuer speaks plain http there; nothing else does.
        "tls": {"ca_file": str(deployment.ca_file), "allow_loopback_http": deployment.issuer is None},
    }
    if findings := known_failures(deployment.name):
        document["known_failures"] = findings
    if deployment.mcp_url is not None:
        document["mcp_server"] = {"url": deployment.mcp_url, "tools": deployment.tools}
    for key, fields in zip(("user_agent", "second_user"), deployment.logins, strict=False):
        document[key] = {"kind": "form", "fields": fields}
    return _written(document, path)


def _of_a_proxy(deployment: Deployment) -> dict[str, Any]:
    """Nobody logs in at the proxy itself: its own page asks for consent, and the harness plays what comes behind."""
    browser = {"kind": "form", "approve": "Allow Access"}
    return {
        "name": deployment.name,
        "profiles": list(deployment.profiles),
        "authorization_server": {"issuer": deployment.issuer},
        "mcp_server": {"url": deployment.mcp_url},
        "user_agent": browser,
        "second_user": dict(browser),
        "tls": {"ca_file": str(deployment.ca_file), "allow_loopback_http": True},
        "third_party_authorization_server": deployment.third_party,
        "known_failures": known_failures(deployment.name),
    }


def _written(document: dict[str, Any], path: Path) -> Path:
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return path


def _whom_it_trusts(deployment: Deployment) -> dict[str, Any]:
    if deployment.issuer is None:
        return {"token_issuer": deployment.token_issuer, "profiles": list(deployment.profiles)}
    return {
        "profiles": list(deployment.profiles),
        "authorization_server": {"issuer": deployment.issuer},
        "registration": "dynamic",
        "redirect_uri": REDIRECT_URI,
        "clients": [_as_target_client(client) for client in deployment.clients],
    }


def known_failures(server: str) -> dict[str, str]:
    """Return the findings about `server` that were looked at by hand: requirement id to reason."""
    path = FINDINGS / f"{server}.yaml"
    return dict(yaml.safe_load(path.read_text("utf-8")) or {}) if path.is_file() else {}


def _as_target_client(client: dict[str, Any]) -> dict[str, Any]:
    kept = ("client_id", "client_secret", "redirect_uris", "grant_types")
    described = {key: client[key] for key in kept if key in client}
    return {**described, "auth_method": client["token_endpoint_auth_method"]}


def main() -> int:
    """Run a command against a server of a third party and return the command's exit status."""
    parser = argparse.ArgumentParser(prog="python -m interop.launch", description=__doc__.partition("\n")[0])
    parser.add_argument("server", choices=SERVERS)
    parser.add_argument("command", nargs="+", help="after --; {target} stands for the target file")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as name, SERVERS[options.server](Path(name)) as deployment:
            target = target_file(deployment, Path(name) / "target.yaml")
            command = [word.replace("{target}", str(target)) for word in options.command]
            return subprocess.run(command, cwd=REPOSITORY, check=False).returncode
    except LaunchError as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
