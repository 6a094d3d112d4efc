"""What the reference keeps over time: signing keys and stored state."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from code_flow import Browser, code_flow_configuration
from joserfc import jws
from server_in_process import ISSUER, SECRET
from starlette.testclient import TestClient

from reference_impl.authorization_server.app import create_app
from reference_impl.authorization_server.keys import KeyRing
from reference_impl.authorization_server.store import Store
from reference_impl.authorization_server.store.tokens import RefreshToken


def test_after_a_rotation_old_tokens_verify_until_their_key_is_retired() -> None:
    keys = KeyRing("ES256")
    http = TestClient(create_app(code_flow_configuration(), keys=keys), base_url=ISSUER)

    def published() -> list[str]:
        return [key["kid"] for key in http.get("/.well-known/jwks.json").json()["keys"]]

    (old,) = published()
    new = keys.rotate().kid
    assert published() == [new, old]
    form = {"grant_type": "client_credentials"}
    token = http.post("/oauth/token", data=form, auth=("machine", SECRET)).json()["access_token"]
    assert jws.extract_compact(token.encode()).headers()["kid"] == new
    assert keys.retire(old)
    assert not keys.retire(new or "")
    assert published() == [new]


def test_what_has_expired_is_forgotten() -> None:
    browser = Browser()
    token = browser.redeem(browser.code()).json()["access_token"]

    def count(table: str) -> Any:
        return browser.store.connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608

    now = int(time.time())
    browser.store.purge_expired(now)
    assert browser.is_active(token)
    browser.store.grants.revoke("no-longer-used", now)
    browser.store.purge_expired(now + 30 * 86400)
    tables = ("authorization_codes", "access_tokens", "refresh_tokens", "sessions", "revoked_grants")
    assert [count(table) for table in tables] == [0] * 5


def test_of_many_processes_one_gets_to_use_a_refresh_token(tmp_path: Path) -> None:
    path = str(tmp_path / "store.sqlite")
    stores = [Store(path) for _ in range(4)]
    stores[0].refresh_tokens.add(RefreshToken("hash", "grant", "native", "user:alice", (), (), None, None, 0, 10))
    with ThreadPoolExecutor(len(stores)) as pool:
        wins = list(pool.map(lambda store: store.refresh_tokens.use("hash", 1), stores))
    assert sorted(wins) == [False, False, False, True]
