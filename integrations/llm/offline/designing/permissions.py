"""Who may do what, as sentences say it: *admins can manage products; members can only see their own loans*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from integrations.llm.design import Operation
from integrations.llm.offline.designing import role_words as w
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.mentions import known_mentions
from integrations.llm.offline.reading.tokens import Sentence
from integrations.llm.offline.words import snake

NEAR_SUBJECT = 4


@dataclass(frozen=True)
class Statement:
    """One thing said: these roles may (``allowed``) do this with an entity; an empty entity means all of them."""

    roles: tuple[str, ...]
    operations: tuple[Operation, ...]
    entity: str
    own: bool = False
    allowed: bool = True
    exclusive: bool = False
    """*Only admins can*: nobody else may."""


@dataclass
class Access:
    """What a request says about access, in the order it says it."""

    login: bool = False
    roles: list[str] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    used: set[Sentence] = field(default_factory=set)

    def name(self, role: str) -> None:
        """Note a role."""
        if role not in self.roles:
            self.roles.append(role)


@dataclass(frozen=True)
class Subject:
    """Roles that a clause is about: ``tokens[start:end]``."""

    roles: tuple[str, ...]
    start: int
    end: int


def read_access(sentences: Sequence[Sentence], named: Mapping[str, str]) -> Access:
    """Everything that the sentences say about logging in, roles and permissions."""
    access = Access()
    for sentence in sentences:
        tokens = sentence.tokens
        if asks_for_login(tokens):
            access.login = True
            access.used.add(sentence)
        for role in listed_roles(tokens):
            access.name(role)
            access.used.add(sentence)
        for statement in read_statements(tokens, named):
            access.statements.append(statement)
            access.used.add(sentence)
            for role in statement.roles:
                access.name(role)
    return access


def asks_for_login(tokens: Sequence[str]) -> bool:
    """Whether a sentence asks that people log in."""
    pairs = [tuple(tokens[place : place + len(phrase)]) == phrase
             for phrase in w.LOGIN_PHRASES for place in range(len(tokens))]  # fmt: skip
    return any(pairs) or any(token in w.LOGIN for token in tokens)


def listed_roles(tokens: Sequence[str]) -> list[str]:
    """*Roles: admin, editor and viewer*: the words right after *roles*."""
    found: list[str] = []
    for place, token in enumerate(tokens):
        if token not in w.ROLE_LISTS:
            continue
        for word in tokens[place + 1 :]:
            role = role_of(word)
            if role is not None:
                found.append(role)
            elif word not in v.JOINERS | v.ARTICLES | {":", "de", "of", "are", "son", "("}:
                break
    return list(dict.fromkeys(found)) if len(set(found)) > 1 or "admin" in found else []


def role_of(word: str) -> str | None:
    """The role that a word names: of the list, or a kind of people."""
    if word in w.ROLES:
        return w.ROLES[word]
    mentions = known_mentions([word])
    return snake(mentions[0].entity) if mentions and mentions[0].entity in w.PEOPLE else None


def read_statements(tokens: Sequence[str], named: Mapping[str, str]) -> list[Statement]:
    """The permissions in one sentence, clause by clause."""
    subjects = _subjects(tokens)
    found: list[Statement] = []
    for number, subject in enumerate(subjects):
        end = subjects[number + 1].start if number + 1 < len(subjects) else len(tokens)
        exclusive = subject.start > 0 and tokens[subject.start - 1] in w.ONLY
        found += _clause(subject, tokens[subject.end : end], named, exclusive=exclusive)
    return found


def _subjects(tokens: Sequence[str]) -> list[Subject]:
    """Roles that are followed by *can*, *may* or *only*; roles joined by *and* are one subject."""
    places = [(place, role) for place, token in enumerate(tokens) if (role := role_of(token)) is not None]
    subjects: list[Subject] = []
    group: list[tuple[int, str]] = []
    for number, (place, role) in enumerate(places):
        group.append((place, role))
        following = places[number + 1][0] if number + 1 < len(places) else None
        between = tokens[place + 1 : following] if following is not None else ()
        if following is not None and all(token in v.JOINERS | v.ARTICLES for token in between):
            continue
        if _begins_clause(tokens, group[0][0], place):
            subjects.append(Subject(tuple(dict.fromkeys(name for _, name in group)), group[0][0], place + 1))
        group = []
    return subjects


def _begins_clause(tokens: Sequence[str], start: int, end: int) -> bool:
    before = tokens[start - 1] if start else ""
    following = tokens[end + 1 : end + 1 + NEAR_SUBJECT]
    modal = next((place for place, token in enumerate(following) if token in w.PERMITS), None)
    verbs = [place for place, token in enumerate(following) if token in w.VERBS]
    if modal is not None and all(token not in v.HAVE for token in following[:modal]):
        return bool(any(token in w.VERBS for token in tokens[end + 1 :]))
    return before in w.ONLY and bool(verbs)


def _clause(subject: Subject, tokens: Sequence[str], named: Mapping[str, str], *, exclusive: bool) -> list[Statement]:
    """Groups of verbs and the records behind them: *create and edit posts and delete their own comments*."""
    mentions = {mention.start: mention for mention in known_mentions(tokens, named)}
    found: list[Statement] = []
    operations: list[Operation] = []
    entities: list[str] = []
    own = negative = False

    def close() -> None:
        for entity in entities or ([""] if operations else []):
            found.append(
                Statement(subject.roles, tuple(dict.fromkeys(operations)), entity, own, not negative, exclusive)
            )

    for place, token in enumerate(tokens):
        mention = mentions.get(place)
        if token in w.NOT:
            negative = negative or not operations
            if operations and token not in {"no"}:
                close()
                operations, entities, own, negative = [], [], False, True
        elif token in w.VERBS and (mention is None or not entities or mention.plural is False):
            if entities:
                close()
                operations, entities, own = [], [], False
            operations.extend(w.VERBS[token])
        elif mention is not None and operations and token not in w.EVERYTHING and role_word(token) is None:
            entities.append(mention.entity)
        elif token in w.OWN and operations:
            own = True
    close()
    return [one for one in found if one.operations]


def role_word(token: str) -> str | None:
    """A role that is no kind of record."""
    role = w.ROLES.get(token)
    return role if role not in {None, "user"} else None
