"""The ten atomicity criteria. Each is a pure function of the facts; the score is the share that holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from execution.atoms.atom import MAXIMUM_LINES, Kind

COMPLEXITY_PER_TEN_LINES = 3.0
MOST_DEPENDENCIES = 4
HIDDEN_INPUTS = frozenset({"globals", "locals", "vars", "eval", "exec", "__import__"})
DEFINITIONS: frozenset[Kind] = frozenset({"function", "method", "class_header"})


@dataclass(slots=True)
class Facts:
    """What is known about an atom. Cutting a file fills in what the file shows; the graph refines the resolved part."""

    kind: Kind
    loc: int
    complexity: int
    definitions: int = 0
    statements: int = 0
    on_boundary: bool = True
    uses: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    has_star_import: bool = False
    dependencies: int = 0
    defines: tuple[str, ...] = ()
    redefines: tuple[str, ...] = ()
    effects: int = 0
    conditions: int = 0
    test_cases: int = 0


def lines_within_limit(facts: Facts) -> bool:
    return facts.loc <= MAXIMUM_LINES


def complexity_is_low(facts: Facts) -> bool:
    """Cyclomatic complexity below 3.0 per 10 lines; a shorter atom counts as 10 lines."""
    return facts.complexity * 10 / max(10, facts.loc) < COMPLEXITY_PER_TEN_LINES


def has_one_responsibility(facts: Facts) -> bool:
    """One definition, or one run of statements: never two definitions, never both."""
    if facts.kind in DEFINITIONS:
        return True
    if facts.kind == "file":
        return facts.definitions + min(1, facts.statements) <= 1
    return facts.definitions <= 1


def is_cut_on_a_node(facts: Facts) -> bool:
    return facts.on_boundary


def free_names_resolve(facts: Facts) -> bool:
    return not facts.unresolved


def inputs_are_explicit(facts: Facts) -> bool:
    """Nothing comes in by ``globals()``, ``eval`` and the like, or by a star import."""
    return not facts.has_star_import and HIDDEN_INPUTS.isdisjoint(facts.uses)


def effect_is_explicit(facts: Facts) -> bool:
    """It defines a name, calls, assigns, returns or raises; an atom of only ``pass`` does nothing."""
    return bool(facts.defines) or facts.effects > 0 or facts.kind in DEFINITIONS or facts.kind == "import"


def has_few_dependencies(facts: Facts) -> bool:
    return facts.dependencies <= MOST_DEPENDENCIES


def is_defined_once(facts: Facts) -> bool:
    return not facts.redefines


def can_be_validated_alone(facts: Facts) -> bool:
    """It has a test case, or a condition to check: a name to define, an annotation, a return, a raise, an assert."""
    return facts.test_cases > 0 or facts.conditions > 0 or bool(facts.defines)


CRITERIA: Mapping[str, Callable[[Facts], bool]] = {
    criterion.__name__: criterion
    for criterion in (
        lines_within_limit,
        complexity_is_low,
        has_one_responsibility,
        is_cut_on_a_node,
        free_names_resolve,
        inputs_are_explicit,
        effect_is_explicit,
        has_few_dependencies,
        is_defined_once,
        can_be_validated_alone,
    )
}
IN_ORDER = tuple(CRITERIA.items())
SCORES = tuple(round(1 - failed / len(CRITERIA), 2) for failed in range(len(CRITERIA) + 1))


def failed_criteria(facts: Facts) -> tuple[str, ...]:
    """Names of the criteria that do not hold, in their fixed order."""
    return tuple([name for name, holds in IN_ORDER if not holds(facts)])


def atomicity(failed: tuple[str, ...]) -> float:
    """Share of the ten criteria passed, 0.0 to 1.0."""
    return SCORES[len(failed)]
