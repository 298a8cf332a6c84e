"""Opening a round: which atoms are next, and what to do when none is."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from common import claims
from common.actors import SYSTEM
from common.changes import emit
from common.configuration import configuration
from common.transitions import move_if_possible, transition_many
from execution import dispatch
from execution.failures import decide_or_pause
from execution.gates.holding import gate_is_open
from execution.models import Atom, DependencyGraph, Round, Run, Wave, WaveAtom
from execution.services.costs import refuse_past_hard_limit
from execution.states import AtomStatus, RoundStatus, WaveStatus

MOST_LOST_CLAIMS = 20
"""So often in a row a claim may be lost before the run waits for a person: a plain restart of workers loses one."""
WORKABLE = Q(status__in=[AtomStatus.PENDING, AtomStatus.RETRYING])


def advance_waves(run: Run) -> None:
    """Close, resend or open the round of a run; called with the run's row locked."""
    round_ = Round.objects.filter(plan_id=run.plan_id, status=RoundStatus.OPEN).select_related("wave").first()
    if round_ is not None:
        continue_round(run, round_)
        return
    if run.pause_asked:
        return
    graph = DependencyGraph.objects.filter(plan_id=run.plan_id).first()
    wave = _next_wave(graph) if graph else None
    if wave is None:
        decide_or_pause(run)
    elif gate_is_open(run, wave) and refuse_past_hard_limit(run, wave):
        open_round(run, wave)


def open_round(run: Run, wave: Wave) -> Round:
    """One fan-out of the open atoms of a wave, critical path first; of one unit of it when waves are switched off."""
    members = wave.members.filter(WORKABLE, awaiting_decision=False).order_by("memberships__position")
    atoms = list(members.only("unit", "feedback", "hint"))
    if not run.uses.wave_execution:
        atoms = [atom for atom in atoms if atom.unit == atoms[0].unit]
    number = wave.rounds.count() + 1
    round_ = Round.objects.create(
        wave=wave, plan_id=run.plan_id, number=number, atom_ids=[str(atom.pk) for atom in atoms]
    )
    move_if_possible(
        wave,
        WaveStatus.RUNNING,
        actor=SYSTEM,
        round=number,
        started_at=wave.started_at or timezone.now(),
        peak_parallel=max(wave.peak_parallel, len(atoms)),
    )
    emit(
        ("plan", run.plan_id),
        "wave_execution_start",
        {
            "wave_id": str(wave.pk),
            "wave_number": wave.number,
            "total_waves": wave.graph.waves_total,
            "total_atoms": len(atoms),
            "round": number,
        },
    )
    dispatch.run_round(round_, atoms)
    return round_


def continue_round(run: Run, round_: Round) -> None:
    """Send again what was lost, or have a round closed whose atoms are all judged alone."""
    open_atoms = list(Atom.objects.filter(WORKABLE, pk__in=round_.atom_ids).order_by("memberships__position"))
    running = Atom.objects.filter(pk__in=round_.atom_ids, status=AtomStatus.RUNNING).exists()
    if not open_atoms and not running:
        dispatch.close_round(round_.pk)
    elif open_atoms and not run.pause_asked and _silent(round_):
        dispatch.run_round(round_, open_atoms)


def release_lost_claims(run: Run) -> int:
    """Atoms whose holder died go back to where they were; the claim is fenced, no attempt is spent."""
    lost = Atom.objects.filter(plan_id=run.plan_id, status=AtomStatus.RUNNING).filter(claims.lost())
    freed = transition_many(
        lost.filter(attempts=0), AtomStatus.PENDING, actor=SYSTEM, reason="lost claim", claim=None, claim_expires=None
    )
    freed += transition_many(
        lost.filter(attempts__gt=0),
        AtomStatus.RETRYING,
        actor=SYSTEM,
        reason="lost claim",
        claim=None,
        claim_expires=None,
    )
    return len(freed)


def lost_too_often(run: Run) -> Atom | None:
    """An open atom that was begun again and again and never came back: what works on it dies of it."""
    begun = Atom.objects.filter(WORKABLE, plan_id=run.plan_id, claims__gte=F("attempts") + MOST_LOST_CLAIMS)
    return begun.order_by("-claims").first()


def _silent(round_: Round) -> bool:
    """Whether nothing came of its messages for so long that they are sent again, by the database's clock."""
    wait = timedelta(seconds=configuration().resend_after) * 2 ** min(max(round_.dispatches - 1, 0), 5)
    long_ago = Q(dispatched_at__isnull=True) | Q(dispatched_at__lt=Now() - wait)
    return Round.objects.filter(long_ago, pk=round_.pk).exists()


def _next_wave(graph: DependencyGraph) -> Wave | None:
    """The first wave that has an atom to work on."""
    members = WaveAtom.objects.filter(
        wave=OuterRef("pk"),
        atom__status__in=[AtomStatus.PENDING, AtomStatus.RETRYING],
        atom__awaiting_decision=False,
    )
    return Wave.objects.filter(Exists(members), graph=graph).select_related("graph").order_by("number").first()
