"""Base of the commands that follow or steer a build: errors in words on stderr, exit status by kind."""

from __future__ import annotations

import sys
import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedTable

from common.actors import Actor
from common.errors import DevMatrixError, InvalidInput, NotFound
from execution.models import Atom, DependencyGraph, Run, Wave
from execution.states import RunStatus
from planning.models import MasterPlan, Task

WRONG_USE, FAILED, INTERRUPTED = 2, 1, 130


class ConsoleCommand(BaseCommand):
    """Implement ``work``; it returns the exit status. Our errors end with 2 for wrong input, else 1."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="no progress")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            status = self.work(**options)
        except DevMatrixError as error:
            self.complain(f"{error.detail} {error.hint}".strip())
            status = WRONG_USE if isinstance(error, InvalidInput | NotFound) else FAILED
        except KeyboardInterrupt:
            self.complain("Interrupted; what is stored stays. See manage.py status for the plans there are.")
            status = INTERRUPTED
        except OperationalError as error:
            self.complain(f"The database does not answer: {error}".splitlines()[0] + " Start it with: make up")
            status = FAILED
        except ProgrammingError as error:
            if not isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
                raise
            self.complain("The database is of another version of DevMatrix. Bring it up to date with: make up")
            status = FAILED
        if status:
            sys.exit(status)

    def work(self, **options: Any) -> int:
        raise NotImplementedError

    def complain(self, text: str) -> None:
        self.stderr.write(f"error: {text}")

    def actor(self) -> Actor:
        return Actor("user", "", "command line")

    def how_to_go_on(self, plan: MasterPlan) -> str:
        """What a person does next, when the run of the plan waits for it."""
        waits = Run.objects.filter(plan_id=plan.pk, status=RunStatus.PAUSED).exists()
        return f"Go on with: manage.py resume {plan.pk}" if waits else ""


def command_line_owner() -> AbstractBaseUser:
    """The user to whom projects asked for on the command line belong: the first superuser, else one made for it."""
    users = get_user_model()
    owner = users.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if owner is None:
        owner, created = users.objects.get_or_create(username="console", defaults={"is_staff": True})
        if created:
            owner.set_unusable_password()
            owner.save()
    return owner


def plan_named(name: str) -> MasterPlan:
    """A plan by its id, or by the beginning of it. Raises ``NotFound``, ``InvalidInput`` when several begin so."""
    try:
        return MasterPlan.objects.get(pk=uuid.UUID(name))
    except (ValueError, MasterPlan.DoesNotExist):
        pass
    found = [plan for plan in MasterPlan.objects.all() if str(plan.pk).startswith(name.lower())] if name else []
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} plans begin with {name!r}.", hint="Give more of the id.")
    if not found:
        raise NotFound(f"There is no plan {name!r}.", hint="See manage.py status for the plans there are.")
    return found[0]


def task_named(plan: MasterPlan, name: str) -> Task:
    """A task of the plan by its short id, or the number in it. Raises ``NotFound``."""
    found = Task.objects.filter(plan=plan, short_id=f"task_{int(name):03}" if name.isdecimal() else name).first()
    if found is None:
        raise NotFound(f"The plan has no task {name!r}.", hint="Tasks are named as in task_004.")
    return found


def wave_named(plan: MasterPlan, number: int) -> Wave:
    """A wave of the plan's latest graph by its number. Raises ``NotFound``."""
    graph = DependencyGraph.objects.filter(plan=plan).first()
    found = Wave.objects.filter(graph=graph, number=number).first() if graph else None
    if found is None:
        raise NotFound(f"The plan has no wave {number}.", hint="Waves are made when its code is cut and ordered.")
    return found


def atom_named(plan: MasterPlan, name: str) -> Atom | None:
    """An atom of the plan by its id; ``None`` where ``name`` is no id of one."""
    try:
        return Atom.objects.filter(plan=plan, pk=uuid.UUID(name)).first()
    except ValueError:
        return None
