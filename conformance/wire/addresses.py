"""URLs of strangers, and which hosts are this machine."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit


def split_url(url: str) -> SplitResult:
    """The parts of a URL. One that can't be split, say for its brackets or its port, is all path: without host."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return SplitResult("", "", url, "", "")
    return parts


def joined_url(base: str, reference: str) -> str:
    """The URL that a reference of a page or redirect leads to; one that can't be read is kept as it is."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def is_address(host: str) -> bool:
    """Whether that host is an IP address rather than a name."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether that host is this machine (127.0.0.0/8, ::1 or the name localhost)."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
