"""How good the cuts are: of projects as they are generated, of our own pages, and of libraries that others wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import django
import rich
from django.conf import settings

from execution.atoms import MAXIMUM_LINES
from execution.atoms.quality import measure
from execution.benchmarks.measuring import Measure
from execution.benchmarks.writing import kept_requests, write_project

PROJECTS = 4
"""Of each stack: they are alike."""
ON_BOUNDARY = {"python": 99.0}
OTHER_ON_BOUNDARY = 97.0
PERCENT = 100


def bench_cut_quality() -> Iterator[Measure]:
    """Every figure that the cut is judged by, by language, beside what is wanted."""
    for stack in ("fastapi", "django"):
        yield from _figures(f"generated, {stack}", _generated(stack), is_generated=True)
    pages = Path(settings.BASE_DIR) / "frontend" / "src"
    yield from _figures("our pages", _read(pages, "*.ts"))
    package = Path(django.__file__).parent
    yield from _figures("django.db", _read(package / "db", "*.py"))
    yield from _figures("rich", _read(Path(rich.__file__).parent, "*.py"))
    yield from _figures("scripts of django.contrib", _read(package / "contrib", "*.js"))


def _generated(stack: str) -> Iterator[tuple[str, bytes]]:
    for request in [one for one in kept_requests() if one.stack == stack][:PROJECTS]:
        for path, text in write_project(request).files.items():
            yield f"{request.name}/{path}", text.encode()


def _read(folder: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob(pattern)):
        if ".min." not in path.name and "vendor" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _figures(name: str, files: Iterable[tuple[str, bytes]], *, is_generated: bool = False) -> Iterator[Measure]:
    for language, quality in measure(files).items():
        yield from _of_language(f"{name}, {language}", language, quality.figures(), is_generated=is_generated)


def _of_language(name: str, language: str, found: Mapping[str, float], *, is_generated: bool) -> Iterator[Measure]:
    """Generated functions are short, and a function is never put together with another: no least median for them."""
    boundary = ON_BOUNDARY.get(language, OTHER_ON_BOUNDARY)
    least_median = None if is_generated else 6.0
    yield Measure(f"{name}: files given back byte by byte", PERCENT * found["lossless"], "%", least=100.0)
    yield Measure(f"{name}: lines, median", found["median_lines"], "lines", wanted=10.0, least=least_median)
    yield Measure(f"{name}: lines, 95% at most", found["p95_lines"], "lines", wanted=float(MAXIMUM_LINES))
    yield Measure(f"{name}: cuts on a statement or member", PERCENT * found["on_boundary"], "%", least=boundary)
    yield Measure(f"{name}: atoms with atomicity 0.9 or more", PERCENT * found["atomic"], "%", least=90.0)
    yield Measure(f"{name}: completeness of contexts, mean", found["mean_completeness"], "share", least=0.95)
