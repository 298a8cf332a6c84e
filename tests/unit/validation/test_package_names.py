from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.output.requirements import known_pins
from execution.validation.package_names import distance, suspicious, well_known

WORDS = st.text("abc-", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("reqeusts==2.0", "requests"),
        ("Djnago", "django"),
        ("python-requests", "requests"),
        ("requests3", "requests"),
        ("py_yaml", "pyyaml"),
        ("c0lorama[x]", "colorama"),
        ("cryptograpyh ; python_version > '3'", "cryptography"),
        ("types-reqeusts", "requests"),
        ("django-filters", "django-filter"),
    ],
)
def test_a_name_that_only_looks_well_known_is_suspicious(name: str, like: str) -> None:
    assert list(suspicious([name]).values()) == [like]


@pytest.mark.parametrize("name", ["httpx2", "pytest-lock", "types-redis", "structlog", "an-internal-thing", "ruf"])
def test_other_names_are_not(name: str) -> None:
    assert suspicious([name]) == {}


def test_what_we_install_ourselves_is_never_suspicious() -> None:
    assert suspicious(known_pins()) == {}
    assert suspicious(well_known()) == {}


def test_a_trusted_name_is_not_suspicious() -> None:
    assert suspicious(["Reqeusts>=1", "djnago"], trusted=["reqeusts"]) == {"djnago": "django"}


def test_a_swap_of_neighbours_is_one_slip() -> None:
    assert (distance("reqeusts", "requests"), distance("abc", "cab"), distance("", "ab")) == (1, 2, 2)


@given(WORDS, WORDS)
def test_distance_is_symmetric_and_nothing_only_for_the_same(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) is (one == other)
