"""Names, code and Markdown of people and models that mean harm, or are only unusual. None may be more than text."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from execution.models import AcceptanceTest, Atom, AtomRevision, FailureAnalysis
from planning.models import MasterPlan, Message, Milestone, Phase, Task
from tests.live.building import busy_plan, tell

RUN = "window.hacked=1"
NAMES = [
    f"</script><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f'"><svg onload="{RUN}">',
    f"' onmouseover='{RUN}' autofocus onfocus='{RUN}",
    "<!-- <base href=https://evil.example/> --!>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "{{ 7|add:7 }}{% load static %}${7*7}#{7*7}<%= 7*7 %>",
    "<style>*{display:none}</style><link rel=stylesheet href=https://evil.example/x.css>",
    "\u202etxt.exe\u202c \u2066abc\u2069 \u200b\u200f",
    "مرحبا بالعالم שלום עולם 123 (abc)",
    "n" * 400,
    "emoji 👩‍👩‍👧‍👦 ﷽ Z̷͍͝a̴͉l̶g̵o̸ \u2028 line",
    "../../etc/passwd; DROP TABLE plan; --",
    "%s%n%x {0.__class__}",
]
MARKDOWN = [
    f"[press](javascript:{RUN}) [data](data:text/html,<script>{RUN}</script>) <javascript:{RUN}>",
    "![picture](https://evil.example/pixel.png) [far](https://evil.example/)",
    f"<script>{RUN}</script><img src=x onerror={RUN}>\n\n<details open ontoggle={RUN}>x</details>",
    f"```html\n</code></pre><script>{RUN}</script>\n```\n\n`<img src=x onerror={RUN}>`",
    "# " + "w" * 3000 + "\n\n" + "> " * 60 + "deep\n\n" + "* " * 40 + "list",
    f"[a]: javascript:{RUN}\n[a]\n\n<a href='javascript:{RUN}'>x</a>\n\n{'[' * 500}",
]
CODE = "\n".join([*NAMES, *MARKDOWN]) + "\n"


def hostile_plan(owner: User) -> MasterPlan:
    """A plan under way, every text of which means harm."""
    plan = busy_plan(owner, tasks=16, atoms=100)
    for model, name in ((Phase, "name"), (Milestone, "name"), (Task, "title")):
        rows: list[Any] = list(model.objects.filter(plan=plan).order_by("number"))
        for number, row in enumerate(rows):
            setattr(row, name, NAMES[number % len(NAMES)][:200])
            row.description = MARKDOWN[number % len(MARKDOWN)]
        model.objects.bulk_update(rows, [name, "description"])
    Task.objects.filter(plan=plan).update(
        last_error="".join(NAMES),
        target_files=[name[:80] for name in NAMES],
        acceptance_criteria=[{"text": name, "priority": "must"} for name in NAMES],
        postconditions=[{"kind": "exports", "subject": name} for name in NAMES],
    )
    Task.objects.filter(pk=plan.tasks.latest("number").pk).update(status="failed")
    atoms = list(Atom.objects.filter(plan=plan).order_by("number"))
    for number, atom in enumerate(atoms):
        atom.qualname, atom.path = NAMES[number % len(NAMES)], NAMES[number % len(NAMES)]
        atom.feedback = [{"path": name, "line": 1, "layer": name[:20], "code": name[:20], "severity": "error",
                          "message": name, "hint": name} for name in NAMES]  # fmt: skip
    Atom.objects.bulk_update(atoms, ["qualname", "path", "feedback"])
    AtomRevision.objects.filter(atom__plan=plan).update(text=CODE)
    FailureAnalysis.objects.filter(plan=plan).update(
        root_cause=NAMES[0],
        conclusion=NAMES[1],
        proposals=[{"title": NAMES[1], "action": NAMES[0], "detail": NAMES[2], "probability": 0.5, "minutes": 1}],
    )
    AcceptanceTest.objects.filter(plan=plan).update(requirement=NAMES[0] + NAMES[10])
    for role in ("user", "assistant"):
        for text in (*NAMES, *MARKDOWN):
            Message.objects.create(conversation=plan.conversation, role=role, content=text)
    for name in NAMES:
        tell(plan, "atom_retry_start", label=name, attempt=name, max_attempts=3, error=name)
        tell(plan, name[:60], **{name: name})
        tell(plan, "error", message=name, hint=name)
    MasterPlan.objects.filter(pk=plan.pk).update(
        project_name=NAMES[0][:120], description=NAMES[1] + NAMES[10], original_request="\n".join(NAMES)
    )
    plan.refresh_from_db()
    return plan
