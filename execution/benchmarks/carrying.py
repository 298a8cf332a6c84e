"""A large plan carried to another installation: time and memory of its export and of its import."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.utils import timezone

from common.actors import SYSTEM
from common.models import PlanEvent, PlanHistory, Stream
from common.portable.loading import import_document
from common.portable.sections import sections
from common.transitions import transition
from execution.benchmarks.engine_plan import BATCH, engine_plan
from execution.benchmarks.measuring import Measure
from execution.benchmarks.scratch import scratch_database
from execution.models import Atom, AtomAttempt, AtomRevision, ValidationResult
from execution.services.carrying import export_plan
from execution.states import RunStatus
from integrations.models import LLMCall, Reservation
from planning.models import MasterPlan
from planning.states import PlanStatus

WAVES, ATOMS_IN_WAVE = 100, 100
LAYERS = ("syntax", "imports", "types", "lint", "security", "performance")
TOLD = 4
"""Events, and rows of history, of each atom."""
MEBIBYTE = 1 << 20


def bench_carrying() -> list[Measure]:
    """Export and import of a plan of 10,000 atoms with two attempts each."""
    with scratch_database(), tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as document:
        plan = _paused_plan(Path(folder))
        rows: dict[str, int] = {}
        out = _measured(lambda: rows.update(export_plan(plan=plan, target=document)))
        size = document.tell()
        _empty()
        document.seek(0)
        back = _measured(lambda: import_document(document))
        differs = _differs(plan, document)
    name = f"{rows['atom']:,} atoms, {sum(rows.values()):,} rows, {size / MEBIBYTE:.0f} MiB"
    return [
        Measure(f"export of {name}", out[0], "s", wanted=60),
        Measure("  more memory at its peak", out[1], "MiB", wanted=200),
        Measure(f"import of {name}", back[0], "s", wanted=180),
        Measure("  more memory at its peak", back[1], "MiB", wanted=400),
        Measure("  a second export that differs", differs, "", wanted=0),
    ]


def _paused_plan(folder: Path) -> MasterPlan:
    owner = User.objects.create(username="carrier")
    run = engine_plan(owner, waves=WAVES, atoms=ATOMS_IN_WAVE, folder=folder)
    atoms = list(Atom.objects.filter(plan_id=run.plan_id).select_related("current"))
    made: Iterator[models.Model] = chain.from_iterable(_rows_of(atom) for atom in atoms)
    waiting: dict[type[models.Model], list[Any]] = {}
    for row in made:
        rows = waiting.setdefault(type(row), [])
        rows.append(row)
        if len(rows) >= BATCH:
            type(row)._base_manager.bulk_create(rows)
            rows.clear()
    _tell(run.plan_id, atoms)
    for model, rows in waiting.items():
        model._base_manager.bulk_create(rows)
    transition(run, RunStatus.PAUSED, actor=SYSTEM)
    transition(run.plan, PlanStatus.PAUSED, actor=SYSTEM)
    return MasterPlan.objects.get(pk=run.plan_id)


def _rows_of(atom: Atom) -> Iterator[models.Model]:
    """As two attempts leave them."""
    text = atom.current.text * 3 if atom.current else ""
    for attempt in (1, 2):
        revision = AtomRevision(
            atom=atom, number=attempt + 1, text=text, origin="attempt", author="model", sha256="0" * 64
        )
        yield revision
        yield AtomAttempt(atom=atom, attempt=attempt, code=text, success=attempt == 2, errors=atom.feedback)
    for layer in LAYERS:
        yield ValidationResult(
            plan_id=atom.plan_id, level=1, atom=atom, layer=layer, passed=True, checks_run=1, checks_passed=1
        )
    yield LLMCall(
        purpose="code",
        provider="offline",
        model="offline",
        prompt_hash="0" * 64,
        plan_id=atom.plan_id,
        task_id=atom.task_id,
        atom_id=atom.pk,
        cost=Decimal("0.01"),
        reservation=Reservation.SETTLED,
        settled_at=timezone.now(),
    )


def _tell(plan_id: uuid.UUID, atoms: list[Atom]) -> None:
    count = len(atoms) * TOLD
    Stream.objects.create(id=plan_id, kind="plan", last_seq=count)
    data = {"item": "", "label": "app/x.py:part", "from": "running", "to": "validating", "reason": ""}
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        PlanEvent.objects.bulk_create(
            PlanEvent(
                stream_id=plan_id,
                seq=number + 1,
                type="atom_execution_progress",
                masterplan_id=plan_id,
                data={**data, "item": str(atoms[number % len(atoms)].pk)},
            )
            for number in numbers
        )
        PlanHistory.objects.bulk_create(
            PlanHistory(
                plan_id=plan_id,
                change_type="status",
                actor_kind="system",
                item_type="atom",
                item_id=atoms[number % len(atoms)].pk,
                before={"status": "running"},
                after={"status": "validating"},
            )
            for number in numbers
        )


def _empty() -> None:
    """The scratch database is as if the plan had never been there."""
    tables = ", ".join(connection.ops.quote_name(section.model._meta.db_table) for section in sections())
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def _differs(plan: MasterPlan, document: IO[bytes]) -> bool:
    """Whether a second export is another document."""
    with tempfile.TemporaryFile() as again:
        export_plan(plan=plan, target=again)
        return _digest(document) != _digest(again)


def _digest(file: IO[bytes]) -> bytes:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]  # a file is a file


def _measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and MiB that the process grew by at its highest."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the last step has freed must not hide what this one takes
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _status("VmRSS")
    started = time.perf_counter()
    work()
    return time.perf_counter() - started, _status("VmHWM") - before


def _status(name: str) -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(lines[name].split()[0]) / 1024
