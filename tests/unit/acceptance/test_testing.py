from __future__ import annotations

from pathlib import Path

import pytest

from execution.acceptance.testing import run_tests
from execution.sandbox.limits import MEBIBYTE, Limits
from execution.validation.environments import Environment
from tests.unit.acceptance.conftest import RunTests

GREEN = """from app.service import double, halve


def test_double():
    assert double(2) == 4


def test_halve():
    assert halve(4) == 2
"""


def test_green_tests_pass_with_times_and_coverage(run_suite: RunTests) -> None:
    report = run_suite({"tests/test_service.py": GREEN})
    assert (report.status, report.reason) == ("passed", "")
    assert [(test.node_id, test.outcome) for test in report.tests] == [
        ("tests/test_service.py::test_double", "passed"),
        ("tests/test_service.py::test_halve", "passed"),
    ]
    assert report.percent == 85.7  # six of seven statements
    assert "2 passed" in report.output


def test_coverage_is_kept_per_test(run_suite: RunTests) -> None:
    report = run_suite({"tests/test_service.py": GREEN})
    assert report.coverage["tests/test_service.py::test_double"]["app/service.py"] == {2}
    assert report.coverage["tests/test_service.py::test_halve"]["app/service.py"] == {6, 7}


def test_what_threads_execute_counts_for_the_test_that_waits(run_suite: RunTests) -> None:
    report = run_suite(
        {
            "tests/test_thread.py": """
import threading
from app.service import double, halve

def test_thread():
    thread = threading.Thread(target=halve, args=(4,))
    thread.start()
    thread.join()

def test_other():
    double(1)
"""
        }
    )
    assert report.coverage["tests/test_thread.py::test_thread"]["app/service.py"] == {6, 7}
    assert report.coverage["tests/test_thread.py::test_other"]["app/service.py"] == {2}


def test_a_red_test_has_its_message_and_frames(run_suite: RunTests) -> None:
    report = run_suite(
        {
            "tests/test_red.py": "from app.service import halve\n\n\ndef test_text():\n    halve('x')\n",
        }
    )
    (test,) = report.red
    assert (report.status, report.reason) == ("failed", "1 of 1 tests failed.")
    assert test.message.startswith("TypeError: unsupported operand")
    assert test.frames == (("tests/test_red.py", 5), ("app/service.py", 6))


def test_no_test_is_not_run(run_suite: RunTests) -> None:
    report = run_suite({"tests/test_nothing.py": "x = 1\n"})
    assert (report.status, report.reason, report.tests) == ("not_run", "No test ran.", ())


def test_skipped_tests_alone_are_not_run(run_suite: RunTests) -> None:
    text = "import pytest\n\n\n@pytest.mark.skip\ndef test_a():\n    assert False\n"
    report = run_suite({"tests/test_skip.py": text})
    assert (report.status, report.tests[0].outcome) == ("not_run", "skipped")


def test_every_outcome_is_told_apart(run_suite: RunTests) -> None:
    report = run_suite(
        {
            "tests/test_all.py": """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("set-up")

@pytest.fixture
def leaving():
    yield
    raise RuntimeError("teardown")

def test_passed(): ...
def test_failed(): assert 1 == 2
def test_error(broken): ...
def test_teardown(leaving): ...
@pytest.mark.skip
def test_skipped(): ...
@pytest.mark.xfail
def test_xfailed(): assert False
@pytest.mark.xfail
def test_xpassed(): ...
@pytest.mark.parametrize("n", [1, 2])
def test_many(n): assert n == 1
"""
        }
    )
    assert {test.node_id.rpartition("::")[2]: test.outcome for test in report.tests} == {
        "test_passed": "passed",
        "test_failed": "failed",
        "test_error": "error",
        "test_teardown": "error",
        "test_skipped": "skipped",
        "test_xfailed": "xfailed",
        "test_xpassed": "xpassed",
        "test_many[1]": "passed",
        "test_many[2]": "failed",
    }


def test_a_test_file_that_cannot_be_imported_is_an_error(run_suite: RunTests) -> None:
    report = run_suite({"tests/test_a.py": "import no_such_module\n", "tests/test_b.py": "def test_b(): ...\n"})
    assert report.status == "failed"
    assert ("tests/test_a.py", "error") in [(test.node_id, test.outcome) for test in report.tests]


def test_a_broken_conftest_fails(run_suite: RunTests) -> None:
    report = run_suite({"conftest.py": "raise RuntimeError('no')\n", "tests/test_b.py": "def test_b(): ...\n"})
    assert (report.status, report.reason) == (
        "failed",
        "pytest could not load the project's configuration or conftest.",
    )


@pytest.mark.parametrize("call", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_code_that_ends_the_run_does_not_pass(run_suite: RunTests, call: str) -> None:
    report = run_suite({"tests/test_exit.py": f"import os\n\ndef test_a(): ...\n\ndef test_exit():\n    {call}\n"})
    assert report.status == "failed"
    assert report.reason.startswith("The run ended before pytest did")
    assert [(test.node_id, test.outcome) for test in report.tests] == [
        ("tests/test_exit.py::test_a", "passed"),
        ("tests/test_exit.py::test_exit", "error"),
    ]


def test_a_test_that_never_ends_is_red_and_others_still_run(run_suite: RunTests) -> None:
    text = "import time\n\ndef test_hangs():\n    time.sleep(60)\n\ndef test_after(): ...\n"
    report = run_suite({"tests/test_slow.py": text}, seconds_per_test=0.3)
    assert [test.outcome for test in report.tests] == ["failed", "passed"]
    assert "more than 0.3 seconds" in report.red[0].message


def test_a_run_that_never_ends_keeps_what_it_knows(run_suite: RunTests) -> None:
    text = "import time\n\ndef test_a(): ...\n\ndef test_hangs():\n    time.sleep(60)\n"
    report = run_suite({"tests/test_slow.py": text}, limits=Limits(wall=4.0))
    assert (report.status, report.reason) == ("failed", "The run was stopped: timeout.")
    assert [(test.node_id, test.outcome) for test in report.tests] == [
        ("tests/test_slow.py::test_a", "passed"),
        ("tests/test_slow.py::test_hangs", "error"),
    ]
    assert report.red[0].message == "The run was stopped: timeout."


def test_a_module_that_hangs_on_import_is_stopped(run_suite: RunTests) -> None:
    report = run_suite({"tests/test_a.py": "while True: pass\n"}, limits=Limits(wall=2.0))
    assert report.status == "failed"


def test_code_that_hangs_on_import_is_blamed_at_its_line(run_suite: RunTests) -> None:
    files = {
        "app/waiting.py": "NAME = 1\n\nwhile True:\n    pass\n",
        "tests/test_a.py": "import app.waiting\n\ndef test_a(): ...\n",
        "tests/test_b.py": "def test_b(): ...\n",
    }
    report = run_suite(files, seconds_per_test=2.0)
    (red,) = report.red
    assert (red.node_id, red.outcome) == ("tests/test_a.py", "error")
    assert "more than 2 seconds" in red.message
    path, line = red.frames[-1]
    assert (path, line in (3, 4)) == ("app/waiting.py", True)
    assert ("tests/test_a.py", 1) in red.frames


def test_a_flood_of_output_is_bounded(run_suite: RunTests) -> None:
    text = "def test_a(capfd):\n    with capfd.disabled():\n        while True:\n            print('x' * 10000)\n"
    report = run_suite({"tests/test_a.py": text}, limits=Limits(wall=20.0, flood=MEBIBYTE))
    assert (report.status, report.reason) == ("failed", "The run was stopped: output.")
    assert len(report.output) <= 20_000


def test_a_test_that_prints_a_gigabyte_is_red_and_others_still_run(run_suite: RunTests) -> None:
    text = "def test_a():\n    for _ in range(1024):\n        print('x' * (1 << 20))\n\ndef test_b(): ...\n"
    report = run_suite({"tests/test_a.py": text}, limits=Limits(wall=60.0, file_size=4 * MEBIBYTE))
    assert report.status == "failed"
    assert [test.node_id for test in report.red][:1] == ["tests/test_a.py::test_a"]
    assert len(report.output) <= 20_000


def test_only_the_chosen_tests_run(run_suite: RunTests) -> None:
    report = run_suite({"tests/test_service.py": GREEN}, tests=["tests/test_service.py::test_halve"])
    assert [test.node_id for test in report.tests] == ["tests/test_service.py::test_halve"]


def test_options_in_the_project_s_settings_do_not_break_the_run(run_suite: RunTests) -> None:
    settings = '[tool.pytest.ini_options]\naddopts = "--no-such-option"\n'
    assert run_suite({"pyproject.toml": settings, "tests/test_service.py": GREEN}).status == "passed"


def test_an_environment_without_pytest_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "lib/python3.11/site-packages/coverage").mkdir(parents=True)
    environment = Environment(python=tmp_path / "bin" / "python", path=tmp_path, key="empty")
    report = run_tests(tmp_path, environment)
    assert (report.status, report.reason) == ("not_run", "The environment has no pytest.")
