"""Secrets have names by identity, and nothing but the name is kept, wherever and however they are spelt."""

import json
import string
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire import HttpRequest, Response, SecretBook, Transcript

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.fixture
def book() -> SecretBook:
    return SecretBook()


def test_names_are_given_by_identity(book: SecretBook) -> None:
    assert book.learn("code", "first-code-value") == "<code#1>"
    assert book.learn("code", "second-code-value") == "<code#2>"
    assert book.learn("access_token", "first-code-value") == "<code#1>", "the same value keeps its name"
    assert book.text("again first-code-value, then second-code-value") == "again <code#1>, then <code#2>"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("https://a/cb?code=abc123&state=s", "https://a/cb?code=<code#1>&state=s"),
        ("https://a/cb#access_token=tok/en%3D&x=1", "https://a/cb#access_token=<access_token#1>&x=1"),
        ("/login?next=%2Fcb%3Fcode%3Dabc123%26state%3Ds", "/login?next=%2Fcb%3Fcode%3D<code#1>%26state%3Ds"),
        ('{"access_token": "abc/def=="}', '{"access_token": "<access_token#1>"}'),
        ('\n {"refresh_token":"abc\\/def"}', '\n {"refresh_token":"<refresh_token#1>"}'),
        ('data: {"id_token":"abcdef.g"}\n\n', 'data: {"id_token":"<id_token#1>"}\n\n'),
        ('{"text": "{\\"access_token\\": \\"abcdef\\"}"}', '{"text": "{\\"access_token\\": \\"<access_token#1>\\"}"}'),
        ("<input type=hidden name=code value='abc123'>", "<input type=hidden name=code value='<code#1>'>"),
        ('<input value="a&amp;b12" name="client_secret">', '<input value="<client_secret#1>" name="client_secret">'),
        ('<a href="/cb?code=abc123&amp;state=s">', '<a href="/cb?code=<code#1>&amp;state=s">'),
        ("grant_type=password&password=hunter2", "grant_type=password&password=<password#1>"),
        ("https://alice:hunter2@a.example/x", "https://<userinfo>@a.example/x"),
    ],
)
def test_secrets_are_recognised_by_where_they_stand(book: SecretBook, text: str, redacted: str) -> None:
    assert book.text(text) == redacted
    assert book.text(redacted) == redacted, "redacting twice changes nothing"


@pytest.mark.parametrize(
    "text",
    [
        "status_code=404",
        '{"code": "invalid_token"}',
        '{"error": {"code": -32001}}',
        "the code was refused",
        "a=<code#1>",
    ],
)
def test_what_is_no_secret_stays(book: SecretBook, text: str) -> None:
    assert book.text(text) == text


@pytest.mark.parametrize(
    "secret", [TOKEN, "correct horse battery staple", "pä55&w0rd+/=", 'quo"te\\d', "1|sanctum-token-x", "abc=="]
)
def test_a_learned_secret_is_found_in_every_spelling(book: SecretBook, secret: str) -> None:
    name = book.learn("password", secret)
    spelt = [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        secret.replace("&", "&amp;").replace('"', "&quot;"),
        repr(secret)[1:-1],
    ]
    for text in (*spelt, *(f"x={word}&y" for word in spelt), *(f"({word})" for word in spelt)):
        assert name in book.text(text)
        assert secret not in book.text(text)


def test_a_secret_inside_another_word_is_found(book: SecretBook) -> None:
    book.learn("access_token", TOKEN)
    assert book.text(f"https://a/prefix-{TOKEN}.suffix/x") == "https://a/prefix-<access_token#1>.suffix/x"
    assert book.text(f"{TOKEN}{TOKEN}") == "<access_token#1><access_token#1>"


@pytest.mark.parametrize("place", range(20))
@pytest.mark.parametrize("shown", [16, 17, 23, 31, 32])
def test_a_secret_is_found_at_every_place_of_a_word(book: SecretBook, place: int, shown: int) -> None:
    secret = "Qx7-" * 8
    book.learn("refresh_token", secret)
    before = "abcdefghijklmnopqrst"[:place]
    assert book.text(before + secret[:shown]) == f"{before}<refresh_token#1>"


def test_a_secret_that_was_cut_is_found(book: SecretBook) -> None:
    book.learn("access_token", TOKEN)
    assert book.text(f"token: {TOKEN[:30]}") == "token: <access_token#1>"


def test_secrets_with_the_same_beginning_are_told_apart(book: SecretBook) -> None:
    names = [book.learn("access_token", f"{TOKEN[:40]}{number}{number}") for number in range(5)]
    for number, name in enumerate(names):
        assert book.text(f"z{TOKEN[:40]}{number}{number}") == f"z{name}"


def test_a_short_password_is_found_as_a_word_only(book: SecretBook) -> None:
    name = book.learn("password", "demo")
    assert book.text("user demo, not demonstration") == f"user {name}, not demonstration"


@pytest.mark.parametrize("value", ["1", "en", "on"])
def test_a_short_cookie_does_not_garble_the_evidence(book: SecretBook, value: str) -> None:
    (header,) = book.headers([("Set-Cookie", f"lang={value}; Path=/")])
    assert header[1] == "lang=<cookie#1>; Path=/"
    assert book.text("http://127.0.0.1/en is on") == "http://127.0.0.1/en is on"


def test_a_dictionary_word_met_on_the_wire_is_named_there_only(book: SecretBook) -> None:
    assert book.text("client_secret=wrong") == "client_secret=<client_secret#1>"
    assert book.text("the wrong one") == "the wrong one"


@pytest.mark.parametrize(
    ("header", "value", "redacted"),
    [
        ("Authorization", f"Bearer {TOKEN}", "Bearer <access_token#1>"),
        ("authorization", f"DPoP {TOKEN}", "DPoP <access_token#1>"),
        ("Authorization", "Basic " + b64encode(b"me:s3cr%2Ft").decode(), "Basic <basic_credentials#2>"),
        ("DPoP", TOKEN, "<dpop_proof#1>"),
        ("Cookie", "sid=abcdef; theme=x", "sid=<cookie#1>; theme=<cookie#2>"),
        ("Set-Cookie", "sid=abcdef; HttpOnly", "sid=<cookie#1>; HttpOnly"),
        ("Location", "https://a/cb?code=abc123", "https://a/cb?code=<code#1>"),
        ("Referer", "https://a/?token=abcdef", "https://a/?token=<token#1>"),
    ],
)
def test_credentials_in_headers(book: SecretBook, header: str, value: str, redacted: str) -> None:
    if value.startswith("Basic"):
        redacted = redacted.replace("#2", "#1")
    assert book.headers([(header, value)]) == ((header, redacted),)


def test_the_secret_inside_basic_credentials_is_learned(book: SecretBook) -> None:
    book.headers([("Authorization", "Basic " + b64encode(b"me:s3cr%2Ft-long").decode())])
    assert book.text("s3cr/t-long and s3cr%2Ft-long") == "<client_secret#1> and <client_secret#1>"


def test_nothing_of_an_exchange_leaks() -> None:
    transcript = Transcript(SecretBook())
    secrets = [
        "the-code-0123456789",
        "the-verifier-0123456789-0123456789-01234567",
        "the-token-0123456789",
        "s3ss1on-0123456789",
    ]
    code, verifier, token, session = secrets
    request = HttpRequest(
        "POST",
        f"https://as.example/token?code={code}",
        (("Authorization", f"Bearer {token}"), ("Cookie", f"sid={session}")),
        f"code={code}&code_verifier={verifier}".encode(),
        changes=(f"code_verifier set to {verifier!r}",),
    )
    body = json.dumps({"access_token": token, "note": f"code {code} of {session}"}).encode()
    response = Response(200, (("Set-Cookie", f"sid={session}"), ("X-Echo", verifier)), body, request.url)
    transcript.record(request, response, 0.0, error=None)
    shown = json.dumps([exchange.as_json() for exchange in transcript.exchanges])
    for secret in secrets:
        assert secret not in shown
        assert secret not in transcript.redact(f"told about {secret}")
    assert shown.count("<code#1>") >= 3


def test_evidence_is_cut_after_it_is_redacted() -> None:
    transcript = Transcript(SecretBook())
    body = b"x" * 4090 + b" " + TOKEN.encode() + b" " + b"y" * 20_000
    transcript.secrets.learn("access_token", TOKEN)
    transcript.record(HttpRequest("GET", "http://a/"), Response(200, (), body, "http://a/"), 0.0)
    kept = transcript.exchanges[0].response
    assert kept is not None
    assert TOKEN[:6] not in kept.body
    assert kept.body.endswith(f"({len(body)} bytes in all)")


@given(st.text(min_size=4, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_redaction_never_fails_and_leaves_no_long_secret(secret: str, before: str, after: str) -> None:
    book = SecretBook()
    name = book.learn("token", secret)
    shown = book.text(f"{before} {secret} {after}")
    assert name in shown or secret.strip() != secret or not secret.strip()


@given(
    st.text(alphabet=string.ascii_letters + string.digits + "-._~+/=", min_size=16, max_size=80), st.text(max_size=40)
)
def test_a_token_is_found_in_any_surroundings(secret: str, around: str) -> None:
    book = SecretBook()
    book.learn("token", secret)
    assert secret not in book.text(f"{around}{secret}{around}")


@pytest.mark.parametrize("secret", ["harmless-until-now-0123", "until", "now-0123 and more"])
def test_what_was_harmless_is_looked_at_again_when_a_secret_is_learned(book: SecretBook, secret: str) -> None:
    text = "x-note: harmless-until-now-0123 and more"
    assert book.text(text) == text
    book.learn("token", secret)
    assert book.text(text) == text.replace(secret, "<token#1>")


def test_a_value_that_was_dropped_is_looked_for_again(book: SecretBook) -> None:
    first = "a=1&code=v0.0!"
    book.text(first)
    for number in range(1, 400):
        book.text(f"a=1&code=v{number}.{number}!")
    book.text(first)
    assert book.text("seen: v0.0! here") == "seen: <code#1> here"
