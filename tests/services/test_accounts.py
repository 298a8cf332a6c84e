"""What root opens for the account of the data services, and what stays closed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from devmatrix_project.services.accounts import Account, let_pass, let_read, service_account

STRANGER = Account(name="stranger", uid=54321, gid=54321)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """home (0700) / project (0755) / data (0750)."""
    data = tmp_path / "home" / "project" / "data"
    data.mkdir(parents=True)
    for folder, rights in ((data, 0o750), (data.parent, 0o755), (data.parent.parent, 0o700)):
        folder.chmod(rights)
    return data


def test_folders_in_the_way_become_passable_but_not_listable(closed: Path) -> None:
    home, project = closed.parent.parent, closed.parent
    changed = let_pass(STRANGER, closed)
    assert [mode(folder) for folder in (home, project, closed)] == [0o701, 0o755, 0o751]
    assert changed[-2:] == [home, closed]
    assert let_pass(STRANGER, closed) == []


def test_only_the_class_of_rights_that_counts_for_the_account_is_changed(closed: Path) -> None:
    owner = Account(name="me", uid=os.getuid(), gid=STRANGER.gid)
    assert closed not in let_pass(owner, closed)
    closed.chmod(0o700)
    group = Account(name="us", uid=STRANGER.uid, gid=closed.stat().st_gid)
    assert let_pass(group, closed)[-1] == closed
    assert mode(closed) == 0o710


def test_programs_installed_under_a_strict_umask_become_readable(tmp_path: Path) -> None:
    program, text = tmp_path / "bin" / "server", tmp_path / "share" / "words"
    for path, rights in ((program, 0o700), (text, 0o600)):
        path.parent.mkdir(mode=0o700)
        path.write_text("")
        path.chmod(rights)
    let_read(STRANGER, tmp_path)
    assert [mode(path) for path in (program.parent, program, text)] == [0o705, 0o705, 0o604]


def test_an_ordinary_user_runs_services_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert service_account() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_root_runs_services_as_an_account_that_cannot_log_in() -> None:
    account = service_account()
    assert account is not None
    assert account.uid != 0
    entry = next(line for line in Path("/etc/passwd").read_text().splitlines() if line.startswith(f"{account.name}:"))
    assert entry.endswith("/nologin")
