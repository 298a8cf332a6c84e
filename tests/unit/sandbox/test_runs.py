from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from execution.sandbox import bubblewrap
from execution.sandbox.inside.order import Order
from execution.sandbox.interpreters import directories_of
from execution.sandbox.isolation import Isolation, Level, NotIsolated, demanded, isolation, require
from execution.sandbox.launching import SandboxFailed, launch
from execution.sandbox.limits import Limits
from execution.sandbox.runs import run

LEVELS = [level for level in (Level.LIMITS, Level.NAMESPACES) if level <= isolation().level]


@pytest.fixture(params=LEVELS, ids=lambda level: level.name.lower())
def level(request: pytest.FixtureRequest) -> Level:
    return Level(request.param)


def test_exit_code_and_both_outputs_come_back(workspace: Path, level: Level) -> None:
    outcome = run(["sh", "-c", "echo out; echo err >&2; exit 3"], workspace=workspace, level=level)
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (3, "out\n", "err\n")
    assert (outcome.killed_by, outcome.truncated) == (None, False)


def test_a_signal_is_a_negative_exit_code(workspace: Path, level: Level) -> None:
    assert run(["sh", "-c", "kill -SEGV $$"], workspace=workspace, level=level).exit_code == -11


def test_the_workspace_is_a_copy_with_its_links_and_modes(workspace: Path, level: Level) -> None:
    (workspace / "folder").mkdir()
    (workspace / "folder" / "text.txt").write_text("content")
    (workspace / "tool.sh").write_text("#!/bin/sh\ncat folder/link\n")
    (workspace / "tool.sh").chmod(0o755)
    (workspace / "folder" / "link").symlink_to("text.txt")
    outcome = run(["./tool.sh"], workspace=workspace, level=level)
    assert outcome.stdout == "content"


def test_histories_caches_and_special_files_are_not_copied(workspace: Path, level: Level) -> None:
    for name in (".git", "__pycache__", "kept"):
        (workspace / name).mkdir()
    os.mkfifo(workspace / "pipe")
    assert run(["ls", "-A"], workspace=workspace, level=level).stdout == "kept\n"


def test_collected_files_come_back_as_bytes(workspace: Path, level: Level) -> None:
    script = "mkdir out; printf 'a\\0b' > out/data; printf x > other"
    outcome = run(["sh", "-c", script], workspace=workspace, collect=["out/data", "absent"], level=level)
    assert outcome.files == {"out/data": b"a\0b"}
    assert list(workspace.iterdir()) == []


def test_given_environment_is_added_to_a_minimal_one(workspace: Path, level: Level) -> None:
    outcome = run(["sh", "-c", "echo $FLAG $HOME $USER"], workspace=workspace, environment={"FLAG": "on"}, level=level)
    flag, home = outcome.stdout.split()
    assert flag == "on"
    assert home != str(Path.home())


def test_the_middle_of_a_long_output_is_dropped(workspace: Path, level: Level) -> None:
    outcome = run(["seq", "100000"], workspace=workspace, limits=Limits(output=1000), level=level)
    assert outcome.truncated
    assert outcome.stdout.startswith("1\n2\n3\n")
    assert outcome.stdout.endswith("99999\n100000\n")
    assert "bytes dropped" in outcome.stdout


def test_output_that_is_not_utf8_is_replaced(workspace: Path, level: Level) -> None:
    assert run(["printf", "\\377"], workspace=workspace, level=level).stdout == "\ufffd"


def test_an_orphan_is_killed_at_every_level(workspace: Path, level: Level) -> None:
    outcome = run(["sh", "-c", "setsid sleep 30 & setsid setsid sleep 30 & exit 0"], workspace=workspace, level=level)
    assert outcome.exit_code == 0
    assert outcome.duration < 5


def test_wall_time_holds_at_every_level(workspace: Path, level: Level) -> None:
    outcome = run(["sh", "-c", "sleep 30 & sleep 30"], workspace=workspace, limits=Limits(wall=0.3), level=level)
    assert outcome.killed_by == "timeout"
    assert outcome.duration < 3


def test_a_flood_is_stopped_at_every_level(workspace: Path, level: Level) -> None:
    outcome = run(["yes"], workspace=workspace, limits=Limits(flood=1_000_000, output=1000), level=level)
    assert outcome.killed_by == "output"


def test_a_command_that_does_not_exist_is_the_sandbox_s_failure(workspace: Path, level: Level) -> None:
    with pytest.raises(SandboxFailed, match="no such command: no-such-thing"):
        run(["no-such-thing"], workspace=workspace, level=level)


def test_a_workspace_larger_than_the_disk_is_refused(workspace: Path, namespaces: None) -> None:
    (workspace / "big").write_bytes(b"x" * 3_000_000)
    with pytest.raises(SandboxFailed, match="No space left"):
        run(["true"], workspace=workspace, limits=Limits(disk=1_000_000))


def test_an_absent_workspace_is_refused(tmp_path: Path, level: Level) -> None:
    with pytest.raises(SandboxFailed, match="No such file"):
        run(["true"], workspace=tmp_path / "absent", level=level)


def test_processes_are_bounded_at_every_level(workspace: Path, level: Level) -> None:
    script = "i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done; wait"
    outcome = run(["sh", "-c", script], workspace=workspace, limits=Limits(processes=20, wall=10.0), level=level)
    assert outcome.killed_by == "processes" or "fork" in outcome.stderr.lower()
    assert outcome.duration < 8


def test_a_readable_directory_is_seen_and_not_written(workspace: Path, tmp_path: Path, namespaces: None) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "given.txt").write_text("given")
    data.chmod(0o777)
    script = f"cat {data}/given.txt; touch {data}/new || echo ' refused'"
    assert run(["sh", "-c", script], workspace=workspace, readable=[data]).stdout == "given refused\n"


def test_a_user_without_privileges_on_the_host_gets_the_same_isolation(tmp_path: Path, namespaces: None) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare to become such a user with")
    program = """
import sys
from pathlib import Path
from execution.sandbox.runs import isolation, run
print(int(isolation().level))
script = "id -u; ls /root /work 2>/dev/null; echo new > file; cat file"
print(run(["sh", "-c", script], workspace=Path(sys.argv[1])).stdout)
"""
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["2", "1000", "new"], "")


def test_the_interpreter_s_environment_and_its_origin_are_shown() -> None:
    python = Path(sys.executable)
    places = {place for _, place in directories_of(python)}
    system = str(python.resolve()).startswith("/usr/")
    assert system or str(python.resolve().parent.parent) in places
    assert str(python.parent.parent) in places or system


def test_a_level_below_the_required_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = Isolation(Level.LIMITS, "limits", "process limits", (), ("namespaces: forbidden",))
    monkeypatch.setattr("execution.sandbox.isolation.isolation", lambda: weak)
    assert require(Level.LIMITS) == weak
    with pytest.raises(NotIsolated) as refusal:
        require(Level.NAMESPACES)
    assert refusal.value.code == "not_isolated"
    assert refusal.value.context == {"missing": ["namespaces: forbidden"]}


def test_isolation_says_what_holds(namespaces: None) -> None:
    present = isolation()
    assert present.level >= Level.NAMESPACES
    assert any("no network" in detail for detail in present.details)
    said = " ".join((*present.details, *present.missing))
    assert "Landlock" in said
    assert "filter on system calls" in said


def test_a_run_costs_little(workspace: Path, namespaces: None) -> None:
    """30 ms are wanted, which ``bench sandbox`` shows; here processor time counts, whatever else the machine does."""

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    costs = []
    for _ in range(5):
        before = spent()
        assert run(["true"], workspace=workspace).exit_code == 0
        costs.append(spent() - before)
    assert min(costs) < 0.1


def test_a_run_below_what_is_demanded_is_refused(monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    weak = Isolation(Level.LIMITS, "limits", "process limits", (), ("namespaces: forbidden",))
    monkeypatch.setattr("execution.sandbox.isolation.isolation", lambda: weak)
    monkeypatch.setattr("execution.sandbox.isolation._demand.level", Level.NAMESPACES)
    with pytest.raises(NotIsolated, match="needs isolation level 2"):
        run(["true"], workspace=workspace)
    monkeypatch.setattr("execution.sandbox.isolation._demand.level", Level.NONE)
    assert demanded() == Level.LIMITS
    assert run(["true"], workspace=workspace, level=Level.LIMITS).exit_code == 0


def test_bubblewrap_gives_the_same_where_it_is_installed(workspace: Path) -> None:
    if bubblewrap.installed() is None:
        pytest.skip("no bubblewrap here")
    (workspace / "text.txt").write_text("content")
    outcome = launch(
        ["sh", "-c", "cat text.txt; id -u; touch /usr/x || cp text.txt copy"],
        workspace=workspace,
        limits=Limits(),
        environment={"PATH": "/usr/bin:/bin"},
        way="bubblewrap",
        collect=["copy"],
    )
    assert (outcome.stdout, outcome.files) == ("content1000\n", {"copy": b"content"})


def test_bubblewrap_is_told_to_share_nothing() -> None:
    values = dict.fromkeys(Order.__slots__, 0) | {
        "workspace": "/somewhere",
        "binds": [("/data", "/data")],
        "disk": 1000,
    }
    order = Order(**values)
    command = bubblewrap.wrapped(Path("/usr/bin/bwrap"), ["launcher"], order)
    assert {"--unshare-all", "--die-with-parent", "--clearenv"} <= set(command)
    assert "--bind" not in command
    assert command[-2:] == ["--", "launcher"]
    assert (order.workspace, order.room, order.parent) == ("/mnt/workspace", "/workspace", 0)
