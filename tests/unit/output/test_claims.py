from __future__ import annotations

import ast

import pytest

from execution.output.claims import Claim, MergedFile, PathConflict, merge_claims

ONE = '"""Models."""\n\nfrom __future__ import annotations\n\nimport os\n\n\ndef one() -> str:\n    return os.sep\n'
TWO = "import os\nimport sys\n\n\n# Why two.\n@cache\ndef two() -> str:\n    return sys.platform + os.sep\n"


def test_files_of_different_paths_stay_apart() -> None:
    merged = merge_claims([Claim("task_02", "b.py", TWO), Claim("task_01", "./a.py", ONE)])

    assert merged == [MergedFile("a.py", ONE, ("task_01",)), MergedFile("b.py", TWO, ("task_02",))]


def test_equal_claims_are_one_file_of_both_tasks() -> None:
    merged = merge_claims([Claim("task_01", "a.md", "# A\n"), Claim("task_02", "a.md", "# A\n\n")])

    assert merged == [MergedFile("a.md", "# A\n", ("task_01", "task_02"))]


def test_different_definitions_are_put_into_one_file() -> None:
    (merged,) = merge_claims([Claim("task_01", "a.py", ONE), Claim("task_02", "a.py", TWO)])

    assert merged.tasks == ("task_01", "task_02")
    assert merged.text == (
        '"""Models."""\n\nfrom __future__ import annotations\n\nimport os\nimport sys\n\n\n'
        "def one() -> str:\n    return os.sep\n\n\n"
        "# Why two.\n@cache\ndef two() -> str:\n    return sys.platform + os.sep\n"
    )


def test_a_future_import_of_the_second_claim_comes_first() -> None:
    (merged,) = merge_claims([Claim("task_02", "a.py", TWO), Claim("task_01", "a.py", ONE)])

    assert merged.text.startswith("from __future__ import annotations\n")
    ast.parse(merged.text)


def test_a_definition_that_both_have_alike_stays_once() -> None:
    (merged,) = merge_claims([Claim("task_01", "a.py", ONE), Claim("task_02", "a.py", f"{ONE}\n\nX = 1\n")])

    assert merged.text.count("def one") == 1
    assert "X = 1\n" in merged.text


def test_comments_and_several_statements_of_a_line_survive() -> None:
    (merged,) = merge_claims([Claim("a", "a.py", "x = 1; y = 2\n# the end\n"), Claim("b", "a.py", "z = 3\n")])

    assert merged.text == "x = 1; y = 2\n\n\n# the end\n\n\nz = 3\n"


def test_one_name_defined_in_two_ways_is_a_conflict_that_names_both() -> None:
    other = ONE.replace("os.sep", "os.linesep")

    with pytest.raises(PathConflict) as found:
        merge_claims([Claim("task_01", "a.py", ONE), Claim("task_02", "a.py", TWO), Claim("task_03", "a.py", other)])

    assert found.value.detail == "Tasks task_01 and task_03 both write a.py, and both define one, in different ways."
    assert found.value.context == {"path": "a.py", "tasks": ["task_01", "task_03"]}


@pytest.mark.parametrize(
    ("path", "texts", "reason"),
    [
        ("a.md", ("# A\n", "# B\n"), "their texts differ"),
        ("a.py", ("x = 1\n", "def (:\n"), "the text of task_02 does not parse"),
    ],
)
def test_what_cannot_be_merged_is_a_conflict(path: str, texts: tuple[str, str], reason: str) -> None:
    with pytest.raises(PathConflict, match=f"Tasks task_01 and task_02 both write .* {reason}"):
        merge_claims([Claim("task_01", path, texts[0]), Claim("task_02", path, texts[1])])
