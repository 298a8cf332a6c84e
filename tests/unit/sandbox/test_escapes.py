"""Programs that try to get out, each contained. Every one first proves that it ran."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from execution.sandbox.limits import MEBIBYTE, Limits
from tests.unit.sandbox.conftest import TIGHT, RunProgram

pytestmark = pytest.mark.usefixtures("namespaces")


def test_reading_the_home_of_the_host_finds_nothing(run_program: RunProgram) -> None:
    home = Path.home()
    outcome = run_program(f"import os; print(os.listdir({str(home)!r}) if os.path.isdir({str(home)!r}) else 'nothing')")
    visible = outcome.stdout.strip()
    assert outcome.exit_code == 0
    assert visible == "nothing" or not {".ssh", ".bashrc", ".gitconfig", ".cache"} & set(visible.split("'"))


def test_reading_another_workspace_finds_nothing(run_program: RunProgram, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "secret.txt").write_text("secret")
    outcome = run_program(f"""
        try:
            print(open({str(other / "secret.txt")!r}).read())
        except OSError as error:
            print(type(error).__name__)
    """)
    assert outcome.stdout == "FileNotFoundError\n"


def test_the_sources_of_devmatrix_are_out_of_sight(run_program: RunProgram) -> None:
    outcome = run_program(f"import os; print(os.path.exists({str(Path(__file__).resolve())!r}))")
    assert outcome.stdout == "False\n"


def test_a_link_to_the_host_leads_nowhere(run_program: RunProgram, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    (workspace / "link").symlink_to(tmp_path / "outside.txt")
    outcome = run_program("import os; print(os.path.islink('link'), os.path.exists('link'))")
    assert outcome.stdout == "True False\n"


def test_no_key_of_ours_is_in_the_environment(run_program: RunProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "very-secret")
    outcome = run_program("""
        import os
        print(sorted(os.environ))
        for process in filter(str.isdigit, os.listdir('/proc')):
            try:
                print(b'very-secret' in open(f'/proc/{process}/environ', 'rb').read())
            except OSError:
                print('unreadable')
    """)
    assert outcome.stdout.startswith("['HOME', 'LANG', 'PATH', 'PYTHONDONTWRITEBYTECODE', 'TMPDIR']\n")
    assert "True" not in outcome.stdout.splitlines()


def test_system_directories_and_python_cannot_be_written(run_program: RunProgram) -> None:
    outcome = run_program("""
        import sys
        for path in ('/usr/x', '/etc/x', '/x', sys.prefix + '/x', '/bin/sh', '/dev/x'):
            try:
                open(path, 'a').close()
                print('wrote', path)
            except OSError as error:
                print(error.errno in (13, 30))
    """)
    assert outcome.stdout == "True\n" * 6


def test_what_is_written_in_the_workspace_stays_in_the_run(run_program: RunProgram, workspace: Path) -> None:
    outcome = run_program("open('new.txt', 'w').write('x'); open('program.py', 'w').write('gone'); print('done')")
    assert outcome.stdout == "done\n"
    assert not (workspace / "new.txt").exists()
    assert (workspace / "program.py").read_text() != "gone"


def test_tcp_to_the_host_fails(run_program: RunProgram) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = run_program(f"""
            import socket
            for host in ('127.0.0.1', '::1', '1.1.1.1', '2606:4700:4700::1111'):
                try:
                    socket.create_connection((host, {port}), timeout=2)
                    print('connected', host)
                except OSError as error:
                    print(type(error).__name__)
        """)
    assert "connected" not in outcome.stdout
    assert len(outcome.stdout.splitlines()) == 4


def test_udp_and_raw_sockets_reach_nobody(run_program: RunProgram) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.3)
        outcome = run_program(f"""
            import socket
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'out', ('127.0.0.1', {listener.getsockname()[1]}))
            for kind, host in ((socket.SOCK_DGRAM, '8.8.8.8'), (socket.SOCK_RAW, '8.8.8.8')):
                try:
                    socket.socket(socket.AF_INET, kind, 0 if kind == socket.SOCK_DGRAM else 1).sendto(b'x', (host, 53))
                    print('sent')
                except OSError as error:
                    print(type(error).__name__)
        """)
        assert outcome.stdout == "OSError\nPermissionError\n"
        with pytest.raises(TimeoutError):
            listener.recv(10)


def test_unix_sockets_of_the_host_cannot_be_reached(run_program: RunProgram, tmp_path: Path) -> None:
    name = f"devmatrix-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX) as named:
        abstract.bind(f"\0{name}")
        abstract.listen()
        named.bind(str(tmp_path / "s"))
        named.listen()
        outcome = run_program(f"""
            import socket
            for address in ('\\0{name}', {str(tmp_path / "s")!r}):
                try:
                    socket.socket(socket.AF_UNIX).connect(address)
                    print('connected')
                except OSError as error:
                    print(type(error).__name__)
        """)
    assert outcome.stdout == "ConnectionRefusedError\nFileNotFoundError\n"


def test_a_server_and_its_client_can_talk_within_one_run(run_program: RunProgram) -> None:
    outcome = run_program("""
        import socket, threading
        server = socket.create_server(('127.0.0.1', 8000))
        client = socket.create_connection(('127.0.0.1', 8000), timeout=2)
        connection, _ = server.accept()
        client.sendall(b'hello')
        print(connection.recv(5).decode())
    """)
    assert outcome.stdout == "hello\n"


def test_a_fork_bomb_is_bounded_and_leaves_nothing(run_program: RunProgram) -> None:
    outcome = run_program("""
        import os, time
        children = 0
        while True:
            try:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                children += 1
            except OSError:
                print('stopped after', children, flush=True)
                break
    """)
    assert outcome.exit_code == 0
    assert 0 < int(outcome.stdout.split()[-1]) <= TIGHT.processes
    assert outcome.duration < 5


def test_one_run_full_of_processes_does_not_hinder_another(run_program: RunProgram) -> None:
    source = """
        import os, time
        for _ in range(25):
            if os.fork() == 0:
                time.sleep(1)
                os._exit(0)
        time.sleep(0.5)
        print('all started')
    """
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(run_program(source)))
    thread.start()
    outcomes.append(run_program(source))
    thread.join()
    assert [outcome.stdout for outcome in outcomes] == ["all started\n"] * 2


def test_memory_of_one_process_is_bounded(run_program: RunProgram) -> None:
    outcome = run_program("""
        try:
            bytearray(1 << 30)
            print('got it')
        except MemoryError:
            print('refused')
    """)
    assert outcome.stdout == "refused\n"


def test_memory_of_many_processes_together_is_bounded(run_program: RunProgram) -> None:
    outcome = run_program("""
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                block = b'x' * (150 << 20)
                time.sleep(60)
        time.sleep(60)
    """)
    assert outcome.killed_by == "memory"
    assert outcome.duration < 8


def test_files_together_are_bounded(run_program: RunProgram) -> None:
    outcome = run_program("""
        written = 0
        try:
            for number in range(1000):
                with open(f'/tmp/{number}', 'wb') as file:
                    written += file.write(b'x' * (1 << 20))
        except OSError as error:
            print(error.errno == 28, written < 40 << 20)
    """)
    assert outcome.stdout == "True True\n"


def test_one_file_is_bounded(run_program: RunProgram) -> None:
    outcome = run_program("""
        try:
            with open('big', 'wb') as file:
                file.write(b'x' * (9 << 20))
        except OSError as error:
            print(error.errno == 27)
    """)
    assert outcome.stdout == "True\n"


def test_files_without_number_are_bounded(run_program: RunProgram) -> None:
    outcome = run_program("""
        try:
            for number in range(100_000):
                open(f'/tmp/{number}', 'w').close()
        except OSError as error:
            print(error.errno == 28)
    """)
    assert outcome.stdout == "True\n"


def test_endless_output_is_cut_off(run_program: RunProgram) -> None:
    limits = Limits(wall=20.0, output=10_000, flood=4 * MEBIBYTE)
    outcome = run_program("while True: print('x' * 1000)", limits=limits)
    assert outcome.killed_by == "output"
    assert outcome.truncated
    assert len(outcome.stdout) < 10_100


def test_orphans_do_not_outlive_the_run(run_program: RunProgram) -> None:
    mark = f"mark{time.monotonic_ns()}"
    outcome = run_program(f"""
        import os, subprocess, sys, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execv('/bin/sh', ['/bin/sh', '-c', 'sleep 60; echo {mark}'])
            os._exit(0)
        time.sleep(0.2)
        print('left')
    """)
    assert outcome.stdout == "left\n"
    assert outcome.duration < 5
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert mark not in commands


def test_a_process_of_the_host_cannot_be_seen_or_signalled(run_program: RunProgram) -> None:
    with subprocess.Popen(["sleep", "30"]) as outside:
        outcome = run_program(f"""
            import os
            print(os.path.exists('/proc/{outside.pid}'), max(map(int, filter(str.isdigit, os.listdir('/proc')))) < 50)
            try:
                os.kill({outside.pid}, 9)
            except OSError as error:
                print(type(error).__name__)
        """)
        assert outside.poll() is None
        outside.kill()
    assert outcome.stdout == "False True\nProcessLookupError\n"


def test_killing_everything_does_not_end_the_watcher(run_program: RunProgram) -> None:
    outcome = run_program("""
        import os, signal
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
            try:
                os.kill(1, number)
            except PermissionError:
                pass
        print('still here', flush=True)
        try:
            os.kill(-1, signal.SIGKILL)
        except OSError:
            print('and again')
    """)
    assert (outcome.exit_code, outcome.stdout, outcome.killed_by) == (0, "still here\nand again\n", None)


def test_the_first_process_cannot_be_read(run_program: RunProgram) -> None:
    outcome = run_program("""
        import os
        for path in ('/proc/1/root', '/proc/1/cwd', '/proc/1/mem', '/proc/1/environ', '/proc/1/fd'):
            try:
                os.listdir(path) if path.endswith(('root', 'cwd', 'fd')) else open(path, 'rb').read(10)
                print('read', path)
            except OSError as error:
                print(type(error).__name__)
    """)
    assert outcome.stdout == "PermissionError\n" * 5


def test_no_user_namespace_and_no_mount_can_be_made(run_program: RunProgram) -> None:
    outcome = run_program("""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.unshare(0x10000000), libc.unshare(0x00020000))
        print(libc.mount(b'none', b'/workspace', b'tmpfs', 0, None), libc.umount2(b'/usr', 2), libc.chroot(b'/tmp'))
        print(libc.setuid(0), libc.setgid(0))
    """)
    assert outcome.stdout == "-1 -1\n-1 -1 -1\n-1 -1\n"


def test_setuid_programs_give_nothing(run_program: RunProgram) -> None:
    outcome = run_program("""
        import os
        status = dict(line.split(':\\t') for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)
        print(os.getuid(), status['NoNewPrivs'], int(status['CapEff'], 16), int(status['CapPrm'], 16))
        os.chmod('program.py', 0o4755)
        print('nosuid' in open('/proc/self/mounts').read().split(' / ')[1].split()[1])
    """)
    assert outcome.stdout == "1000 1 0 0\nTrue\n"


def test_sleeping_for_ever_ends_at_the_wall_time(run_program: RunProgram) -> None:
    outcome = run_program(
        """
        import signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        open('partial.txt', 'w').write('so far')
        while True:
            time.sleep(1)
        """,
        limits=Limits(wall=0.5),
        collect=["partial.txt"],
    )
    assert outcome.killed_by == "timeout"
    assert outcome.duration < 3
    assert outcome.files == {"partial.txt": b"so far"}


def test_computing_for_ever_ends_at_the_cpu_limit(run_program: RunProgram) -> None:
    outcome = run_program("while True: pass", limits=Limits(wall=20.0, cpu=1))
    assert outcome.killed_by == "cpu"
    assert outcome.duration < 6


def test_standard_input_is_empty(run_program: RunProgram) -> None:
    assert run_program("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"


def test_no_descriptor_of_ours_is_open(run_program: RunProgram) -> None:
    outcome = run_program("import os; print(sorted(os.listdir('/proc/self/fd')))")
    assert outcome.stdout == "['0', '1', '2', '3']\n"  # 3 is the directory being listed


def test_the_host_name_is_not_told(run_program: RunProgram) -> None:
    assert run_program("import socket; print(socket.gethostname())").stdout == "sandbox\n"


def test_a_planted_result_link_is_not_followed(run_program: RunProgram) -> None:
    outcome = run_program(
        "import os; os.symlink('/etc/passwd', 'result'); os.mkfifo('pipe'); os.mkdir('folder')",
        collect=["result", "pipe", "folder", "absent"],
    )
    assert (outcome.exit_code, outcome.files) == (0, {})


def test_the_interpreter_of_the_environment_is_the_one_that_runs(run_program: RunProgram) -> None:
    outcome = run_program("import sys; print(sys.version_info[:3])")
    assert outcome.stdout == f"{sys.version_info[:3]}\n"
