from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.output.paths import UnsafePath, safe_path, safe_paths


@pytest.mark.parametrize(
    ("given_path", "expected"),
    [
        ("app/models/task.py", "app/models/task.py"),
        ("./app//models/./task.py", "app/models/task.py"),
        (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        (".gitignore", ".gitignore"),
        ("docs/ma\u0301s.md", "docs/m\u00e1s.md"),
        ("console.py", "console.py"),
        ("a" * 255, "a" * 255),
        ("app/[id]/page (1).tsx", "app/[id]/page (1).tsx"),
    ],
)
def test_a_good_path_is_normalised(given_path: str, expected: str) -> None:
    assert safe_path(given_path) == expected


@pytest.mark.parametrize(
    ("given_path", "reason"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        (".", "names no file"),
        ("app/", "names a folder"),
        ("/etc/passwd", "not relative"),
        ("~/.bashrc", "not relative"),
        ("C:/windows/x.py", "not relative"),
        ("c:x.py", "not relative"),
        ("../x.py", "leads out"),
        ("app/../../x.py", "leads out"),
        ("app/models/../x.py", "leads out"),
        ("app\\models\\task.py", "which not every system can store"),
        ("app/a:stream", "which not every system can store"),
        ("app/what?.py", "which not every system can store"),
        ("app/\x00.py", "invisible"),
        ("app/a\nb.py", "invisible"),
        ("app/\u202egnp.py", "invisible"),
        (".g\u200cit/config", "invisible"),
        ("a\ud800.py", "invisible"),
        (".git/hooks/pre-commit", "belongs to the workspace"),
        ("sub/.GIT/config", "belongs to the workspace"),
        ("GIT~1/config", "belongs to the workspace"),
        (".devmatrix/manifest.json", "belongs to the workspace"),
        ("con", "reserved name"),
        ("app/NUL.txt", "reserved name"),
        ("app/com1.tar.gz", "reserved name"),
        ("app/aux /x.py", "ends in a dot or space"),
        ("app/name.", "ends in a dot or space"),
        ("app./x.py", "ends in a dot or space"),
        ("app/ x.py", "begins with a space"),
        ("app/...", "ends in a dot or space"),
        ("a" * 256, "longer than 255 bytes"),
        ("ñ" * 128, "longer than 255 bytes"),
        ("/".join(["a" * 200] * 6), "longer than 1024 bytes"),
    ],
)
def test_a_path_that_could_do_harm_is_refused_with_the_reason(given_path: str, reason: str) -> None:
    with pytest.raises(UnsafePath) as refused:
        safe_path(given_path)

    assert reason in refused.value.detail
    assert refused.value.hint
    assert refused.value.status == 400


@given(st.text(max_size=60) | st.text(alphabet="./\\ agit:~", max_size=20))
def test_whatever_is_accepted_stays_inside_and_is_its_own_normal_form(text: str) -> None:
    try:
        path = safe_path(text)
    except UnsafePath:
        return

    parts = path.split("/")
    assert not path.startswith("/")
    assert not {"", ".", "..", ".git"} & {part.lower() for part in parts}
    assert safe_path(path) == path


def test_a_set_of_paths_comes_back_sorted_without_doubles() -> None:
    assert safe_paths(["b.py", "./a.py", "a.py"]) == ["a.py", "b.py"]


def test_paths_that_differ_only_in_case_are_refused() -> None:
    with pytest.raises(UnsafePath, match=r"differs only in case from 'README\.md'"):
        safe_paths(["README.md", "readme.md"])


def test_a_file_where_another_path_needs_a_folder_is_refused() -> None:
    with pytest.raises(UnsafePath, match=r"needs a folder where 'app' is a file"):
        safe_paths(["app", "app/main.py", "app-2.py"])
