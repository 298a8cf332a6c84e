"""Reading folders: what cannot be read is named and the rest is done."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from execution.atoms.files import is_folder, is_missing, read_files


def problems(folder: Path, **options: int) -> dict[str, str]:
    return {file.path.relative_to(folder).as_posix(): file.problem for file in read_files(folder, **options)}


def test_files_are_sorted_and_folders_of_tools_are_left_out(tmp_path: Path) -> None:
    for name in ("b.py", "a/c.py", ".git/x.py", "node_modules/y.js", "__pycache__/z.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    assert list(problems(tmp_path).items()) == [("a/c.py", ""), ("b.py", "")]


def test_bad_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(b"\0\1")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    (tmp_path / "huge.py").write_bytes(b"#" * 101)
    (tmp_path / "good.py").write_bytes(b"x = 1\n")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    assert problems(tmp_path, most_bytes=100) == {
        "binary.py": "binary",
        "gone.py": "unreadable",
        "good.py": "",
        "huge.py": "too_large",
        "latin.py": "not_utf8",
    }


def test_links_that_loop_are_named_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text("x = 1\n")
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "self").symlink_to("self")
    assert problems(tmp_path) == {"self": "link_loop", "sub/a.py": "", "sub/up": "link_loop"}


def test_one_file_is_read_alone(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (file,) = read_files(tmp_path / "a.py")
    assert (file.data, file.problem, file.was_read, file.failed) == (b"x = 1\n", "", True, False)


def test_a_folder_is_entered_once_and_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.py").write_text("x = 1\n")
    (tmp_path / "alias").symlink_to("real")
    assert problems(tmp_path) == {"real/a.py": ""}


def test_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    for number in range(12):
        for folder in (outside, root):
            (folder / f"d{number}").mkdir(parents=True)
            (folder / f"d{number}" / "a.py").write_text("x = 1\n")
        for other in range(12):
            (root / f"d{number}" / f"to{other}").symlink_to(f"../../outside/d{other}")
            (outside / f"d{number}" / f"to{other}").symlink_to(f"../d{other}")
    found = problems(root)
    assert sum(problem == "" for problem in found.values()) == 24
    assert set(found.values()) == {"", "link_loop"}


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        (tmp_path / "endless.py").symlink_to("/dev/zero")
        assert problems(tmp_path) == dict.fromkeys(["endless.py", "pipe.py", "socket.py"], "not_a_file")


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text("x = 1\n")

    def read_bytes(path: Path) -> bytes:
        """As the system answers who is not root."""
        if path.name == "a.py":
            raise PermissionError(13, "Permission denied", str(path))
        return b"x = 1\n"

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert problems(tmp_path) == {"a.py": "unreadable", "b.py": ""}


def test_a_file_of_a_hundred_megabytes_is_named_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(100_000_000)
    assert problems(tmp_path) == {"huge.py": "too_large"}


def test_names_that_are_not_utf8_are_read(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text("x = 1\n")
    assert list(problems(tmp_path).values()) == [""]


def test_a_link_to_itself_is_named_when_it_is_asked_for_alone(tmp_path: Path) -> None:
    (tmp_path / "self.py").symlink_to("self.py")
    assert [file.problem for file in read_files(tmp_path / "self.py")] == ["link_loop"]


def test_a_path_below_a_closed_folder_is_there_and_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, **options: bool) -> os.stat_result:
        """As the system answers who is not root."""
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refused)
    assert [file.problem for file in read_files(tmp_path / "a.py")] == ["unreadable"]
    assert (is_folder(tmp_path), is_missing(tmp_path)) == (False, False)


def test_a_name_that_no_file_can_have_is_missing(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 300)
    assert (is_missing(path), is_folder(path)) == (True, False)
    assert [file.problem for file in read_files(path)] == ["unreadable"]
