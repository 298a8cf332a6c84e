"""Checks the whole tree once: what the layers say of a tree is kept under the tree's hash."""

from __future__ import annotations

import dataclasses
import fcntl
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common.configuration import configuration
from common.errors import ServiceUnavailable
from execution.models import TreeCheck
from execution.output.requirements import requirements_for
from execution.output.workspace import tree_hash
from execution.validation.environments import Environment, environment_for
from execution.validation.judging import judge_tree
from execution.validation.results import LayerResult, TreeReport
from execution.validation.syntax import check_syntax
from execution.validation.type_checking import close
from execution.waves.verdicts import DECISIVE
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan

logger = logging.getLogger(__name__)

WHOLE_LAYERS = ("imports", "types", "lint", "security", "performance")
"""Layers that look at the whole tree."""
NO_HIERARCHY = "Hierarchical validation is switched off (FF_ENABLE_HIERARCHICAL_VALIDATION)."


class ChecksNotRun(ServiceUnavailable):
    """A layer that decides could not judge: what it would have said of the code is not known."""

    code = "checks_not_run"
    title = "The code could not be checked"


def plan_environment(plan: MasterPlan) -> Environment:
    """The environment that a plan's code is judged and run in; made once per set of requirements."""
    return environment_for(requirements_for(plan.stack), configuration().environments_dir)


def check_tree(plan: MasterPlan, files: Mapping[str, str]) -> TreeReport:
    """What every layer says of these files. The tools are asked once per plan and content."""
    key = tree_hash(files)
    known = TreeCheck.objects.filter(plan_id=plan.pk, tree_hash=key).first()
    if known is not None:
        return _read(known.layers)
    started = time.monotonic()
    environment = plan_environment(plan)
    folder = configuration().caches_dir / "trees" / str(plan.pk)
    with _alone(folder):
        _mirror(folder / "tree", files)
        report = judge_tree(
            folder / "tree",
            files=sorted(files),
            python=environment.python,
            cache=configuration().caches_dir / "types" / environment.key,
        )
    if not report.unheard:  # a tool that broke is asked again
        TreeCheck.objects.bulk_create(
            [TreeCheck(plan_id=plan.pk, tree_hash=key, layers=_written(report), seconds=time.monotonic() - started)],
            ignore_conflicts=True,
        )
    return report


def check_decisively(plan: MasterPlan, files: Mapping[str, str]) -> TreeReport:
    """Like ``check_tree``, but every layer that decides has spoken of every file that parses.

    Files that do not parse are left out for the layers that need the whole. A tool that broke is asked once more.
    Raises ``ChecksNotRun``.
    """
    report = check_what_parses(plan, files)
    if DECISIVE & report.unheard.keys():
        logger.warning("Asked once more, %s", _words(report.unheard))
        report = check_what_parses(plan, files)
    missing = {layer: reason for layer, reason in report.unheard.items() if layer in DECISIVE}
    if missing:
        raise ChecksNotRun(f"Nothing was accepted unchecked: {_words(missing)}", hint="Mend that, then resume.")
    return report


def check_alone(files: Mapping[str, str]) -> TreeReport:
    """Level 1 only: what can be said of each file by itself. Layers that need the whole say that none asked them."""
    found = tuple(error for path, text in files.items() for error in check_syntax(path, text))
    syntax = LayerResult(status="failed" if found else "passed", diagnostics=found, checks=len(files))
    unasked = LayerResult(status="not_run", reason=NO_HIERARCHY)
    return TreeReport({"syntax": syntax, **dict.fromkeys(WHOLE_LAYERS, unasked)})


def check_what_parses(plan: MasterPlan, files: Mapping[str, str]) -> TreeReport:
    """Like ``check_tree``; files that do not parse are left out for the layers that need the whole.

    That they are left out is no fault of those that import them: whether a module is there, the whole tree says.
    """
    report = check_tree(plan, files)
    broken = {error.path for error in report.layers["syntax"].errors}
    if not broken:
        return report
    rest = check_tree(plan, {path: text for path, text in files.items() if path not in broken})
    layers = {**rest.layers, "syntax": report.layers["syntax"], "imports": report.layers["imports"]}
    return TreeReport({**layers, "types": _without_missing_modules(layers["types"])})


def _without_missing_modules(types: LayerResult) -> LayerResult:
    kept = tuple(finding for finding in types.diagnostics if finding.code != "import-not-found")
    failed = any(finding.severity == "error" for finding in kept)
    status = types.status if failed or types.status == "not_run" else "passed"
    return dataclasses.replace(types, status=status, diagnostics=kept)


def _words(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{layer} could not run: {reason}" for layer, reason in sorted(reasons.items()))


def stop_checking(plan: MasterPlan) -> None:
    """Let go of what was kept warm for a plan; the next check starts it again."""
    environment = plan_environment(plan)
    root = configuration().caches_dir / "trees" / str(plan.pk) / "tree"
    close(root, python=environment.python, cache=configuration().caches_dir / "types" / environment.key)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time works in a plan's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mirror(root: Path, files: Mapping[str, str]) -> None:
    """Make ``root`` hold exactly ``files``; what is equal is not touched, so that incremental tools stay warm."""
    root.mkdir(exist_ok=True)
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root).as_posix() not in files and ".mypy_cache" not in path.parts:
            path.unlink()
    for name, text in files.items():
        target = root / name
        if target.is_file() and target.read_bytes() == text.encode():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def _written(report: TreeReport) -> dict[str, Any]:
    return {
        layer: {
            **dataclasses.asdict(dataclasses.replace(result, diagnostics=())),
            "diagnostics": [finding.model_dump() for finding in result.diagnostics],
        }
        for layer, result in report.layers.items()
    }


def _read(layers: Mapping[str, Any]) -> TreeReport:
    return TreeReport(
        {
            layer: LayerResult(
                **{**row, "diagnostics": tuple(Diagnostic.model_validate(found) for found in row["diagnostics"])}
            )
            for layer, row in layers.items()
        }
    )
