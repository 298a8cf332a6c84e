"""The engine's benchmark takes the place of names in the engine; it must not go stale when they move."""

from __future__ import annotations

import subprocess
import sys


def test_the_worker_of_the_benchmark_finds_what_it_replaces() -> None:
    script = "import django; django.setup(); import execution.benchmarks.engine_worker"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
