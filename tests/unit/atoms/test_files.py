"""Reading folders: what cannot be read is named and the rest is done."""

from __future__ import annotations

from pathlib import Path

from execution.atoms.files import read_files


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
