"""Outside services that sentences name, and when they are called: *send an email when an order is placed*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.llm.design import Adapter, AdapterKind, AdapterUse
from integrations.llm.offline.designing.subjects import Subjects, choice_field
from integrations.llm.offline.reading.tokens import Sentence
from integrations.llm.shapes import EntitySchema, Language

PROVIDERS: dict[str, tuple[AdapterKind, str]] = {
    "stripe": ("payment", "stripe"), "paypal": ("payment", "paypal"), "redsys": ("payment", "redsys"),
    "mercadopago": ("payment", "mercadopago"), "adyen": ("payment", "adyen"), "sendgrid": ("email", "sendgrid"),
    "mailgun": ("email", "mailgun"), "mailchimp": ("email", "mailchimp"), "smtp": ("email", "smtp"),
    "twilio": ("sms", "twilio"), "whatsapp": ("sms", "whatsapp"), "slack": ("webhook", "slack"),
    "telegram": ("webhook", "telegram"), "webhook": ("webhook", ""), "webhooks": ("webhook", ""), "sms": ("sms", ""),
    "pasarela": ("payment", ""), "mensajes de texto": ("sms", ""), "text message": ("sms", ""),
    "text messages": ("sms", ""), "payment gateway": ("payment", ""), "payment provider": ("payment", ""),
    "google calendar": ("calendar", "google"), "outlook calendar": ("calendar", "outlook"), "ical": ("calendar", ""),
    "charge": ("payment", ""), "cobrar": ("payment", ""),
}  # fmt: skip
MAIL = frozenset("email emails e-mail e-mails mail correo correos".split())
SENDING = frozenset(
    "send sends sent sending notify notified notifies notification notifications receive receives get gets enviar "
    "envia envian enviarse mandar manda notificar notifica notificacion notificaciones recibe reciben recibir avisar "
    "avisa aviso confirmation confirmacion".split()
)
CLEARLY_WHEN = frozenset("when whenever once cuando tras".split())
WHEN = frozenset(
    "when whenever once after every each cuando al tras despues cada nuevo nueva nuevos nuevas new on upon".split()
)
DELETED = ("delet", "remov", "elimin", "borr")
CHANGED = ("chang", "updat", "cambi", "actualiz", "modific")
CALLED_USUALLY = (
    "Order",
    "Reservation",
    "Appointment",
    "Invoice",
    "Payment",
    "Enrollment",
    "Subscription",
    "Loan",
    "Ticket",
)


@dataclass(frozen=True)
class Outside:
    """The adapters that a request asks for, the sentences that did, and what could not be connected."""

    adapters: list[Adapter]
    used: set[Sentence]
    unused: list[str]


def read_outside(sentences: Sequence[Sentence], entities: Sequence[EntitySchema], language: Language) -> Outside:
    """Every outside service of a request with the moments at which it is called."""
    found: dict[AdapterKind, Adapter] = {}
    used: set[Sentence] = set()
    for sentence in sentences:
        subjects = Subjects(sentence, entities)
        for kind, provider in kinds_of(sentence.tokens):
            used.add(sentence)
            known = found.get(kind, Adapter(kind=kind, name=kind))
            said = _uses(subjects, kind, _place_of(sentence.tokens, kind))
            uses = [*known.uses, *(use for use in said if use not in known.uses)]
            found[kind] = known.model_copy(update={"provider": known.provider or provider, "uses": uses})
    adapters = [_with_a_use(adapter, entities) for adapter in found.values()]
    unused = [
        f"{adapter.kind}: nothing in the request says when it is called, so it is not built."
        if language == "en"
        else f"{adapter.kind}: la petición no dice cuándo se usa, así que no se construye."
        for adapter in adapters
        if not adapter.uses
    ]
    return Outside([adapter for adapter in adapters if adapter.uses], used, unused)


def kinds_of(tokens: Sequence[str]) -> list[tuple[AdapterKind, str]]:
    """(kind, provider) of the outside services that a sentence names."""
    text = f" {' '.join(tokens)} "
    found = [known for words, known in PROVIDERS.items() if f" {words} " in text]
    sending = any(token in SENDING for token in tokens)
    if sending and any(token in MAIL for token in tokens):
        found.append(("email", ""))
    elif sending and any(
        token in {"notification", "notifications", "notificacion", "notificaciones"} for token in tokens
    ):
        found.append(("email", "")) if not found else None
    kinds: dict[AdapterKind, str] = {}
    for kind, provider in found:
        kinds[kind] = kinds.get(kind) or provider
    return list(kinds.items())


def _place_of(tokens: Sequence[str], kind: AdapterKind) -> int:
    """Where a sentence begins to speak of a kind of service; 0 when it does so all along."""
    words = {words.split()[0] for words, known in PROVIDERS.items() if known[0] == kind} | (
        MAIL if kind == "email" else set()
    )
    return next((place for place, token in enumerate(tokens) if token in words), 0)


def _uses(subjects: Subjects, kind: AdapterKind, begin: int) -> list[AdapterUse]:
    """What the sentence says about when: behind *when*, else the record that it names."""
    place = _moment(subjects.tokens, begin)
    if place is None:
        place = _moment(subjects.tokens, 0)
    behind = [one for one in subjects.mentions if place is not None and one.start > place]
    chosen = behind or [one for one in subjects.mentions if one.entity in CALLED_USUALLY]
    if not chosen:
        return []
    entity = chosen[0].entity
    ends = (at for at, token in enumerate(subjects.tokens) if at > chosen[0].start and token in CLEARLY_WHEN | SENDING)
    use = _event(subjects, entity, place or 0, next(ends, len(subjects.tokens)))
    recipient = way_to_address(entity, kind, subjects.entities)
    if recipient is None:
        return []
    statement = " ".join(subjects.sentence.text.split())[:200]
    return [use.model_copy(update={"recipient": recipient, "statement": statement})]


def _moment(tokens: Sequence[str], begin: int) -> int | None:
    """Where the sentence begins to say when; *when* says it more clearly than *on* or *al*."""
    for words in (CLEARLY_WHEN, WHEN):
        places = [place for place, token in enumerate(tokens) if place >= begin and token in words]
        if places:
            return places[0]
    return None


def _event(subjects: Subjects, entity: str, begin: int, end: int) -> AdapterUse:
    following = subjects.tokens[begin:end]
    values = [
        (field, value)
        for field, value in subjects.choice_values(entity, begin, end, verbs=True)
        if value != field.default and field == choice_field(subjects.entities[entity])
    ]
    if values:
        field, value = values[0]
        return AdapterUse(entity=entity, event="changed", field=field.name, value=value)
    if any(token.startswith(DELETED) for token in following):
        return AdapterUse(entity=entity, event="deleted")
    if any(token.startswith(CHANGED) for token in following):
        return AdapterUse(entity=entity, event="changed")
    return AdapterUse(entity=entity)


def way_to_address(entity: str, kind: AdapterKind, entities: dict[str, EntitySchema]) -> list[str] | None:
    """Required relations from a record to somebody with an address; [] when it has one or none is needed."""
    if kind not in {"email", "sms"}:
        return _needed_fields(entity, kind, entities)
    waiting: list[tuple[str, list[str]]] = [(entity, [])]
    while waiting:
        name, path = waiting.pop(0)
        if _has_address(entities[name], kind):
            return path
        if len(path) < 2:
            waiting += [
                (relation.target, [*path, relation.name])
                for relation in entities[name].relations
                if relation.kind == "many_to_one" and relation.required and relation.target in entities
            ]
    return None


def _has_address(entity: EntitySchema, kind: AdapterKind) -> bool:
    if kind == "email":
        return any(field.type == "email" for field in entity.fields)
    return any(field.name in {"phone", "mobile", "telefono"} for field in entity.fields)


def _needed_fields(entity: str, kind: AdapterKind, entities: dict[str, EntitySchema]) -> list[str] | None:
    """A payment needs an amount, a calendar a moment."""
    fields = entities[entity].fields
    if kind == "payment" and not any(field.type == "decimal" for field in fields):
        return None
    if kind == "calendar" and not any(field.type in {"date", "datetime"} and field.required for field in fields):
        return None
    return []


def _with_a_use(adapter: Adapter, entities: Sequence[EntitySchema]) -> Adapter:
    """An adapter whose moment nobody says is called when the record that business is about is created."""
    if adapter.uses:
        return adapter
    named = {entity.name: entity for entity in entities}
    for name in CALLED_USUALLY:
        if name in named and (path := way_to_address(name, adapter.kind, named)) is not None:
            return adapter.model_copy(update={"uses": [AdapterUse(entity=name, recipient=path)]})
    return adapter
