"""One attempt at one atom: recorded once, by the holder of the claim, and only what passed alone enters the tree."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from execution.models import Atom, AtomAttempt, AtomRevision, Round
from execution.services.cancelling import cancel_plan
from execution.waves.attempting import with_same_end
from execution.waves.importing import place_imports
from execution.waves.opening import release_lost_claims
from execution.waves.revisions import new_revision
from integrations.llm.errors import CostLimitReached, ProviderUnavailable
from integrations.llm.providers.base import Request
from integrations.llm.shapes import AtomCode, Shape
from tests.execution.building import PERSON, Build, at_once, finding, make_build, retry_atom
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

FIRST = "def first() -> int:\n    return ''\n\n\n"
FILES = {"app/a.py": {"imports": "import os\n\n\n", "first": FIRST, "second": "def second():\n    return 2\n"}}
BETTER = "def first() -> int:\n    return 1\n"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    build = make_build(FILES, workspace=tmp_path / "workspace")
    build.set("first", status="retrying", attempts=1, feedback=[finding("app/a.py", 5).model_dump()])
    return build


@pytest.fixture
def round_(build: Build) -> Round:
    return build.open_round("first", number=2)


def test_an_answer_that_passes_alone_becomes_the_current_text(
    build: Build, round_: Round, provider: ScriptedProvider
) -> None:
    provider.answer("atom_retry", AtomCode(code=BETTER))

    assert retry_atom(round_.pk, build.atoms["first"].pk) == "recorded"

    atom = build.atom("first")
    assert (atom.status, atom.attempts, atom.claim) == ("validating", 2, None)
    assert atom.current is not None
    assert atom.current.text == BETTER + "\n\n"
    assert atom.current.origin == "attempt"
    assert atom.current.number == 2
    row = AtomAttempt.objects.get()
    assert (row.attempt, row.success, row.errors, row.tokens_in, row.tokens_out) == (2, None, [], 100, 50)
    assert row.feedback["errors"] == [finding("app/a.py", 5).model_dump()]
    assert [event["attempt"] for event in build.events("atom_retry_start")] == [2]


def test_the_same_message_again_asks_nobody(build: Build, round_: Round, provider: ScriptedProvider) -> None:
    provider.answer("atom_retry", AtomCode(code=BETTER))
    answers = [retry_atom(round_.pk, build.atoms["first"].pk) for _ in range(3)]
    assert answers == ["recorded", "not ours", "not ours"]
    assert provider.purposes == ["atom_retry"]
    assert AtomAttempt.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "layer", "code"),
    [
        ("def first( -> int:\n    return 1\n", "syntax", None),
        ("def renamed() -> int:\n    return 1\n", "contract", "contract"),
        ("def first(more: int) -> int:\n    return 1\n", "contract", "contract"),
        ("    def first() -> int:\n        return 1\n", "syntax", None),
        ("  \n", "answer", "empty"),
    ],
)
def test_an_answer_that_breaks_what_others_rely_on_never_enters_the_tree(
    build: Build, round_: Round, provider: ScriptedProvider, answer: str, layer: str, code: str | None
) -> None:
    provider.answer("atom_retry", AtomCode(code=answer))
    before = build.atom("first").current_id

    assert retry_atom(round_.pk, build.atoms["first"].pk) == "recorded"

    atom = build.atom("first")
    assert (atom.status, atom.attempts, atom.current_id) == ("validating", 2, before)
    row = AtomAttempt.objects.get()
    assert (row.success, row.revision_id) == (False, None)
    assert row.errors[0]["layer"] == layer
    assert code is None or row.errors[0]["code"] == code


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ProviderUnavailable("It is down."), "provider_unavailable"), (CostLimitReached("Spent."), "cost_limit")],
)
def test_a_call_that_cannot_be_made_spends_no_attempt_and_pauses(
    build: Build, round_: Round, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("execution.waves.attempting.ask", fails)

    retry_atom(round_.pk, build.atoms["first"].pk)

    atom = build.atom("first")
    assert (atom.status, atom.attempts, atom.claim) == ("retrying", 1, None)
    assert not AtomAttempt.objects.exists()
    assert (build.current_plan().status, build.current_plan().pause_reason) == ("paused", reason)
    assert build.current_run().status == "paused"
    assert build.events("error")[0]["code"] == error.code  # type: ignore[attr-defined]  # one of ours


def while_asked(provider: ScriptedProvider, happens: Callable[[], object]) -> None:
    """``happens`` comes to pass while the model is thinking."""

    def answer(request: Request) -> Shape:
        happens()
        return AtomCode(code=BETTER)

    provider.answer("atom_retry", answer)


def test_an_answer_whose_claim_was_lost_stores_nothing(build: Build, round_: Round, provider: ScriptedProvider) -> None:
    def lost() -> None:
        build.set("first", claim_expires=timezone.now() - timedelta(seconds=1))
        assert release_lost_claims(build.run) == 1

    while_asked(provider, lost)
    assert retry_atom(round_.pk, build.atoms["first"].pk) == "late"
    atom = build.atom("first")
    assert (atom.status, atom.attempts) == ("retrying", 1)
    assert AtomRevision.objects.filter(atom=atom).count() == 1
    assert not AtomAttempt.objects.exists()


def test_an_answer_after_another_took_the_claim_stores_nothing(
    build: Build, round_: Round, provider: ScriptedProvider
) -> None:
    other = uuid.uuid4()
    while_asked(provider, lambda: build.set("first", claim=other))
    assert retry_atom(round_.pk, build.atoms["first"].pk) == "late"
    assert (build.atom("first").status, build.atom("first").claim) == ("running", other)


def test_an_answer_after_the_plan_was_cancelled_stores_nothing(
    build: Build, round_: Round, provider: ScriptedProvider
) -> None:
    while_asked(provider, lambda: cancel_plan(plan=build.plan, actor=PERSON))
    assert retry_atom(round_.pk, build.atoms["first"].pk) == "late"
    assert build.atom("first").status == "skipped"
    assert not AtomAttempt.objects.exists()
    assert build.events("atom_retry_start") == []


@pytest.mark.parametrize("state", ["paused", "cancelled"])
def test_a_run_that_does_not_run_claims_nothing(
    build: Build, round_: Round, provider: ScriptedProvider, state: str
) -> None:
    build.run.__class__.objects.update(status=state)
    assert retry_atom(round_.pk, build.atoms["first"].pk) == "not ours"
    assert provider.requests == []
    assert build.atom("first").status == "retrying"


def test_a_pause_that_was_asked_for_begins_nothing_new(build: Build, round_: Round, provider: ScriptedProvider) -> None:
    build.run.__class__.objects.update(pause_asked="person")
    assert retry_atom(round_.pk, build.atoms["first"].pk) == "not ours"
    assert provider.requests == []


def test_a_closed_round_claims_nothing(build: Build, round_: Round, provider: ScriptedProvider) -> None:
    Round.objects.update(status="closed")
    assert retry_atom(round_.pk, build.atoms["first"].pk) == "not ours"
    assert retry_atom(uuid.uuid4(), build.atoms["first"].pk) == "not ours"
    assert provider.requests == []


def test_the_sound_piece_of_a_function_keeps_its_text_without_a_call(build: Build, provider: ScriptedProvider) -> None:
    build.set("second", status="retrying", attempts=1, feedback=[])
    round_ = build.open_round("second", number=2)

    assert retry_atom(round_.pk, build.atoms["second"].pk) == "recorded"

    assert provider.requests == []
    assert build.atom("second").current is not None
    assert build.atom("second").current.text == "def second():\n    return 2\n"  # type: ignore[union-attr]  # see above
    assert build.atom("second").status == "validating"


def test_a_signature_that_is_itself_at_fault_may_change(
    build: Build, round_: Round, provider: ScriptedProvider
) -> None:
    build.set("first", feedback=[finding("app/a.py", 4).model_dump()])
    provider.answer("atom_retry", AtomCode(code="def first() -> str:\n    return ''\n"))
    retry_atom(round_.pk, build.atoms["first"].pk)
    assert AtomAttempt.objects.get().errors == []


def test_what_was_accepted_before_may_come_back_whatever_was_tried_since(
    build: Build, round_: Round, provider: ScriptedProvider
) -> None:
    accepted = build.atom("first").current
    worse = new_revision(build.atom("first"), "def first() -> str:\n    return 1\n", "attempt", "model")
    build.set("first", accepted=accepted, current=worse, feedback=[finding("app/a.py", 5).model_dump()])
    provider.answer("atom_retry", AtomCode(code="def first() -> int:\n    return 3\n"))
    retry_atom(round_.pk, build.atoms["first"].pk)
    assert AtomAttempt.objects.get().errors == []


def test_imports_that_an_answer_needs_are_merged_into_the_files_imports(
    build: Build, round_: Round, provider: ScriptedProvider
) -> None:
    build.accept("imports")
    provider.answer(
        "atom_retry", AtomCode(code=BETTER, imports=["import os", "import o", "from re import sub", "import o"])
    )

    retry_atom(round_.pk, build.atoms["first"].pk)

    imports = build.atom("imports")
    assert imports.current is not None
    assert imports.current.text == "import os\nfrom re import sub\n\nimport o\n\n\n"
    assert (imports.current.origin, imports.accepted_id) == ("import_merge", imports.current_id)


def test_imports_that_do_not_parse_are_not_merged(build: Build) -> None:
    before = build.atom("imports").current_id
    assert place_imports(build.atom("first"), BETTER, ("import import",)) == BETTER
    assert build.atom("imports").current_id == before


TOPS = [
    ("x = 1\n", "import re\n\n\nx = 1\n"),
    ('"""About."""\n\n\nx = 1\n', '"""About."""\n\nimport re\n\n\nx = 1\n'),
    ('"""About."""\n\n\n', '"""About."""\n\nimport re\n\n\n'),
    ("#!/bin/python\n# Licence\n\nx = 1\n", "#!/bin/python\n# Licence\n\nimport re\n\n\nx = 1\n"),
    ("# One.\nx = 1\n", "import re\n\n\n# One.\nx = 1\n"),
    ("class A:\n", "import re\n\n\nclass A:\n"),
    ("import re\n", "import re\n"),
]


@pytest.mark.parametrize(("top", "expected"), TOPS)
def test_a_file_without_an_import_atom_gets_its_imports_at_the_top(tmp_path: Path, top: str, expected: str) -> None:
    indent = "    " if top.startswith("class") else ""
    build = make_build({"app/a.py": {"top": top, "first": f"{indent}y = 2\n"}}, workspace=tmp_path / "workspace")
    build.accept("top")
    text = f"{indent}y = re.A\n"
    assert place_imports(build.atom("first"), text, ["import re", "import re"]) == text
    atom = build.atom("top")
    assert atom.current is not None
    assert atom.current.text == expected
    assert atom.accepted_id == atom.current_id


def test_the_atom_at_the_top_of_a_file_takes_the_imports_itself(
    build: Build, provider: ScriptedProvider, tmp_path: Path
) -> None:
    build = make_build({"app/b.py": {"only": FIRST}}, workspace=tmp_path / "other")
    build.set("only", status="retrying", attempts=1, feedback=[finding("app/b.py", 2).model_dump()])
    provider.answer("atom_retry", AtomCode(code=BETTER, imports=["import re", "from os import path"]))

    retry_atom(build.open_round("only", number=2).pk, build.atoms["only"].pk)

    atom = build.atom("only")
    assert atom.current is not None
    assert atom.current.text == f"import re\nfrom os import path\n\n\n{BETTER}\n\n"


def test_files_of_other_languages_are_given_no_python_imports(tmp_path: Path) -> None:
    build = make_build({"web/a.ts": {"top": "let x = 1\n"}}, workspace=tmp_path / "workspace")
    assert place_imports(build.atom("top"), "let x = 2\n", ["import re"]) == "let x = 2\n"


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("x = 1", "x = 0\n\n\n", "x = 1\n\n\n"),
        ("x = 1\n\n\n\n", "x = 0\n", "x = 1\n"),
        ("x = 1\n", "x = 0", "x = 1"),
        ("", "x = 0\n", ""),
        ("x = 1", "\n", "x = 1"),
    ],
)
def test_an_answer_ends_as_the_text_did_before(text: str, before: str, expected: str) -> None:
    assert with_same_end(text, before) == expected


@pytest.mark.django_db(transaction=True)
def test_one_of_several_workers_gets_the_atom(build: Build, round_: Round, provider: ScriptedProvider) -> None:
    provider.answer("atom_retry", AtomCode(code=BETTER))
    answers = at_once(*[lambda: retry_atom(round_.pk, build.atoms["first"].pk)] * 4)
    assert sorted(answers) == ["not ours", "not ours", "not ours", "recorded"]
    assert len(provider.requests) == 1
    assert Atom.objects.get(name="first").claims == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trial", range(3))
def test_cancel_and_an_answer_at_once_leave_nothing_half_done(
    build: Build, round_: Round, provider: ScriptedProvider, trial: int
) -> None:
    provider.answer("atom_retry", AtomCode(code=BETTER))
    answers = at_once(
        lambda: retry_atom(round_.pk, build.atoms["first"].pk), lambda: cancel_plan(plan=build.plan, actor=PERSON)
    )
    assert answers[0] in ("recorded", "late", "not ours")
    assert not isinstance(answers[1], Exception)
    assert build.atom("first").status == "skipped"
    assert AtomAttempt.objects.count() == (1 if answers[0] == "recorded" else 0)


def test_the_last_attempt_is_told_what_changed_and_a_recommended_change_with_its_reason(
    build: Build, provider: ScriptedProvider
) -> None:
    row = build.open_round("first", number=1)
    build.judged(row, "first")
    build.set("first", status="retrying", attempts=2)
    wrong = finding("app/a.py", 5, message="`os` imported but unused").model_copy(update={"hint": "Leave it out."})
    build.set("first", feedback=[wrong.model_dump()])
    AtomAttempt.objects.create(atom=build.atoms["first"], attempt=2, code=BETTER, errors=[])
    Round.objects.update(status="closed")
    provider.answer("atom_retry", AtomCode(code=BETTER))
    assert retry_atom(build.open_round("first", number=3).pk, build.atoms["first"].pk) == "recorded"
    feedback = build.atom("first").attempt_rows.get(attempt=3).feedback
    assert "+    return 1" in feedback["diff"]
    prompt = str(provider.requests[0])
    assert "What the last attempt changed of the one before" in prompt
    assert "line 5: `os` imported but unused Leave it out." in prompt
