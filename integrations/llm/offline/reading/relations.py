"""Relations that a sentence says between two entities that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from integrations.llm.offline.library import records
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.mentions import Mention, known_mentions

HAVE_MANY = v.HAVE - {"with", "con"}
MAYBE = frozenset("may might could can puede pueden podria".split())
NEAR_KNOWN = {"on", "for", "of", "by", "de", "en", "sobre", "para", "por", "del", "in"}


@dataclass(frozen=True)
class Link:
    """``owner`` holds the key of ``target``; with ``many`` they share a link table. ``name`` when it has its own."""

    owner: str
    target: str
    many: bool = False
    required: bool | None = None
    """None: nothing is said about it, the library decides."""
    name: str = ""


def spoken_links(tokens: Sequence[str], named: Mapping[str, str], wanted: set[str]) -> list[Link]:
    """Links between neighbours in a sentence, judged by the words between them.

    ``named`` gives entities that the library does not know by their singular phrase.
    """
    mentions = [mention for mention in known_mentions(tokens, named) if mention.entity in wanted]
    links: list[Link] = _shared_link(tokens, mentions)
    subject: Mention | None = None
    for first, second in pairwise(mentions):
        between = tokens[first.end : second.start]
        if subject is not None and _only_joins(between):
            first = subject
            between = tokens[first.end : second.start]
        elif subject is not None and between[0] in {"and", "y", "e"} and any(token in v.BELONGS for token in between):
            first = subject
        link = _link(first, second, between)
        if link is not None and link.owner != link.target:
            links.append(link)
            subject = first
        elif link is None and not _only_joins(between):
            subject = None
    return links


def _shared_link(tokens: Sequence[str], mentions: Sequence[Mention]) -> list[Link]:
    """*Recipes and ingredients, many to many*: the two records before the words, or around them."""
    if "manytomany" not in tokens or len(mentions) < 2:
        return []
    place = list(tokens).index("manytomany")
    before = [mention for mention in mentions if mention.end <= place]
    first, second = before[-2:] if len(before) >= 2 else mentions[:2]
    return [Link(first.entity, second.entity, many=True)] if first.entity != second.entity else []


def _only_joins(between: Sequence[str]) -> bool:
    return all(token in v.JOINERS or token in v.ARTICLES for token in between)


def _link(first: Mention, second: Mention, between: Sequence[str]) -> Link | None:
    words = [token for token in between if token not in v.ARTICLES and token not in v.MODALS - {"to"}]
    optional = any(token in v.OPTIONAL or token in MAYBE for token in between)
    many = any(token in v.MANY for token in words) or "more" in words
    verbs = [token for token in words if token in v.BELONGS]
    if verbs:
        near = next(place for place, token in enumerate(words) if token in v.BELONGS)
        if any(token in HAVE_MANY for token in words) or "," in words[:near]:
            return _after_break(first, second, words, near, many=many, optional=optional)
        if many and second.plural:
            return Link(first.entity, second.entity, many=True)
        return Link(first.entity, second.entity, required=_is_required(verbs, optional=optional))
    if (
        words
        and words[0] in HAVE_MANY
        and len(words) <= 5
        and all(t in HAVE_MANY | v.MANY | {"one", "or"} for t in words)
    ):
        return _has(first, second, many=many)
    if words and len(words) <= 2 and all(token in NEAR_KNOWN for token in words):
        return Link(first.entity, second.entity) if is_usual(first.entity, second.entity) else None
    return None


def _is_required(verbs: Sequence[str], *, optional: bool) -> bool | None:
    """*Belongs to* is a promise, *assigned to* is not."""
    if optional:
        return False
    return (
        None
        if any(verb.startswith(("assign", "asign", "link", "relat", "associat", "attach")) for verb in verbs)
        else True
    )


def _after_break(
    first: Mention, second: Mention, words: list[str], near: int, *, many: bool, optional: bool
) -> Link | None:
    """*tasks have a title, a due date and belong to projects*: fields stand between the subject and the verb."""
    if len(words) - near > 4:
        return None
    if many and second.plural and any(token in v.MANY for token in words[near:]):
        return Link(first.entity, second.entity, many=True)
    return Link(first.entity, second.entity, required=_is_required(words[near:], optional=optional))


def _has(first: Mention, second: Mention, *, many: bool) -> Link | None:
    if not second.plural and not many:
        return Link(first.entity, second.entity)
    if second.entity in records.SHARED:
        return Link(first.entity, second.entity, many=True)
    return Link(second.entity, first.entity)


def is_usual(owner: str, target: str) -> bool:
    """Whether the library expects ``owner`` to refer to ``target``."""
    known = records.KNOWN.get(owner)
    return known is not None and any(relation.target == target for relation in known.relations)
