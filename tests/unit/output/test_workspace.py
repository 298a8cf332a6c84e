from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.output import tree
from execution.output.errors import (
    GitFailed,
    NoSuchRevision,
    TagTaken,
    WorkspaceBusy,
    WorkspaceInconsistent,
    WorkspaceNotWritable,
)
from execution.output.manifest import Manifest
from execution.output.paths import UnsafePath
from execution.output.workspace import Workspace, tree_hash


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "plan").open_or_create()


def files_below(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not {".git", ".devmatrix"} & set(path.relative_to(root).parts)
    }


def test_what_is_written_is_on_the_disk_byte_for_byte(workspace: Workspace) -> None:
    files: dict[str, str | bytes] = {
        "app/a.py": "x = 1\r\ny = 2\r\n",
        "b.bin": b"\x00\xff",
        "c.txt": "old\rmac",
        "d.md": "ñ\n",
    }

    workspace.write(files)

    assert files_below(workspace.root) == {
        "app/a.py": b"x = 1\r\ny = 2\r\n", "b.bin": b"\x00\xff", "c.txt": b"old\rmac", "d.md": b"\xc3\xb1\n",
    }  # fmt: skip


def test_a_written_set_is_current_by_its_tree_hash(workspace: Workspace) -> None:
    files = {"a.py": "1\n", "b.py": "2\n"}

    returned = workspace.write(files)

    assert returned == tree_hash(files)
    assert workspace.is_current(returned)
    assert not workspace.is_current(tree_hash({"a.py": "1\n"}))


def test_a_file_changed_on_the_disk_is_noticed_and_written_again(workspace: Workspace) -> None:
    wanted = workspace.write({"a.py": "1\n"})
    (workspace.root / "a.py").write_text("changed\n")

    assert not workspace.is_current(wanted)
    workspace.write({"a.py": "1\n"})

    assert workspace.is_current(wanted)


def test_files_no_longer_in_the_set_go_and_empty_folders_with_them(workspace: Workspace) -> None:
    workspace.write({"app/old/a.py": "1", "app/b.py": "2"})

    workspace.write({"app/b.py": "2"})

    assert files_below(workspace.root) == {"app/b.py": b"2"}
    assert not (workspace.root / "app/old").exists()


def test_files_of_the_user_are_never_taken_away(workspace: Workspace) -> None:
    workspace.write({"app/a.py": "1"})
    (workspace.root / "app/notes.txt").write_text("mine")

    workspace.write({"b.py": "2"}, remove=["app/notes.txt"])

    assert files_below(workspace.root) == {"app/notes.txt": b"mine", "b.py": b"2"}


def test_a_partial_write_keeps_the_other_files(workspace: Workspace) -> None:
    workspace.write({"a.py": "1", "b.py": "2"})

    returned = workspace.write({"b.py": "3"}, partial=True)

    assert files_below(workspace.root) == {"a.py": b"1", "b.py": b"3"}
    assert returned == tree_hash({"a.py": "1", "b.py": "3"})


def test_remove_takes_an_owned_file_away_in_a_partial_write(workspace: Workspace) -> None:
    workspace.write({"a.py": "1", "b.py": "2"})

    workspace.write({}, remove=["a.py"], partial=True)

    assert workspace.owned_files() == ["b.py"]


def test_a_file_may_become_a_folder_and_back(workspace: Workspace) -> None:
    workspace.write({"app": "1"})
    workspace.commit("one")
    workspace.write({"app/main.py": "2"})
    workspace.commit("two")
    workspace.write({"app": "3"})
    workspace.commit("three")

    assert workspace.files_at("HEAD") == {"app": b"3"}
    assert workspace.files_at("HEAD~1") == {"app/main.py": b"2"}


@pytest.mark.parametrize("path", ["../x.py", "/x.py", ".git/config", ".devmatrix/manifest.json"])
def test_a_path_out_of_the_workspace_is_refused_before_anything_is_written(workspace: Workspace, path: str) -> None:
    with pytest.raises(UnsafePath):
        workspace.write({"a.py": "1", path: "evil"})

    assert files_below(workspace.root) == {}


def test_a_link_that_leads_out_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (workspace.root / "app").symlink_to(outside)

    with pytest.raises(UnsafePath, match="which is a link"):
        workspace.write({"app/main.py": "evil"})

    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_a_file_is_replaced_and_not_followed(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("keep")
    (workspace.root / "a.py").symlink_to(outside)

    workspace.write({"a.py": "1"})

    assert outside.read_text() == "keep"
    assert not (workspace.root / "a.py").is_symlink()


def test_a_full_disk_changes_nothing_and_says_what_to_do(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = workspace.write({"a.py": "1", "b.py": "2"})
    written = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if content == b"second":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return written(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WorkspaceNotWritable) as failed:
        workspace.write({"a.py": "first", "b.py": "second"})

    assert "free some space" in failed.value.hint
    assert files_below(workspace.root) == {"a.py": b"1", "b.py": b"2"}
    assert workspace.is_current(wanted)
    assert not list((workspace.root / ".devmatrix").glob("staging-*"))


def test_a_write_cut_short_cannot_be_committed_and_is_mended_by_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write({"old.py": "0"})
    workspace.commit("one")

    def killed(_staged: tree.Staged) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(tree.Staged, "move_into_place", killed)
        with pytest.raises(KeyboardInterrupt):
            workspace.write({"new.py": "1"})
    with pytest.raises(WorkspaceInconsistent):
        workspace.commit("two")

    wanted = workspace.write({"new.py": "1"})

    assert workspace.is_current(wanted)
    assert workspace.commit("two")
    assert workspace.files_at("HEAD") == {"new.py": b"1"}


def test_what_a_killed_writer_left_is_cleared(workspace: Workspace) -> None:
    abandoned = workspace.root / ".devmatrix/staging-old"
    abandoned.mkdir()
    (abandoned / "0").write_text("x")

    workspace.write({"a.py": "1"})

    assert not abandoned.exists()


def test_a_damaged_manifest_is_not_current_and_is_mended_by_the_next_write(workspace: Workspace) -> None:
    wanted = workspace.write({"a.py": "1"})
    (workspace.root / ".devmatrix/manifest.json").write_text("{")

    assert not workspace.is_current(wanted)
    assert workspace.write({"a.py": "1"}) == wanted
    assert workspace.is_current(wanted)


def test_a_workspace_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(WorkspaceNotWritable):
        Workspace(tmp_path / "file" / "plan").open_or_create()


def test_commits_have_a_fixed_author_and_need_no_home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    workspace.write({"a.py": "1"})

    sha = workspace.commit("# Wave 1: begins with a hash\n\nbody\n")

    shown = subprocess.run(
        ["git", "log", "-1", "--format=%H|%an|%ae|%cn|%s"],
        cwd=workspace.root, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
             "GIT_CONFIG_VALUE_0": "*"},
    )  # fmt: skip
    assert shown.stdout.strip() == f"{sha}|DevMatrix|devmatrix@localhost|DevMatrix|# Wave 1: begins with a hash"


def test_hooks_are_not_run(workspace: Workspace, tmp_path: Path) -> None:
    hooks = workspace.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "commit-msg", "post-commit"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    workspace.write({"a.py": "1"})

    assert workspace.commit("one")
    assert not (tmp_path / "ran").exists()


def test_nothing_changed_makes_no_commit(workspace: Workspace) -> None:
    assert workspace.commit("empty") is None
    workspace.write({"a.py": "1"})
    first = workspace.commit("one")
    workspace.write({"a.py": "1"})

    assert workspace.commit("two") is None
    assert workspace.head() == first


def test_a_commit_holds_owned_files_only_even_when_ignored(workspace: Workspace) -> None:
    workspace.write({".gitignore": "*.log\n", "kept.log": "1"})
    (workspace.root / "user.db").write_text("mine")

    workspace.commit("one")

    assert workspace.files_at("HEAD") == {".gitignore": b"*.log\n", "kept.log": b"1"}


def test_attributes_of_the_project_cannot_change_newlines(workspace: Workspace) -> None:
    workspace.write({".gitattributes": "* text=auto eol=lf\n", "a.bat": "one\r\ntwo\r\n"})

    workspace.commit("one")

    assert workspace.files_at("HEAD")["a.bat"] == b"one\r\ntwo\r\n"


def test_the_log_and_tags_tell_the_history(workspace: Workspace) -> None:
    workspace.write({"a.py": "1\n"})
    workspace.commit("one\n\nTrace-Id: abc\n")
    workspace.tag("plan-v1")
    workspace.write({"a.py": "2\n"})
    workspace.commit("two")

    newest, oldest = workspace.log()

    assert (newest.subject, newest.tags) == ("two", ())
    assert (oldest.subject, oldest.body, oldest.tags) == ("one", "Trace-Id: abc", ("plan-v1",))
    assert workspace.files_at("plan-v1") == {"a.py": b"1\n"}
    assert "-1\n+2\n" in workspace.diff("plan-v1", "HEAD")


def test_tagging_twice_is_harmless_but_a_tag_does_not_move(workspace: Workspace) -> None:
    with pytest.raises(NoSuchRevision):
        workspace.tag("v1")
    workspace.write({"a.py": "1"})
    workspace.commit("one")
    workspace.tag("v1")
    workspace.tag("v1")
    workspace.write({"a.py": "2"})
    workspace.commit("two")

    with pytest.raises(TagTaken):
        workspace.tag("v1")


def test_a_full_disk_under_git_is_told_like_any_other(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'fatal: write error: No space left on device' >&2\nexit 128\n")
    fake.chmod(0o755)
    workspace.write({"a.py": "1"})

    monkeypatch.setenv("PATH", str(fake.parent))
    with pytest.raises(WorkspaceNotWritable, match="free some space"):
        workspace.commit("one")
    fake.write_text("#!/bin/sh\necho 'fatal: something else' >&2\nexit 128\n")
    with pytest.raises(GitFailed, match="status 128: fatal: something else"):
        workspace.commit("one")
    fake.unlink()
    with pytest.raises(GitFailed, match="Install git"):
        workspace.commit("one")


@pytest.mark.parametrize("revision", ["nope", "--output=/tmp/x", "HEAD~9"])
def test_an_unknown_revision_is_named(workspace: Workspace, revision: str) -> None:
    workspace.write({"a.py": "1"})
    workspace.commit("one")

    with pytest.raises(NoSuchRevision):
        workspace.files_at(revision)


def test_an_old_index_lock_without_a_process_is_cleared(workspace: Workspace) -> None:
    lock = workspace.root / ".git/index.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    workspace.write({"a.py": "1"})

    assert workspace.commit("one")
    assert not lock.exists()


def test_a_lock_of_a_running_git_is_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(workspace.root, stale_lock_seconds=0.2)
    fake = tmp_path / "git-fake"
    shutil.copy("/bin/sleep", fake)
    lock = workspace.root / ".git/index.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    workspace.write({"a.py": "1"})
    running = subprocess.Popen([fake, "30"], cwd=workspace.root)
    try:
        while not Path(f"/proc/{running.pid}/comm").read_text().startswith("git"):
            time.sleep(0.01)  # the name of a new process shows a moment after it was started
        with pytest.raises(WorkspaceBusy, match="Git holds"):
            workspace.commit("one")
        assert lock.exists()
    finally:
        running.kill()
        running.wait()


def test_a_repository_half_made_is_completed(workspace: Workspace) -> None:
    (workspace.root / ".git/HEAD").unlink()

    workspace.open_or_create()
    workspace.write({"a.py": "1"})

    assert workspace.commit("one")


def test_a_git_link_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "plan"
    root.mkdir()
    (root / ".git").write_text("gitdir: /elsewhere\n")

    with pytest.raises(WorkspaceNotWritable, match="is not a folder"):
        Workspace(root).open_or_create()


def test_the_lock_is_held_once_for_a_write_and_its_commit(workspace: Workspace) -> None:
    other = Workspace(workspace.root, lock_timeout=0.1)

    with workspace.locked():
        workspace.write({"a.py": "1"})
        with pytest.raises(WorkspaceBusy):
            other.write({"a.py": "2"})
        workspace.commit("one")
    other.write({"a.py": "2"})

    assert workspace.files_at("HEAD") == {"a.py": b"1"}


def test_threads_that_share_a_workspace_wait_for_each_other(workspace: Workspace) -> None:
    problems: list[BaseException] = []

    def build(number: int) -> None:
        try:
            with workspace.locked():
                workspace.write({"same.py": f"{number}\n", "other.py": f"{number}\n"})
                workspace.commit(f"number {number}")
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            problems.append(error)

    threads = [threading.Thread(target=build, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    commits = workspace.log()
    assert len(commits) == 4
    for commit in commits:
        assert len(set(workspace.files_at(commit.sha).values())) == 1


def _write_from_process(root: Path, number: int) -> None:
    workspace = Workspace(root)
    for _ in range(3):
        with workspace.locked():
            workspace.write({"same.py": f"{number}\n", "other.py": f"{number}\n"})
            workspace.commit(f"number {number}")


def test_processes_wait_for_each_other(workspace: Workspace) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write_from_process, args=(workspace.root, number)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0]
    for commit in workspace.log():
        assert len(set(workspace.files_at(commit.sha).values())) == 1


FILES = st.dictionaries(st.text("abc", min_size=1, max_size=3).map(lambda name: f"{name}.py"), st.text(max_size=20))


@given(FILES, FILES)
def test_tree_hashes_are_equal_exactly_when_the_sets_are(one: Mapping[str, str], other: Mapping[str, str]) -> None:
    assert (tree_hash(one) == tree_hash(other)) == (dict(one) == dict(other))
    assert tree_hash(dict(reversed(list(one.items())))) == tree_hash(one)


NAMES = st.sampled_from(["a.py", "b.py", "app/a.py", "app/b/c.py", "lib/x.txt", "mine/a.py"])
SETS = st.lists(st.dictionaries(NAMES, st.sampled_from(["", "1\n", "2\r\n"]), max_size=6), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(SETS)
def test_after_any_writes_the_disk_holds_the_last_set_and_the_files_of_the_user(sets: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(folder)
        (workspace.root / "mine").mkdir()
        (workspace.root / "mine/notes.txt").write_text("mine")
        for files in sets:
            returned = workspace.write(files)

            expected = {path: text.encode() for path, text in files.items()}
            assert files_below(workspace.root) == {**expected, "mine/notes.txt": b"mine"}
            assert workspace.is_current(returned)


def test_a_manifest_survives_the_round_trip(tmp_path: Path) -> None:
    (tmp_path / ".devmatrix").mkdir()
    manifest = Manifest(files={"a.py": "00"}, complete=False, tree_hash="11")

    manifest.store(tmp_path)

    assert Manifest.load(tmp_path) == manifest
    assert Manifest.load(tmp_path / "elsewhere") == Manifest()
