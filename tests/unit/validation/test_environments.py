from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from execution.validation.declared import declared_requirements
from execution.validation.environments import (
    EnvironmentNotBuilt,
    RequirementsUnsolvable,
    SuspiciousPackage,
    UnknownPackage,
    environment_for,
    normalised,
)


def test_comments_order_spaces_and_hashes_do_not_matter() -> None:
    one = "# head\nfastapi==1.0  # web\n\nSQLAlchemy >=2,<3\nhttpx[http2]; python_version < '4'\n"
    other = "SQLAlchemy >=2,<3\nhttpx[http2]; python_version < '4'\nfastapi==1.0 \\\n    --hash=sha256:abc\n"
    assert (
        normalised(one)
        == normalised(other)
        == ("fastapi==1.0", "httpx[http2]; python_version < '4'", "SQLAlchemy >=2,<3")
    )


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "--index-url http://evil",
        "-r other.txt",
        "git+https://host/x",
        "./local",
        "x @ file:///etc",
        "/abs",
        "a b",
        "$(id)",
    ],
)
def test_options_links_and_paths_are_refused(line: str) -> None:
    with pytest.raises(InvalidInput, match="not a plain requirement"):
        normalised(f"fastapi\n{line}\n")


@given(st.lists(st.sampled_from(["fastapi", "httpx==1.0", "pytest>=8", "a-b_c.d[x]~=1.2"]), unique=True))
def test_normalising_again_changes_nothing(lines: list[str]) -> None:
    once = normalised("\n".join(lines))
    assert normalised("\n".join(once)) == once
    assert set(once) == set(lines)


def test_an_environment_is_built_once_and_shared(tmp_path: Path) -> None:
    first = environment_for("", tmp_path / "environments")
    marker = first.path / ".ready"
    built = (first.path / "pyvenv.cfg").stat().st_ino
    again = environment_for("# nothing\n", tmp_path / "environments")
    assert again == first
    assert marker.exists()
    assert (first.path / "pyvenv.cfg").stat().st_ino == built
    assert subprocess.run([first.python, "-c", "print(1)"], capture_output=True, check=True).stdout == b"1\n"


def test_a_half_built_environment_is_built_again(tmp_path: Path) -> None:
    environment = environment_for("", tmp_path)
    (environment.path / ".ready").unlink()
    (environment.path / "pyvenv.cfg").unlink()
    assert environment_for("", tmp_path) == environment
    assert (environment.path / "pyvenv.cfg").exists()


def test_what_cannot_be_installed_says_what_uv_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    with pytest.raises(EnvironmentNotBuilt, match="surely-not-a-package") as failure:
        environment_for("surely-not-a-package==1.0\n", tmp_path / "environments")
    assert failure.value.code == "environment_not_built"
    assert failure.value.hint
    assert not [path for path in (tmp_path / "environments").iterdir() if path.is_dir()]


def test_what_the_cache_holds_is_installed_without_asking_the_index(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[bool] = []

    def record(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            asked.append("--offline" not in command)
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr("execution.validation.environments.subprocess.run", record)
    monkeypatch.setattr("execution.validation.environments.marker", lambda path: tmp_path / "ready")
    environment_for("fastapi==1.0", tmp_path / "environments")
    assert asked == [False]


def answering(words: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """uv, as it answers to an installation that the cache is not enough for."""

    def answer(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        failed = "install" in command
        return subprocess.CompletedProcess([], int(failed), "", words if failed else "")

    return answer


def test_a_package_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = (
        "error: No solution found when resolving dependencies\n  cause: Because surely-not-there was not found in the "
        "package registry and you require surely-not-there==1.0, we can conclude that this is unsatisfiable."
    )
    monkeypatch.setattr("execution.validation.environments.subprocess.run", answering(words))
    with pytest.raises(UnknownPackage, match="surely-not-there cannot be found") as refusal:
        environment_for("surely_not_there==1.0\nfastapi\n", tmp_path)
    assert refusal.value.packages == ("surely-not-there",)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_requirements_that_contradict_each_other_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = (
        "error: No solution found when resolving dependencies\n  cause: Because you require idna<2 and idna==3.7, "
        "we can conclude that your requirements are unsatisfiable."
    )
    monkeypatch.setattr("execution.validation.environments.subprocess.run", answering(words))
    with pytest.raises(RequirementsUnsolvable, match="idna<2 and idna==3.7") as refusal:
        environment_for("idna==3.7\nidna<2\nfastapi\n", tmp_path)
    assert refusal.value.packages == ("idna",)


def test_an_index_that_does_not_answer_is_no_fault_of_the_requirements(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = "error: Failed to fetch: https://host/simple/idna/ cause: dns error"
    monkeypatch.setattr("execution.validation.environments.subprocess.run", answering(words))
    with pytest.raises(EnvironmentNotBuilt, match="dns error") as refusal:
        environment_for("idna\n", tmp_path)
    assert (type(refusal.value), refusal.value.packages) == (EnvironmentNotBuilt, ())


def test_a_suspicious_name_is_refused_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("uv was started")

    monkeypatch.setattr("execution.validation.environments.subprocess.run", never)
    with pytest.raises(SuspiciousPackage, match="reqeusts looks like requests") as refusal:
        environment_for("fastapi\nreqeusts>=2\n", tmp_path)
    assert refusal.value.packages == ("reqeusts",)
    assert "TRUSTED_PACKAGES" in refusal.value.hint


def test_uv_sees_none_of_our_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    def record(*_: object, env: dict[str, str], **__: object) -> subprocess.CompletedProcess[str]:
        seen.append(env)
        return subprocess.CompletedProcess([], 1, "", "stopped")

    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("UV_CACHE_DIR", "/somewhere")
    monkeypatch.setattr("execution.validation.environments.subprocess.run", record)
    with pytest.raises(EnvironmentNotBuilt, match="stopped"):
        environment_for("", tmp_path)
    assert seen[0]["UV_CACHE_DIR"] == "/somewhere"
    assert "ANTHROPIC_API_KEY" not in seen[0]


def test_declared_requirements_come_from_lists_and_project_file() -> None:
    files = {
        "requirements.txt": "fastapi\n",
        "requirements-dev.txt": "-r requirements.txt\npytest\n",
        "pyproject.toml": '[project]\ndependencies = ["httpx"]\n[project.optional-dependencies]\nx = ["rich"]\n',
    }
    assert declared_requirements(files) == "fastapi\npytest\nhttpx\nrich"
    assert declared_requirements({"pyproject.toml": "not toml ["}) == ""
