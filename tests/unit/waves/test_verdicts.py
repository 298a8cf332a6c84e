from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from execution.waves.verdicts import DECISIVE, assign, error_hash
from integrations.llm.shapes import Diagnostic


def finding(message: str = "wrong", *, layer: str = "types", severity: str = "error", line: int = 1) -> Diagnostic:
    return Diagnostic.model_validate(
        {"path": "a.py", "line": line, "layer": layer, "code": "x", "message": message, "severity": severity}
    )


def test_a_candidate_pays_for_its_own_errors() -> None:
    blame = assign({"a": [finding()], "b": []}, candidates={"a", "b"}, changed=[], settled=[], uses={})
    assert blame.charged == {"a": [finding()]}
    assert (blame.later, blame.unclaimed) == ({}, [])


def test_warnings_and_advice_are_charged_to_nobody() -> None:
    found = {"a": [finding(severity="warning"), finding(layer="performance")]}
    blame = assign(found, candidates={"a"}, changed=["a"], settled=[], uses={})
    assert (blame.charged, blame.later, blame.unclaimed) == ({}, {}, [])


def test_every_decisive_layer_decides() -> None:
    for layer in DECISIVE:
        assert assign({"a": [finding(layer=layer)]}, candidates={"a"}, changed=[], settled=[], uses={}).charged


def test_an_error_in_a_settled_atom_is_charged_to_the_changed_ones_it_uses() -> None:
    blame = assign(
        {"old": [finding()]}, candidates={"a", "b"}, changed=["a", "b"], settled={"old"}, uses={"old": {"a"}}
    )
    assert blame.charged == {"a": [finding()]}


def test_an_error_in_a_settled_atom_that_uses_none_of_the_changed_is_charged_to_all_of_them() -> None:
    blame = assign({"old": [finding()]}, candidates={"a", "b"}, changed=["a", "b"], settled={"old"}, uses={})
    assert set(blame.charged) == {"a", "b"}


def test_where_nothing_changed_an_error_in_a_settled_atom_is_nobodys() -> None:
    blame = assign({"old": [finding()]}, candidates={"a"}, changed=[], settled={"old"}, uses={"old": {"a"}})
    assert (blame.charged, blame.unclaimed) == ({}, [finding()])


def test_errors_of_atoms_whose_turn_has_not_come_wait_for_it() -> None:
    blame = assign({"next": [finding()]}, candidates={"a"}, changed=["a"], settled={"old"}, uses={"next": {"a"}})
    assert (blame.charged, blame.later) == ({}, {"next": [finding()]})


keys = st.sampled_from("abcdef")


@given(
    found=st.dictionaries(
        keys, st.lists(st.builds(finding, layer=st.sampled_from(["types", "performance"])), max_size=3)
    ),
    candidates=st.sets(keys),
    settled=st.sets(keys),
    uses=st.dictionaries(keys, st.sets(keys)),
    data=st.data(),
)
def test_no_error_gets_lost_and_only_candidates_pay(
    found: dict[str, list[Diagnostic]],
    candidates: set[str],
    settled: set[str],
    uses: dict[str, set[str]],
    data: st.DataObject,
) -> None:
    settled -= candidates
    changed = data.draw(st.sets(st.sampled_from(sorted(candidates)))) if candidates else set()
    blame = assign(found, candidates=candidates, changed=changed, settled=settled, uses=uses)
    assert set(blame.charged) <= candidates
    assert not set(blame.later) & (candidates | settled)
    for atom, errors in found.items():
        decisive = [error for error in errors if error.layer in DECISIVE]
        if decisive and atom in candidates:
            assert all(error in blame.charged[atom] for error in decisive)
        elif decisive and atom in settled:
            assert blame.unclaimed if not changed else any(blame.charged.get(other) for other in changed)
        elif decisive:
            assert blame.later[atom] == decisive


def test_the_same_errors_elsewhere_have_the_same_hash() -> None:
    one = [finding("Expected 2 arguments in line 14"), finding("b")]
    other = [finding("B", line=99), finding("expected 3 arguments in line 7")]
    assert error_hash(one) == error_hash(other)


def test_other_errors_have_other_hashes_and_none_has_none() -> None:
    assert error_hash([]) == ""
    assert error_hash([finding("a")]) != error_hash([finding("b")])
    assert error_hash([finding("a")]) != error_hash([finding("a", layer="lint")])
    assert error_hash([finding('Name "foo" is not defined')]) != error_hash([finding('Name "bar" is not defined')])
