from __future__ import annotations

from django.core.management import call_command


def test_the_state_diagrams_in_the_docs_are_those_of_the_code() -> None:
    call_command("state_diagrams", check=True)
