from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.memory.redaction import HIDDEN, clean_metadata, fit, without_secrets

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key:\n{KEY}\nend", "MIIEow"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow cut off", "MIIEow"),
        ("use sk-ant-" + "a1B2" * 6, "sk-ant"),
        ("ghp_abcdefghijklmnopqrstuvwx", "ghp_"),
        ("AKIAABCDEFGHIJKLMNOP here", "AKIA"),
        ("postgresql://ana:hunter2@db/shop", "hunter2"),
        ("Authorization: Bearer abc.def-ghi_jkl", "abc.def"),
        ("token eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSM", "eyJ"),
        ('API_KEY = "0123abcd"', "0123abcd"),
        ("db_password: hunter22!", "hunter22"),
        ("la contraseña es perro123", "perro123"),
        ("{'client_secret': 'abcd-efgh'}", "abcd-efgh"),
    ],
)
def test_secrets_are_taken_out(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in without_secrets(text)
    assert HIDDEN in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "users sign in with a password and get a token",
        "def login(password: str, token: str | None = None) -> Token:",
        "password = hash_password(given)",
        "secret = settings.SECRET_KEY",
        "https://example.org/path?x=1",
        "token: str = Field(min_length=1)",
        "F401 `json` imported but unused",
    ],
)
def test_code_and_talk_about_secrets_stay(text: str) -> None:
    assert without_secrets(text) == text


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert fit("a" * 50, limit=20) == "a" * 14 + "\n[...]"
    assert fit(" short ", limit=20) == "short"


def test_metadata_is_cleaned_to_its_leaves() -> None:
    found = clean_metadata({"a": ["Bearer abcdefghijklmno", 3], "b": {"c": "x" * 5_000}, "d": True, "e": None})
    assert found["a"] == [HIDDEN, 3]
    assert len(found["b"]["c"]) == 1_000
    assert (found["d"], found["e"]) == (True, None)


@given(st.text(max_size=300), st.integers(10, 200))
def test_nothing_gets_longer_than_its_limit_and_cleaning_twice_changes_nothing(text: str, limit: int) -> None:
    once = fit(text, limit=limit)
    assert len(once) <= limit
    assert "\x00" not in once
    assert fit(once, limit=limit) == once
