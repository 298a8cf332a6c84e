from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from execution.output.archive import Archived, ArchiveTooLarge, NoWorkspace, write_archive
from execution.output.workspace import Workspace


def archived(root: Path, **options: int) -> tuple[bytes, Archived]:
    target = io.BytesIO()
    told = write_archive(root, target, name="My project", **options)
    return target.getvalue(), told


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace = Workspace(tmp_path / "plan").open_or_create()
    workspace.write({"app/main.py": "x = 1\r\n", "README.md": "# ñ\n", "empty.txt": ""})
    workspace.commit("one")
    return workspace.root


def test_an_archive_holds_the_files_in_one_folder_without_the_repository(root: Path) -> None:
    content, told = archived(root)

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["my-project/README.md", "my-project/app/main.py", "my-project/empty.txt"]
        assert archive.read("my-project/app/main.py") == b"x = 1\r\n"
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    assert told == Archived(files=3, size=12, skipped=())


def test_the_same_files_give_the_same_bytes(root: Path) -> None:
    first, _ = archived(root)
    os.utime(root / "README.md", (1, 1))
    (root / "README.md").chmod(0o600)

    assert archived(root)[0] == first


def test_links_and_pipes_are_left_out_and_named(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")

    content, told = archived(root)

    assert told.skipped == ("folder", "link.txt", "pipe")
    assert b"secret" not in content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) == 3


@pytest.mark.parametrize("folder", [".venv", "app/__pycache__", "node_modules"])
def test_what_can_be_made_again_is_left_out(root: Path, folder: str) -> None:
    (root / folder).mkdir(parents=True)
    (root / folder / "x").write_text("x")

    assert archived(root)[1].files == 3


def test_too_many_bytes_are_refused_before_they_are_written(root: Path) -> None:
    (root / "big.bin").write_bytes(b"0" * 1_000_000)

    target = io.BytesIO()
    with pytest.raises(ArchiveTooLarge):
        write_archive(root, target, max_bytes=600_000)
    assert len(target.getvalue()) < 10_000


def test_too_many_files_are_refused(root: Path) -> None:
    with pytest.raises(ArchiveTooLarge, match="more than 2 files"):
        archived(root, max_files=2)


def test_a_plan_without_a_workspace_has_no_archive(tmp_path: Path) -> None:
    with pytest.raises(NoWorkspace):
        archived(tmp_path / "nowhere")


class OneWay(io.RawIOBase):
    """A stream that can only be written forward, as an HTTP response."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        chunk = bytes(data)  # type: ignore[call-overload]  # any buffer
        self.content += chunk
        return len(chunk)


def test_the_target_needs_no_seek(root: Path) -> None:
    target = OneWay()

    write_archive(root, target)  # type: ignore[arg-type]  # a raw stream is enough

    with zipfile.ZipFile(io.BytesIO(bytes(target.content))) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 3
