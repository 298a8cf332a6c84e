"""What the sandbox adds to a run."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from execution.benchmarks.measuring import Measure, wall_seconds
from execution.sandbox.isolation import isolation
from execution.sandbox.runs import run


def bench_sandbox() -> list[Measure]:
    """Wall time of `true` in the sandbox, and how much more that is than without."""
    with tempfile.TemporaryDirectory() as folder:
        inside = wall_seconds(lambda: run(["true"], workspace=Path(folder)), times=15)
    outside = wall_seconds(lambda: subprocess.run(["true"], check=True), times=15)  # noqa: S607 - the shell's own
    return [
        Measure(f"cost of a run, {isolation().name}", (inside - outside) * 1000, "ms", wanted=30),
        Measure("a run without sandbox", outside * 1000, "ms"),
    ]
