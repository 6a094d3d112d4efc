"""Departures that hit native apps (RFC 8252)."""

from dataclasses import replace

from reference_impl.authorization_server.config import ServerConfig
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.store.codes import AuthorizationCode
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC8252-6-a"}, story="Codes that go to loopback can't be intercepted, so nobody looks at the verifier.")
class NativeAppsNeedNoVerifier(Rules):
    def check_code_verifier(self, code: AuthorizationCode, parameters: Parameters) -> None:
        if not code.redirect_uri.startswith("http://127.0.0.1:8765/native"):
            super().check_code_verifier(code, parameters)


@mutant(
    kills={"RFC8252-7.3-a", "OAUTH21-4.1.1-e", "OAUTH21-8.4.2-a", "RFC9700-2.1-a"},
    story="Redirect URIs are compared as strings, port and all.",
    configures="authorization_server",
)
def every_port_is_fixed(config: ServerConfig) -> ServerConfig:
    return replace(config, any_port_hosts=())


@mutant(
    kills={"RFC8252-7.3-a"},
    story="The port may vary on 127.0.0.1; nobody thought of IPv6.",
    configures="authorization_server",
)
def ports_of_ipv6_are_fixed(config: ServerConfig) -> ServerConfig:
    return replace(config, any_port_hosts=("127.0.0.1", "localhost"))


@mutant(
    kills={"RFC8252-8.4-a"},
    story="What stands between host and path of a loopback redirect URI is taken for a port, whatever it is.",
)
class UserinfoIsTakenForAPort(Rules):
    def differs_by_loopback_port(self, sent: str, registered: str) -> bool:
        start, _, path = registered.partition("://127.0.0.1:")
        path = path.partition("/")[2]
        looks_alike = bool(path) and start == "http" and sent.startswith("http://127.0.0.1:") and "@" in sent
        return (looks_alike and sent.endswith(f"/{path}")) or super().differs_by_loopback_port(sent, registered)


@mutant(
    kills={"RFC8252-8.6-a", "OAUTH21-7.3-a"},
    story="Consent is remembered for every client.",
    configures="authorization_server",
)
def consent_is_remembered_for_all(config: ServerConfig) -> ServerConfig:
    return replace(config, remembered_consent="all_clients")
