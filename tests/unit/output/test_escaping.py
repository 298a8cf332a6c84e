from __future__ import annotations

import json
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from execution.output.escaping import (
    docker_text,
    duration,
    env_name,
    markdown_code,
    markdown_quote,
    markdown_text,
    plain,
    slug,
    toml_text,
    yaml_text,
)

TEXTS = st.text(max_size=60) | st.text(alphabet="\"'\\`$#{}[]<>|*_\n\t-:!&~ab1.", max_size=30)


@given(TEXTS)
def test_plain_text_is_one_visible_line(text: str) -> None:
    assert plain(text).isprintable() or plain(text) == ""
    assert "\n" not in plain(text)


@given(TEXTS)
def test_toml_reads_back_the_same_words(text: str) -> None:
    assert tomllib.loads(f"name = {toml_text(text)}\nother = 1\n") == {"name": plain(text), "other": 1}


@given(TEXTS)
def test_yaml_reads_back_the_same_words_without_expansion(text: str) -> None:
    read = yaml.safe_load(f"name: {yaml_text(text)}\nother: 1\n")

    assert read == {"name": plain(text).replace("$", ""), "other": 1}


@given(TEXTS)
def test_a_docker_value_stays_between_its_quotes(text: str) -> None:
    value = docker_text(text)
    inner = value[1:-1]

    assert value.startswith('"')
    assert value.endswith('"')
    escaped = False
    for character in inner:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            assert character not in '"$`'
    assert not escaped


@given(TEXTS)
def test_a_slug_is_safe_everywhere(text: str) -> None:
    found = slug(text)

    assert found
    assert found[0] in "abcdefghijklmnopqrstuvwxyz"
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(found) <= 40


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("12. no list", "12\\. no list"),
        ("=== no rule", "\\=== no rule"),
        ("<script>x</script>", "\\<script\\>x\\</script\\>"),
        ("![x](javascript:alert(1))", "\\!\\[x\\](javascript\\:alert(1))"),
        ("a | b\n\n# c", "a \\| b # c"),
        ("https://evil.example", "https\\://evil.example"),
        ("a-b and C# 1.5", "a-b and C# 1.5"),
    ],
)
def test_markdown_shows_words_and_never_markup(text: str, shown: str) -> None:
    assert markdown_text(text) == shown


@pytest.mark.parametrize(("text", "code"), [("a`b", "`` a`b ``"), ("a|b", "`a\\|b`"), ("/x/{id}", "`/x/{id}`")])
def test_a_code_span_is_closed_by_its_own_fence_only(text: str, code: str) -> None:
    assert markdown_code(text) == code


def test_a_quote_keeps_its_lines_and_leaves_no_way_out() -> None:
    assert markdown_quote("one\n\n# two\n```") == "> one\n>\n> \\# two\n> \\`\\`\\`"
    assert markdown_quote("  ") == "> (nothing)"


def test_the_name_of_a_variable_has_nothing_else_in_it() -> None:
    assert env_name("A=b\nC") == "AbC"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.44, "0.4 s"), (42, "42 s"), (185, "3 min 5 s"), (3725, "1 h 2 min"), (59.7, "1 min 0 s")]
)
def test_durations_read_well(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_slugs_keep_what_can_be_read() -> None:
    assert slug("Gestión de Tareas 2!") == "gestion-de-tareas-2"
    assert slug("3D printing") == "d-printing"
    assert json.dumps(slug("测试")) == '"app"'
