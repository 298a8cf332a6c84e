from __future__ import annotations

import pytest

from execution.validation.standards import ANNOTATED, GENERATED, TYPED, UNTYPED, annotated_share, standard_for

ANNOTATED_CODE = "def a(x: int) -> int:\n    return x\n\n\nclass B:\n    def c(self, y: str): ...\n"
PLAIN = "def a(x):\n    return x\n"


def test_what_we_generate_is_held_to_our_own_standard() -> None:
    assert standard_for({"a.py": PLAIN}, generated=True) is GENERATED


@pytest.mark.parametrize(
    "claim",
    [
        {"pkg/py.typed": ""},
        {"pyproject.toml": "[tool.mypy]\nstrict = true\n"},
        {"pyproject.toml": "[tool.mypy]\ndisallow_untyped_defs = true\n"},
        {"mypy.ini": "[mypy]\nstrict = True\n"},
    ],
)
def test_strict_types_are_asked_of_those_who_claim_them_and_annotate(claim: dict[str, str]) -> None:
    assert standard_for({"pkg/a.py": ANNOTATED_CODE, **claim}, generated=False) is TYPED
    assert standard_for({"pkg/a.py": PLAIN, **claim}, generated=False) is UNTYPED


def test_of_others_they_are_not() -> None:
    assert standard_for({"a.py": PLAIN}, generated=False) is UNTYPED
    assert standard_for({"a.py": ANNOTATED_CODE}, generated=False) is ANNOTATED
    assert standard_for({"a.py": ANNOTATED_CODE, "pyproject.toml": "[broken"}, generated=False) is ANNOTATED


def test_the_share_counts_functions() -> None:
    assert annotated_share({"a.py": ANNOTATED_CODE, "b.py": PLAIN, "c.py": "def (", "d.txt": PLAIN}) == pytest.approx(
        2 / 3
    )
    assert annotated_share({}) == 0.0
