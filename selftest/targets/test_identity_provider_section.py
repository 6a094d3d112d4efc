"""The sections identity_provider and authorization_details of a target file."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from joserfc.jwk import ECKey

from conformance.client.facts import TargetFacts
from conformance.targets.errors import ConfigurationError
from conformance.targets.target_file import read_target_file

KEY: dict[str, Any] = dict(ECKey.generate_key("P-256").as_dict(private=True)) | {"alg": "ES256"}


def read(folder: Path, **sections: object) -> TargetFacts:
    file = folder / "target.yaml"
    file.write_text(yaml.safe_dump({"authorization_server": {"issuer": "https://as.example"}, **sections}))
    return read_target_file(file)


def test_the_section_reaches_the_workers(tmp_path: Path) -> None:
    section = {
        "issuer": "https://idp.example",
        "private_jwk": KEY,
        "workload": "job",
        "claims": {"email": "c@d.example"},
    }
    facts = read(tmp_path, identity_provider=section, authorization_details={"type": "payment"})
    again = TargetFacts.from_json(facts.as_json())
    assert again.identity_provider == facts.identity_provider
    assert again.identity_provider is not None
    assert (again.identity_provider.workload, again.identity_provider.subject) == ("job", "conformance-user")
    assert again.authorization_details == {"type": "payment"}
    assert str(KEY["d"]) not in repr(facts)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"issuer": "https://idp.example"}, "identity_provider needs private_jwk"),
        ({"private_jwk": KEY}, "identity_provider needs issuer"),
        ({"issuer": "x", "private_jwk": {"kty": "EC"}}, "private_jwk has to be a private JWK with alg"),
        ({"issuer": "x", "private_jwk": {k: v for k, v in KEY.items() if k != "d"}}, "private JWK"),
        ({"issuer": "x", "private_jwk": {k: v for k, v in KEY.items() if k != "alg"}}, "with alg"),
        ({"issuer": "x", "private_jwk": KEY, "subjekt": "y"}, "did you mean 'subject'"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, section: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read(tmp_path, identity_provider=section)
