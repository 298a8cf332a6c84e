"""More programs that try to get out, each a few lines; every one prints, so that what is contained has also run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from execution.sandbox.inside import filtering, landlock
from execution.sandbox.isolation import Level, isolation
from execution.sandbox.limits import MEBIBYTE, Limits
from execution.sandbox.runs import run
from tests.unit.sandbox.conftest import TIGHT, RunProgram

ATTEMPTS = """
def attempt(what):
    try:
        print('did it', what(), flush=True)
    except (OSError, ValueError, MemoryError, RuntimeError) as error:
        print('refused', type(error).__name__, flush=True)
import ctypes, os, resource, signal, socket, time
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    result = libc.syscall(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), 'refused')
    return result
"""
FILTERED = pytest.mark.skipif(not filtering.is_offered(), reason="this kernel takes no filter")
SIGNALS_SCOPED = pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock does not know signals")

REFUSED = {
    "virtual_machine_sockets": "attempt(lambda: socket.socket(40, socket.SOCK_STREAM))",
    "packet_sockets": "attempt(lambda: socket.socket(17, socket.SOCK_RAW))",
    "crypto_sockets": "attempt(lambda: socket.socket(38, socket.SOCK_SEQPACKET))",
    "bus_sockets": "attempt(lambda: socket.socket(29, socket.SOCK_RAW))",
    "multicast": """
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
attempt(lambda: s.sendto(b'x', ('239.1.1.1', 9999)))
""",
    "a_new_network_route": """
s = socket.socket(16, socket.SOCK_RAW, 0)
import struct
link = struct.pack('IHHII', 32, 16, 5, 1, 0) + struct.pack('BBHiII', 0, 0, 1, 99, 0, 0)
s.send(link)
answer = s.recv(4096)
attempt(lambda: None if struct.unpack_from('i', answer, 16)[0] == 0 else (_ for _ in ()).throw(OSError('refused')))
""",
    "tracing_another_process": "attempt(lambda: call(101, 16, os.getppid(), 0, 0))",
    "memory_of_another_process": "attempt(lambda: open(f'/proc/{os.getppid()}/mem', 'rb').read(1))",
    "keys_of_the_kernel": "attempt(lambda: call(250, 0, -3, 1))",
    "programs_in_the_kernel": "attempt(lambda: call(321, 0, 0, 0))",
    "performance_counters": "attempt(lambda: call(298, 0, 0, -1, -1, 0))",
    "page_faults_of_our_own": "attempt(lambda: call(323, 0))",
    "rings_of_requests": "attempt(lambda: call(425, 8, ctypes.create_string_buffer(256)))",
    "modules_of_the_kernel": "attempt(lambda: call(175, 0, 0, b''))",
    "another_kernel": "attempt(lambda: call(320, -1, -1, 0, b'', 0))",
    "switching_off": "attempt(lambda: call(169, 0xfee1dead, 672274793, 0x4321fedc, 0))",
    "setting_the_clock": "attempt(lambda: time.clock_settime(time.CLOCK_REALTIME, 0))",
    "naming_the_machine": "attempt(lambda: socket.sethostname('mine'))",
    "files_by_handle": "attempt(lambda: call(304, -100, ctypes.create_string_buffer(64), 0))",
    "namespaces_by_clone": "attempt(lambda: call(56, 0x10000000 | 17, 0, 0, 0, 0))",
    "namespaces_by_entering": "attempt(lambda: call(308, os.open('/proc/self/ns/user', os.O_RDONLY), 0))",
    "devices": "attempt(lambda: os.mknod('/tmp/disk', 0o060666, os.makedev(8, 0)))",
    "settings_of_the_kernel": "attempt(lambda: open('/proc/sys/kernel/core_pattern', 'w').write('|/bin/sh'))",
    "magic_keys": "attempt(lambda: open('/proc/sysrq-trigger', 'w').write('b'))",
    "memory_of_the_kernel": "attempt(lambda: open('/proc/kcore', 'rb').read(10))",
    "raising_a_limit": "attempt(lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10**6, 10**6)))",
    "more_than_its_share": "attempt(lambda: os.nice(-5))",
    "becoming_root": "attempt(lambda: os.setuid(0))",
    "a_hard_link_to_python": "import sys; attempt(lambda: os.link(os.path.realpath(sys.executable), '/tmp/python'))",
    "a_link_to_the_root_of_the_first": "os.symlink('/proc/1/root', 'out'); attempt(lambda: os.listdir('out'))",
    "a_way_up_out_of_a_root": "attempt(lambda: os.chroot('.'))",
    "locked_memory": "attempt(lambda: call(149, ctypes.create_string_buffer(1 << 28), 1 << 28))",
    "memory_without_a_name": """
f = os.memfd_create('x')
def fill():
    for _ in range(64):
        os.write(f, bytes(1 << 20))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
attempt(fill)
""",
    "a_file_with_a_hole": """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
attempt(lambda: os.truncate(os.open('hole', os.O_CREAT | os.O_RDWR), 1 << 40))
""",
    "descriptors_without_end": "attempt(lambda: [os.open('/dev/null', 0) for _ in range(5000)])",
    "threads_without_end": """
import threading
attempt(lambda: [threading.Thread(target=time.sleep, args=(5,), daemon=True).start() for _ in range(500)])
os._exit(0)
""",
    "shared_memory": """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
attempt(lambda: [open(f'/dev/shm/{n}', 'wb').write(bytes(4 << 20)) for n in range(100)])
""",
}
NEEDS_FILTER = {"virtual_machine_sockets", "crypto_sockets", "keys_of_the_kernel", "rings_of_requests"}
NUMBERED = pytest.mark.skipif(os.uname().machine != "x86_64", reason="other machines number the calls otherwise")


def marks_of(name: str, source: str) -> list[pytest.MarkDecorator]:
    return [FILTERED] * (name in NEEDS_FILTER) + [NUMBERED] * ("call(" in source)


DRIVER = """
import os, sys, traceback
for name, source in SOURCES.items():
    print('==', name, flush=True)
    child = os.fork()
    if child == 0:
        try:
            exec(ATTEMPTS + source, {})
        except BaseException:
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    os.system('rm -rf /dev/shm/* hole')
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each program printed: all in one run, which costs more than they do, each in a process of its own."""
    if isolation().level < Level.NAMESPACES:
        pytest.skip("no namespaces here")
    workspace = tmp_path_factory.mktemp("workspace")
    (workspace / "program.py").write_text(f"ATTEMPTS = {ATTEMPTS!r}\nSOURCES = {REFUSED!r}\n{DRIVER}")
    python = Path(sys.executable)
    limits = replace(TIGHT, wall=60.0, cpu=30)
    outcome = run([str(python), "-S", "program.py"], workspace=workspace, python=python, limits=limits)
    assert outcome.exit_code == 0, outcome
    parts = [part.partition("\n") for part in outcome.stdout.split("== ")[1:]]
    return {name: said for name, _, said in parts}


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks_of(name, source)) for name, source in REFUSED.items()])
def test_what_it_tries_is_refused(answers: dict[str, str], name: str) -> None:
    said = answers[name]
    assert said.startswith("refused "), said
    assert "did it" not in said


@pytest.mark.usefixtures("namespaces")
def test_zombies_without_end_stop_at_the_limit_on_processes(run_program: RunProgram) -> None:
    outcome = run_program(
        ATTEMPTS
        + """
def fork():
    if os.fork() == 0:
        os._exit(0)
attempt(lambda: [fork() for _ in range(10_000)])
"""
    )
    assert outcome.stdout == "refused BlockingIOError\n"
    assert outcome.duration < 8


@pytest.mark.usefixtures("namespaces")
def test_a_time_bomb_is_gone_before_it_goes_off(run_program: RunProgram, tmp_path: Path) -> None:
    mark = f"bomb{os.getpid()}"
    outcome = run_program(f"""
        import os, signal
        for kind in (os.setsid, lambda: None):
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                kind()
                os.execv('/bin/sh', ['/bin/sh', '-c', 'sleep 45; echo {mark}'])
        signal.alarm(1)
        print('armed', flush=True)
    """)
    assert outcome.stdout == "armed\n"
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert mark not in commands


@pytest.mark.usefixtures("namespaces")
def test_endless_errors_and_a_gigabyte_are_cut_off(run_program: RunProgram) -> None:
    limits = Limits(wall=20.0, output=10_000, flood=4 * MEBIBYTE)
    outcome = run_program("import os\nfor _ in range(1024): os.write(2, b'x' * (1 << 20))", limits=limits)
    assert outcome.killed_by == "output"
    assert len(outcome.stderr) < 10_100


@pytest.mark.usefixtures("namespaces")
def test_folders_inside_each_other_are_thrown_away_with_the_run(run_program: RunProgram) -> None:
    outcome = run_program("""
        import os
        for _ in range(2000):
            os.mkdir('d')
            os.chdir('d')
        print('deep')
    """)
    assert (outcome.exit_code, outcome.stdout) == (0, "deep\n")


@pytest.mark.usefixtures("namespaces")
def test_a_killed_first_child_leaves_a_result(run_program: RunProgram) -> None:
    outcome = run_program("import os, signal; print('bye', flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    assert (outcome.exit_code, outcome.stdout, outcome.killed_by) == (-9, "bye\n", None)


def test_with_limits_only_landlock_hides_the_host(run_program: RunProgram, tmp_path: Path) -> None:
    if not landlock.version():
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "secret.txt").write_text("secret")
    outcome = run_program(
        f"""{ATTEMPTS}
attempt(lambda: open({str(tmp_path / "secret.txt")!r}).read())
attempt(lambda: open({str(tmp_path / "new.txt")!r}, 'w'))
attempt(lambda: os.listdir({str(Path.home())!r}))
attempt(lambda: open('/proc/1/environ').read())
attempt(lambda: open('/etc/shadow').read())
open('mine.txt', 'w').write('x')
os.rename('mine.txt', 'yours.txt')
print(open('yours.txt').read())
""",
        level=Level.LIMITS,
    )
    assert outcome.stdout == "refused PermissionError\n" * 5 + "x\n"
    assert not (tmp_path / "new.txt").exists()


@FILTERED
def test_with_limits_only_there_is_no_network(run_program: RunProgram) -> None:
    families = "(socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, 40)"
    outcome = run_program(
        f"{ATTEMPTS}\nfor family in {families}:\n    attempt(lambda: socket.socket(family, socket.SOCK_DGRAM))",
        level=Level.LIMITS,
    )
    assert outcome.stdout == "refused OSError\n" * 4


@SIGNALS_SCOPED
def test_with_limits_only_nobody_else_is_signalled(run_program: RunProgram) -> None:
    with subprocess.Popen(["sleep", "30"]) as outside:
        outcome = run_program(
            f"{ATTEMPTS}\nfor process in ({outside.pid}, os.getppid()):\n    attempt(lambda: os.kill(process, 9))",
            level=Level.LIMITS,
        )
        assert outside.poll() is None
        outside.kill()
    assert outcome.stdout == "refused PermissionError\n" * 2
