"""The section document_host of a target file."""

from pathlib import Path

import pytest

from conformance.targets.errors import ConfigurationError
from conformance.targets.target_file import read_target_file

HEAD = "authorization_server: {issuer: https://as.example}\ndocument_host:\n"


def written(folder: Path, *lines: str) -> Path:
    file = folder / "target.yaml"
    file.write_text(HEAD + "".join(f"  {line}\n" for line in lines), encoding="utf-8")
    return file


def test_certificate_and_key_are_read_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("-----BEGIN CERTIFICATE-----\nc\n", encoding="ascii")
    (tmp_path / "k.pem").write_text("-----BEGIN PRIVATE KEY-----\nk\n", encoding="ascii")
    facts = read_target_file(written(tmp_path, "certificate: c.pem", "key: k.pem", "listen: '[::1]:8443'"))
    host = facts.document_host
    assert host is not None
    assert host.listen == "[::1]:8443"
    assert host.certificate_and_key == "-----BEGIN PRIVATE KEY-----\nk\n-----BEGIN CERTIFICATE-----\nc\n"


def test_a_base_url_needs_no_certificate(tmp_path: Path) -> None:
    host = read_target_file(written(tmp_path, "base_url: https://docs.example")).document_host
    assert host is not None
    assert (host.base_url, host.certificate_and_key) == ("https://docs.example", None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("listen: 127.0.0.1", "listen has to be host:port"),
        ("listen: 127.0.0.1:99999", "listen has to be host:port"),
        ("base_url: http://docs.example", "base_url has to be an https URL"),
        ("certificate: missing.pem", "can't be read"),
        ("certifcate: c.pem", "did you mean 'certificate'"),
        ("listen: 127.0.0.1:0", "needs a certificate"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_target_file(written(tmp_path, line))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
