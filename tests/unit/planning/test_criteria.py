from __future__ import annotations

from planning.criteria import to_prove


def test_criteria_that_name_a_test_need_none_and_equal_words_count_once() -> None:
    tasks: list[list[dict[str, str | None]]] = [
        [{"text": "It adds.", "test": None}, {"text": "It is named.", "test": "tests/test_a.py::test_it"}],
        [{"text": "It adds."}, {"text": "It subtracts."}],
    ]
    assert to_prove(tasks, [["It adds.", "It is quick."], []]) == 3
    assert to_prove([], []) == 0
