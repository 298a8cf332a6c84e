"""Lists in a sentence: *tasks with title, due date and priority* is a subject and its items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.mentions import Mention, mention_at, unknown_entity

MOST_LISTS = 200
"""Of one sentence: nobody writes more, and hostile text does not make us slow."""


PARENTHESES = frozenset("()")


@dataclass(frozen=True)
class Item:
    """One item of a list: its words without articles and flags."""

    words: tuple[str, ...]
    start: int
    many: bool = False
    optional: bool = False
    unique: bool = False

    @property
    def phrase(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True)
class ItemList:
    """``subject`` is None when the list belongs to the system itself (*an API with users and tasks*)."""

    subject: Mention | None
    start: int
    end: int
    items: tuple[Item, ...]
    of_system: bool = False
    """The subject says what the system is about (*a task API with users*): records in the list stand beside it."""
    of_purpose: bool = False
    """The list stands behind what the service is for (*an API for a bakery with cakes*): its items are records."""


def item_lists(tokens: Sequence[str], *, spanish: bool) -> list[ItemList]:
    """Every list of a sentence, from left to right; a list ends where the next one's subject begins."""
    openings = [place for place, token in enumerate(tokens) if _opens(tokens, place, token)][:MOST_LISTS]
    subjects = [
        subject_before(tokens, place, spanish=spanish) or _clause_subject(tokens, place, openings[:number])
        for number, place in enumerate(openings)
    ]
    lists: list[ItemList] = []
    for number, place in enumerate(openings):
        limit = len(tokens)
        if number + 1 < len(openings):
            following = subjects[number + 1]
            limit = openings[number + 1] if following is None else max(following.start, place + 1)
        end = _end(tokens, place, limit)
        items = tuple(_items(tokens, place + 1, end))
        if end == limit < len(tokens) and number + 1 < len(openings) and _runs_into(tokens, items, end):
            items = items[:-1]
        if items and "manytomany" not in tokens[place:end]:
            lists.append(ItemList(subjects[number], place, end, items, _is_of_system(tokens, subjects[number])))
    return lists


def _runs_into(tokens: Sequence[str], items: Sequence[Item], end: int) -> bool:
    """*and borrow books: a loan has*: words right before the next subject belong to it, they are no item."""
    place = end
    while place > 0 and tokens[place - 1] in v.ARTICLES:
        place -= 1
    last = items[-1] if items else None
    return last is not None and last.start <= place - 1 and tokens[place - 1] == last.words[-1] and tokens[end] != "("


def _clause_subject(tokens: Sequence[str], place: int, earlier: Sequence[int]) -> Mention | None:
    """*Attendees register for events and have a name*: behind *and*, who begins the clause has it."""
    if earlier or place == 0 or tokens[place] in {"with", "con"} or tokens[place] in v.OPENERS:
        return None
    if tokens[place - 1] not in {"and", "y", "e", "also", "tambien"}:
        return None
    return next((mention for start in range(min(place, 3)) if (mention := mention_at(tokens[:place], start))), None)


def _is_of_system(tokens: Sequence[str], subject: Mention | None) -> bool:
    """Whether the subject stands behind *system of*, *API for*, *app to manage*."""
    if subject is None:
        return True
    before = [token for token in tokens[max(subject.start - 4, 0) : subject.start] if token not in v.ARTICLES]
    joins = v.FALLBACK_LISTING | v.LISTING | {"to", "rest"}
    while before and before[-1] in joins:
        before.pop()
        if before and before[-1] in v.CONTAINERS | v.BUSINESSES:
            return True
    return False


def _opens(tokens: Sequence[str], place: int, token: str) -> bool:
    if token in v.OPENERS:
        return True
    return token in v.HAVE and (place == 0 or tokens[place - 1] not in {"to"})


def subject_before(tokens: Sequence[str], place: int, *, spanish: bool) -> Mention | None:
    """The entity just before ``place``; None for the system itself or when there is no noun."""
    end = place
    while end > 0 and tokens[end - 1] in v.MODALS | {"fields", "campos", "field", "campo", "attributes", "atributos"}:
        end -= 1
    for length in range(3, 0, -1):
        start = end - length
        if start >= 0:
            mention = mention_at(tokens[start:end], 0)
            if mention is not None and mention.end == length:
                return Mention(mention.entity, start, end, mention.plural)
    return _unknown_subject(tokens, end, spanish=spanish)


def _unknown_subject(tokens: Sequence[str], end: int, *, spanish: bool) -> Mention | None:
    """A noun the library does not know, with at most one word before it that belongs to it."""
    if end == 0 or not tokens[end - 1][0].isalpha():
        return None
    for length in (3, 2, 1):
        start = end - length
        words = tokens[max(start, 0) : end]
        compound = length == 1 or (length == 3 and spanish and words[1:2] == ("de",))
        if length == 2 and not spanish and start > 0 and tokens[start - 1] in v.ARTICLES:
            compound = True
        if start < 0 or not compound:
            continue
        found = unknown_entity(words, spanish=spanish)
        before = tokens[start - 1] if start else ","
        if found is not None and (found[1] or before in v.ARTICLES):
            return Mention(found[0], start, end, found[1], known=False)
    return None


def _end(tokens: Sequence[str], place: int, limit: int) -> int:
    closer = ")" if tokens[place] == "(" else ""
    for end in range(place + 1, limit):
        token = tokens[end]
        if token in PARENTHESES:
            return end
        if token in v.LIST_ENDS and not closer and not _inside_phrase(tokens, end):
            return end
    return limit


def _inside_phrase(tokens: Sequence[str], place: int) -> bool:
    """*is active* and *in stock* are fields, though their first word ends other lists."""
    return tokens[place] in {"is", "es", "esta"} and place > 0 and tokens[place - 1] in v.JOINERS


def _items(tokens: Sequence[str], start: int, end: int) -> list[Item]:
    items: list[Item] = []
    words: list[str] = []
    flags: set[str] = set()
    begin = start

    def close(place: int) -> None:
        nonlocal begin
        if words:
            items.append(
                Item(tuple(words), begin, "many" in flags, "optional" in flags, "unique" in flags),
            )
        words.clear()
        flags.clear()
        begin = place + 1

    for place in range(start, end):
        token = tokens[place]
        if token in v.JOINERS:
            close(place)
        elif token in v.MANY:
            flags.add("many")
        elif token in v.OPTIONAL:
            flags.add("optional")
        elif token in v.UNIQUE:
            flags.add("unique")
        elif token[0].isalnum() and token not in v.ARTICLES and token not in v.REQUIRED:
            words.append(token)
    close(end)
    return [item for item in items if len(item.words) <= 5]
