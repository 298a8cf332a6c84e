"""Tests of business rules: each breaks the rule once, and keeps it once where that is not tested elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from integrations.llm.design import Rule, RuleKind
from integrations.llm.offline.project.django.fields import is_null
from integrations.llm.offline.project.django.rules_among_records import parent_of
from integrations.llm.offline.project.entities import EntityView, ParentView
from integrations.llm.offline.project.fields import FieldView

Needed = tuple[str, str]
RULE_ERROR: Needed = ("api.errors", "RuleError")
CONFLICT_ERROR: Needed = ("api.errors", "ConflictError")


@dataclass(frozen=True)
class TestText:
    """The text of one test and the (module, name) pairs it imports."""

    text: str
    needs: tuple[Needed, ...]


def rule_tests(entity: EntityView) -> list[TestText]:
    """The tests of every rule of an entity that can be broken from outside."""
    own = [_own_parent(parent) for parent in entity.parents if parent.is_self]
    found = [_WRITERS[rule.kind](entity, rule) for rule in entity.rules]
    return [*own, *(one for one in found if one is not None)]


def distinct_tests(texts: Sequence[str]) -> list[str]:
    """The same tests, none of which has the name of another."""
    seen: Counter[str] = Counter()
    found = []
    for text in texts:
        name = text.partition("def ")[2].partition("(")[0]
        seen[name] += 1
        found.append(text if seen[name] == 1 else text.replace(f"def {name}(", f"def {name}_{seen[name]}(", 1))
    return found


def _made(parent: ParentView) -> Needed:
    return (f"tests.factories.{parent.target.snake}", f"make_{parent.target.snake}")


def _own_parent(parent: ParentView) -> TestText:
    entity = parent.owner
    text = f'''def test_{entity.snake}_cannot_be_its_own_{parent.name}() -> None:
    {entity.snake} = make_{entity.snake}()
    with pytest.raises(RuleError):
        {entity.name}Service().update({entity.snake}, {{"{parent.name}": {entity.snake}}})'''
    return TestText(text, (RULE_ERROR,))


def pair(field: FieldView) -> tuple[str, str, tuple[Needed, ...]]:
    """Two values, the lower one first, as Python source."""
    if field.type == "date":
        return "date(2030, 3, 1)", "date(2030, 3, 2)", (("datetime", "date"),)
    if field.type == "datetime":
        low, high = (f"datetime(2030, 3, {day}, 10, tzinfo=UTC)" for day in (1, 2))
        return low, high, (("datetime", "UTC"), ("datetime", "datetime"))
    base = max(field.smallest or 0, 0)
    if field.type == "decimal":
        return f"Decimal({base + 1})", f"Decimal({base + 2})", (("decimal", "Decimal"),)
    return str(base + 1), str(base + 2), ()


def _order(entity: EntityView, rule: Rule) -> TestText:
    start, end = (entity.field(name) for name in rule.fields[:2])
    low, high, needs = pair(start)
    text = f'''def test_{end.name}_cannot_come_before_{start.name}() -> None:
    {entity.snake}, service = make_{entity.snake}(), {entity.name}Service()
    early, late = {low}, {high}
    with pytest.raises(RuleError):
        service.update({entity.snake}, {{"{start.name}": late, "{end.name}": early}})
    service.update({entity.snake}, {{"{start.name}": late, "{end.name}": late}})
    assert {entity.name}.objects.get(pk={entity.snake}.pk).{end.name} == late'''
    return TestText(text, (RULE_ERROR, *needs))


def _not_past(entity: EntityView, rule: Rule) -> TestText:
    subject = entity.field(rule.fields[0])
    value = '"2001-01-01"' if subject.type == "date" else '"2001-01-01T10:00:00Z"'
    text = f"""def test_{subject.name}_cannot_be_in_the_past() -> None:
    with pytest.raises(RuleError):
        make_{entity.snake}({subject.name}={value})
    assert not {entity.name}.objects.exists()"""
    return TestText(text, (RULE_ERROR,))


def _counts_new(entity: EntityView, rule: Rule) -> bool:
    """Whether a record counts as soon as it is made."""
    if not rule.status_field or not rule.values:
        return True
    status = entity.field(rule.status_field)
    member = (status.default or "").rpartition(".")[2]
    return dict(status.members).get(member) in rule.values


def _narrows(entity: EntityView, rule: Rule) -> bool:
    """Whether another rule would already refuse a second record of one parent."""
    return any(
        (other.kind == "no_overlap" and other.parent == rule.parent)
        or (other.kind == "unique_together" and rule.parent in other.fields)
        for other in entity.rules
        if other is not rule
    )


def _at_most(entity: EntityView, rule: Rule) -> TestText | None:
    if not _counts_new(entity, rule) or _narrows(entity, rule):
        return None
    parent = parent_of(entity, rule)
    limit, change = rule.limit or 0, ""
    if rule.limit_field:
        limit = max(parent.target.field(rule.limit_field).smallest or 0, 2)
        change = f"{rule.limit_field}={limit}"
    values = f"{parent.name}={parent.name}.pk"
    if rule.open_field:
        empty = "None" if is_null(entity.field(rule.open_field)) else '""'
        values += f", {rule.open_field}={empty}"
    text = f"""def test_the_number_of_{entity.plural}_of_one_{parent.name}_is_limited() -> None:
    {parent.name} = make_{parent.target.snake}({change})
    for _ in range({limit}):
        make_{entity.snake}({values})
    with pytest.raises(RuleError):
        make_{entity.snake}({values})
    assert {entity.name}.objects.filter({parent.name}={parent.name}).count() == {limit}"""
    return TestText(text, (RULE_ERROR, _made(parent)))


def _no_overlap(entity: EntityView, rule: Rule) -> TestText | None:
    if not _counts_new(entity, rule):
        return None
    parent = parent_of(entity, rule)
    start, end = (entity.field(name) for name in rule.fields[:2])
    tail = "" if start.type == "date" else "T10:00:00Z"
    first, second, third, fourth = (f'"2030-03-{day:02}{tail}"' for day in (1, 5, 10, 20))

    def made(begin: str, finish: str) -> str:
        return f"make_{entity.snake}({parent.name}={parent.name}.pk, {start.name}={begin}, {end.name}={finish})"

    text = f"""def test_{entity.plural}_of_one_{parent.name}_do_not_overlap() -> None:
    {parent.name} = make_{parent.target.snake}()
    {made(first, third)}
    with pytest.raises(ConflictError):
        {made(second, fourth)}
    {made(third, fourth)}
    assert {entity.name}.objects.filter({parent.name}={parent.name}).count() == 2"""
    return TestText(text, (CONFLICT_ERROR, _made(parent)))


def _transitions(entity: EntityView, rule: Rule) -> TestText | None:
    status = entity.field(rule.status_field or "status")
    values = dict(status.members)
    begin = values.get((status.default or "").rpartition(".")[2], "")
    after = next((one.after for one in rule.transitions if one.before == begin), [])
    forbidden = [value for value in values.values() if value != begin and value not in after]
    lines = [f"def test_{status.name}_changes_only_as_allowed() -> None:"]
    lines.append(f"    {entity.snake}, service = make_{entity.snake}(), {entity.name}Service()")
    if not begin or not (after or forbidden):
        return None
    if forbidden:
        lines.append("    with pytest.raises(RuleError):")
        lines.append(f'        service.update({entity.snake}, {{"{status.name}": "{forbidden[0]}"}})')
        lines.append(f"    {entity.snake}.refresh_from_db()")
    wanted = begin
    if after:
        wanted = after[0]
        lines.append(f'    service.update({entity.snake}, {{"{status.name}": "{wanted}"}})')
    lines.append(f'    assert {entity.name}.objects.get(pk={entity.snake}.pk).{status.name} == "{wanted}"')
    return TestText("\n".join(lines), (RULE_ERROR,) if forbidden else ())


def _frozen(entity: EntityView, rule: Rule) -> TestText:
    status = entity.field(rule.status_field or "status")
    text = f"""@pytest.mark.parametrize("final", {_quoted(rule.values)})
def test_{entity.a_words.replace(" ", "_")}_that_is_over_stays_as_it_is(final: str) -> None:
    {entity.snake}, service = make_{entity.snake}(), {entity.name}Service()
    {entity.name}.objects.filter(pk={entity.snake}.pk).update({status.name}=final)
    {entity.snake}.refresh_from_db()
    with pytest.raises(ConflictError):
        service.update({entity.snake}, {{}})
    with pytest.raises(ConflictError):
        service.delete({entity.snake})
    assert {entity.name}.objects.filter(pk={entity.snake}.pk).exists()"""
    return TestText(text, (CONFLICT_ERROR,))


def _quoted(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def _stock(entity: EntityView, rule: Rule) -> TestText:
    parent = parent_of(entity, rule)
    stock, amount = rule.stock_field or "stock", rule.amount_field
    taken = f"{entity.snake}.{amount}" if amount else "1"
    refused = (
        f"""
    with pytest.raises(RuleError):
        make_{entity.snake}({parent.name}={parent.name}.pk, {amount}=before + 1)"""
        if amount
        else ""
    )
    text = f"""def test_{entity.a_words.replace(" ", "_")}_takes_{stock}_and_gives_it_back() -> None:
    {parent.name} = make_{parent.target.snake}()
    before = {parent.name}.{stock}
    {entity.snake} = make_{entity.snake}({parent.name}={parent.name}.pk)
    {parent.name}.refresh_from_db()
    assert {parent.name}.{stock} == before - {taken}{refused}
    {entity.name}Service().delete({entity.snake})
    {parent.name}.refresh_from_db()
    assert {parent.name}.{stock} == before"""
    return TestText(text, (*((RULE_ERROR,) if amount else ()), _made(parent)))


def _unique_together(entity: EntityView, rule: Rule) -> TestText:
    values = ", ".join(f'"{name}": first.{name}' for name in rule.fields)
    text = f"""def test_{"_and_".join(rule.fields)}_are_unique_together() -> None:
    first, second = make_{entity.snake}(), make_{entity.snake}()
    with pytest.raises(ConflictError):
        {entity.name}Service().update(second, {{{values}}})
    assert {entity.name}.objects.count() == 2"""
    return TestText(text, (CONFLICT_ERROR,))


_WRITERS: dict[RuleKind, Callable[[EntityView, Rule], TestText | None]] = {
    "order": _order,
    "not_past": _not_past,
    "at_most": _at_most,
    "no_overlap": _no_overlap,
    "transitions": _transitions,
    "frozen": _frozen,
    "stock": _stock,
    "unique_together": _unique_together,
}
