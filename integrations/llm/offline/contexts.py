"""The bounded contexts of a service: one for each area of its business, and which of them supplies which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from integrations.llm.design import ServiceDesign
from integrations.llm.offline.library.areas import ACCOUNTS, AREAS, Area
from integrations.llm.offline.phrases import Phrases
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.shapes import BoundedContext

FEWEST_RECORDS: Final = 3
"""Services of fewer kinds of record have one language, whatever they are about."""
MOST_RULES: Final = 3


def contexts_of(views: Sequence[EntityView], design: ServiceDesign, say: Phrases) -> list[BoundedContext]:
    """In the order of their first records; one where the records are of one area."""
    account = design.authentication.user if design.authentication else ""
    areas = _areas(views, account)
    names = {area: say.named(area.english, area.spanish) for area in areas.values()}
    if len(views) < FEWEST_RECORDS or len(names) < 2:
        return [_context(f"{views[0].words} management".title(), views, {}, say)]
    members = {name: [view for view in views if areas[view.name] == area] for area, name in names.items()}
    contexts = {view.name: names[areas[view.name]] for view in views}
    return [_context(name, mine, contexts, say) for name, mine in members.items()]


def _areas(views: Sequence[EntityView], account: str) -> dict[str, Area]:
    """The area of every record, in the order of the records. What is in none goes where its neighbours are."""
    known = {name: area for area in AREAS for name in area.records}
    found = {view.name: known[view.name] for view in views if view.name in known}
    if account:
        found[account] = ACCOUNTS
    left = [view for view in views if view.name not in found]
    while left:
        placed = {view.name: area for view in left if (area := _of_neighbours(view, views, found)) is not None}
        found |= placed or {view.name: next(iter(found.values()), ACCOUNTS) for view in left}
        left = [view for view in left if view.name not in found]
    return {view.name: found[view.name] for view in views}


def _of_neighbours(view: EntityView, views: Sequence[EntityView], found: dict[str, Area]) -> Area | None:
    """What the record belongs to first, then what belongs to it; accounts are for nothing but who logs in."""
    areas = (found[one.name] for one in _neighbours(view, views) if one.name in found)
    return next((area for area in areas if area != ACCOUNTS), None)


def _neighbours(view: EntityView, views: Sequence[EntityView]) -> Iterator[EntityView]:
    yield from (parent.target for parent in view.required_parents)
    yield from view.related
    yield from (other for other in views if view in other.related)


def _context(name: str, mine: Sequence[EntityView], contexts: dict[str, str], say: Phrases) -> BoundedContext:
    upstream = dict.fromkeys(contexts[one.name] for view in mine for one in view.related if one.name in contexts)
    rules = [rule.statement for view in mine for rule in view.rules]
    return BoundedContext(
        name=name,
        responsibilities=[*(say.keeps.format(records=view.words_plural) for view in mine), *rules[:MOST_RULES]],
        entities=[view.name for view in mine],
        upstream=[other for other in upstream if other != name],
        relation="customer_supplier" if set(upstream) - {name} else "none",
    )
