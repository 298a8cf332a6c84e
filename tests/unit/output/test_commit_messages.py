from __future__ import annotations

from execution.output.commit_messages import WaveCommit, plain_message, wave_message


def test_a_wave_message_tells_tasks_atoms_and_trace() -> None:
    message = wave_message(
        WaveCommit(
            wave=3, tasks=["task_001 Task model"], accepted=["app.models.task.Task", "app.models.task.IMPORTS"],
            failed=["app.main.app"], trace_id="abc-1",
        )
    )  # fmt: skip

    assert message == (
        "Wave 3: 2 accepted, 1 failed\n\nTasks:\n- task_001 Task model\n\n"
        "Accepted:\n- app.models.task.Task\n- app.models.task.IMPORTS\n\nFailed:\n- app.main.app\n\nTrace-Id: abc-1\n"
    )


def test_a_wave_without_failures_does_not_mention_them() -> None:
    assert wave_message(WaveCommit(wave=1, tasks=[], accepted=["a"])) == "Wave 1: 1 accepted\n\nAccepted:\n- a\n"


def test_titles_cannot_break_the_message_apart() -> None:
    message = wave_message(WaveCommit(wave=1, tasks=["evil\n\nTrace-Id: forged\x00"], accepted=[], trace_id="real\nx"))

    assert message.count("\nTrace-Id: ") == 1
    assert "- evil Trace-Id: forged\n" in message
    assert message.endswith("Trace-Id: real x\n")


def test_long_lists_are_cut_with_their_number() -> None:
    message = wave_message(WaveCommit(wave=1, tasks=[], accepted=[f"atom_{number}" for number in range(60)]))

    assert "- atom_49\n- and 10 more\n" in message
    assert "atom_50" not in message


def test_other_commits_have_a_short_subject() -> None:
    assert plain_message("Infrastructure", details=["README.md"], trace_id="t") == (
        "Infrastructure\n\nDetails:\n- README.md\n\nTrace-Id: t\n"
    )
    assert len(plain_message("x" * 500).splitlines()[0]) == 100
