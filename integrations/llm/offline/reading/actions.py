"""What people do with records: *members borrow books: a loan has ...* makes a loan of a member and a book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.mentions import Mention, known_entity, known_mentions, mention_at, unknown_entity
from integrations.llm.offline.reading.relations import Link, is_usual

MAKING = frozenset(
    "write writes publish publishes own owns create creates upload uploads place places post posts submit submits "
    "escriben escribe publican publica poseen posee crean crea suben sube hacen hace realizan realiza".split()
)
"""Verbs whose object belongs to whoever does it."""

SHARING = frozenset(
    "enroll enrol enrolls register registers attend attends join joins borrow borrows rent rents teach teaches treat "
    "treats take takes subscribe subscribes participate participates buy buys rate rates visit visits follow follows "
    "drive drives play plays lead leads sell sells deliver delivers practice practise fly flies "
    "inscriben inscribe matriculan asisten asiste participan participa alquilan alquila imparten imparte atienden "
    "atiende compran compra cursan cursa practican practica toman prestan conducen juegan siguen visitan venden "
    "ofrecen suministran".split()
)
"""Verbs that join two kinds of records, many on both sides."""

VERB_FOLLOWERS = frozenset("in on for to at en a con por prestado prestados prestada prestadas".split()) | (
    v.ARTICLES - {"own"}
)
NO_VERBS = v.JOINERS | v.NEAR | v.HAVE | v.CONTAINERS | v.LISTING | v.OPENERS | v.BELONGS | v.MANY | {"with", "con"}


def explained_links(tokens: Sequence[str], named: Mapping[str, str], wanted: set[str]) -> list[Link]:
    """*Members borrow books: a loan has*: the record behind the colon refers to both before it."""
    mentions = [mention for mention in known_mentions(tokens, named) if mention.entity in wanted]
    links: list[Link] = []
    for place in (place for place, word in enumerate(tokens) if word == ":"):
        behind = next((one for one in mentions if one.start > place), None)
        thing = next((one for one in mentions if one.end == place), None)
        if behind is None or thing is None or not _is_explained(tokens, place, behind):
            continue
        people = next((one for one in mentions if one.end < thing.start and one.entity != thing.entity), None)
        if people is None or behind.entity in {people.entity, thing.entity} or not _has_verb(tokens, thing):
            continue
        links += [Link(behind.entity, people.entity, required=True), Link(behind.entity, thing.entity, required=True)]
    return links


def _is_explained(tokens: Sequence[str], place: int, behind: Mention) -> bool:
    between = tokens[place + 1 : behind.start]
    following = tokens[behind.end : behind.end + 1]
    return all(token in v.ARTICLES for token in between) and bool(following) and following[0] in v.HAVE


def _has_verb(tokens: Sequence[str], thing: Mention) -> bool:
    place = thing.start - 1
    while place > 0 and tokens[place] in VERB_FOLLOWERS:
        place -= 1
    return place > 0 and tokens[place][0].isalpha() and tokens[place] not in NO_VERBS


def action_links(
    tokens: Sequence[str], named: Mapping[str, str], wanted: set[str], links: Sequence[Link]
) -> list[Link]:
    """*Students enroll in courses*: shared records, unless a third kind of record already joins the two."""
    mentions = [mention for mention in known_mentions(tokens, named) if mention.entity in wanted]
    found: list[Link] = []
    for number, thing in enumerate(mentions):
        place = thing.start - 1
        while place > 0 and tokens[place] in VERB_FOLLOWERS:
            place -= 1
        verb = tokens[place] if place > 0 else ""
        people = next((one for one in reversed(mentions[:number]) if one.end <= place), None)
        if people is None or people.entity == thing.entity or verb not in MAKING | SHARING:
            continue
        if number and mentions[number - 1] is not people:
            continue
        if verb in SHARING and not thing.plural:
            continue
        if not _are_joined(people.entity, thing.entity, wanted, [*links, *found]):
            making = verb in MAKING
            found.append(Link(thing.entity, people.entity) if making else Link(people.entity, thing.entity, many=True))
    return found


def people_who_act(tokens: Sequence[str], *, spanish: bool) -> list[tuple[int, str]]:
    """*Tenants rent apartments*: (place, entity) of unknown plurals that do something with a known record."""
    found: list[tuple[int, str]] = []
    for place, verb in enumerate(tokens):
        if place == 0 or verb not in MAKING | SHARING or tokens[place - 1] in NO_VERBS | v.ARTICLES:
            continue
        thing = place + 1
        while thing < len(tokens) and tokens[thing] in VERB_FOLLOWERS:
            thing += 1
        starts = place == 1 or tokens[place - 2] in v.JOINERS | v.ARTICLES | {"where", "donde", ":"}
        unknown = unknown_entity(tokens[place - 1 : place], spanish=spanish)
        is_known = known_entity(tokens[place - 1]) is not None
        if starts and unknown is not None and unknown[1] and not is_known and mention_at(tokens, thing) is not None:
            found.append((place - 1, unknown[0]))
    return found


def _are_joined(one: str, other: str, wanted: set[str], links: Sequence[Link]) -> bool:
    """Whether two records are related already, or a third one refers to both."""

    def refers(owner: str, target: str) -> bool:
        return is_usual(owner, target) or any((link.owner, link.target) == (owner, target) for link in links)

    if refers(one, other) or refers(other, one):
        return True
    return any(refers(third, one) and refers(third, other) for third in wanted - {one, other})


def is_action(tokens: Sequence[str], words: Sequence[str], start: int, mentions: Sequence[Mention]) -> bool:
    """Whether an item is something people do with a record (*and borrow books*, *y se inscriben en cursos*)."""
    if start and tokens[start - 1] in v.ARTICLES:
        return False
    if words[0] == "se":
        return True
    place = start + len(words)
    inside = next((one for one in mentions if start < one.start < place and one.end >= place), None)
    if inside is not None:
        return inside.plural or tokens[inside.start - 1] in v.ARTICLES
    while place < len(tokens) and tokens[place] in VERB_FOLLOWERS:
        place += 1
    return any(one.start == place for one in mentions)
