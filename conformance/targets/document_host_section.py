"""The section document_host of a target file: where the harness serves documents that the AS fetches."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from conformance.catalogue.marked_yaml import Marked
from conformance.client.facts import DocumentHostFacts
from conformance.targets.errors import ConfigurationError

DOCUMENT_HOST: Mapping[str, type | tuple[type, ...]] = {
    "base_url": str,
    "listen": str,
    "certificate": str,
    "key": str,
}
_LISTEN = re.compile(r"(\[[0-9A-Fa-f:]+\]|[^:\[\]]+):([0-9]{1,5})")


def document_host_facts(marked: Marked, path: Path) -> DocumentHostFacts:
    """The facts of that section; files are relative to the target file `path`. Raises ConfigurationError."""
    value = marked.value
    listen = str(value.get("listen", DocumentHostFacts.listen))
    match = _LISTEN.fullmatch(listen)
    if match is None or int(match.group(2)) > 65535:
        raise ConfigurationError(f"{marked.where('listen')}: listen has to be host:port, not {listen!r}")
    base_url = value.get("base_url")
    if base_url is not None and not _is_https(base_url):
        raise ConfigurationError(f"{marked.where('base_url')}: base_url has to be an https URL, not {base_url!r}")
    if "certificate" not in value and base_url is None:
        raise ConfigurationError(
            f"{marked.where()}: document_host needs a certificate (and key), or a base_url of something that speaks "
            "https and passes requests on to listen"
        )
    pems = [_pem(marked, name, path) for name in ("key", "certificate") if name in value]
    return DocumentHostFacts(listen, base_url, "".join(pems) or None)


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _pem(marked: Marked, name: str, path: Path) -> str:
    file = path.parent / str(marked[name])
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{marked.where(name)}: {name} {file} can't be read; give a PEM file") from None
    if "-----BEGIN " not in text:
        raise ConfigurationError(f"{marked.where(name)}: {name} {file} holds no PEM")
    return text.rstrip() + "\n"
