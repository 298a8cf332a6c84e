"""Business rules that sentences say, in English and Spanish, with their parameters."""

from __future__ import annotations

from collections.abc import Callable

from integrations.llm.design import Rule, Transition
from integrations.llm.offline.designing.limits import number_after
from integrations.llm.offline.designing.subjects import Subjects, choice_field
from integrations.llm.offline.words import words_of
from integrations.llm.shapes import FieldSchema, Relation

CANNOT = ("cannot", "can't", "not", "no", "never", "nunca")
CHANGED = (
    "changed", "change", "edited", "edit", "modified", "modify", "updated", "deleted", "delete", "removed", "modificar",
    "modificarse", "modificado", "modificada", "editar", "editarse", "cambiar", "cambiarse", "borrar", "borrarse",
    "eliminar", "eliminarse", "modificadas", "modificados", "editadas", "editados", "tocar",
)  # fmt: skip
AT_MOST = (
    "at most", "no more than", "not more than", "more than", "up to", "maximum of", "a maximum of", "maximum",
    "como maximo",
    "maximo de", "maximo", "no mas de", "mas de", "hasta", "a lo sumo",
)  # fmt: skip
OVERLAP = ("overlap", "overlapping", "overlaps", "solapar", "solaparse", "solapan", "solapen", "coincidir", "coincidan",
           "twice", "double-booked", "double")  # fmt: skip
AT_ONCE = ("same time", "misma hora", "mismo horario", "mismo tiempo", "mismas fechas", "same dates", "same moment",
           "mismo dia", "same day", "la vez")  # fmt: skip
ONCE = ("once", "twice", "una sola vez", "una vez", "dos veces", "mas de una vez", "more than once", "only one",
        "un solo", "una sola", "unique combination")  # fmt: skip
GIVEN_UP = ("cancel", "reject", "anulad", "rechaz")
LATER = ("after", "before", "later", "earlier", "posterior", "anterior", "despues", "antes")
PAST = ("in the past", "en el pasado", "en fechas pasadas", "in the future", "en el futuro", "anterior a hoy",
        "before today", "futura", "pasada")  # fmt: skip
GOES = (
    "from",
    "goes",
    "go",
    "moves",
    "move",
    "pasa",
    "pasan",
    "pasar",
    "flow",
    "flujo",
    "cambia",
    "then",
    "luego",
    "despues",
)
STOCK = ("stock", "existencias", "inventory", "inventario")


def read_rules(subjects: Subjects) -> list[Rule]:
    """The rules of one sentence; the first reader that finds some counts."""
    for reader in READERS:
        found = reader(subjects)
        if found:
            return found
    return []


def _statement(subjects: Subjects) -> str:
    text = " ".join(subjects.sentence.text.split()).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."[:240]


def _stock(subjects: Subjects) -> list[Rule]:
    """*Stock goes down when products are ordered*, *no se puede vender más del stock*."""
    if not subjects.has(*STOCK) or subjects.has("negative", "negativo", "negativa", "zero", "cero"):
        return []
    for child in subjects.entities.values():
        amount = next(
            (
                f.name
                for f in child.fields
                if f.type == "integer" and f.name in {"quantity", "units", "cantidad", "unidades"}
            ),
            None,
        )
        for relation in child.relations:
            parent = subjects.entities.get(relation.target)
            stock = (
                next(
                    (f.name for f in parent.fields if f.type == "integer" and f.name in {"stock", "existencias"}), None
                )
                if parent
                else None
            )
            if amount and stock and relation.kind == "many_to_one" and relation.required:
                return [Rule(kind="stock", entity=child.name, statement=_statement(subjects), parent=relation.name,
                             stock_field=stock, amount_field=amount)]  # fmt: skip
    return []


def _at_most(subjects: Subjects) -> list[Rule]:
    """*A member can have at most 5 loans*, *una clase no puede tener más inscripciones que su capacidad*."""
    pair = _child_and_parent(subjects)
    if pair is None:
        return []
    child, relation = pair
    number = number_after(subjects, *AT_MOST)
    counted = [value for field, value in subjects.choice_values(child) if field.name == _status_name(subjects, child)]
    base = {
        "kind": "at_most", "entity": child, "statement": _statement(subjects), "parent": relation.name,
        "status_field": _status_name(subjects, child) if counted else None, "values": counted,
        "open_field": None if counted else _open_field(subjects, child),
    }  # fmt: skip
    if number is not None and subjects.says(*AT_MOST):
        return [Rule.model_validate({**base, "limit": number})]
    parent = subjects.entities[relation.target]
    limits = [one.field for one in subjects.fields([parent.name]) if one.field.type == "integer"]
    if limits and subjects.says(
        "more", "exceed", "exceeds", "mas", "superar", "supera", "full", "llena", "lleno", "beyond", "sobrepasar"
    ):
        return [Rule.model_validate({**base, "limit_field": limits[0].name})]
    return []


def _open_field(subjects: Subjects, child: str) -> str | None:
    """*At the same time* counts what is not given back yet."""
    if not (subjects.says(*AT_ONCE) or subjects.has("active", "activos", "activas", "open", "unreturned", "current")):
        return None
    fields = subjects.entities[child].fields
    return next(
        (
            f.name
            for f in fields
            if f.type in {"date", "datetime"}
            and not f.required
            and f.name.startswith(("return", "end", "clos", "devol"))
        ),
        None,
    )


def _status_name(subjects: Subjects, entity: str) -> str | None:
    field = choice_field(subjects.entities[entity])
    return field.name if field else None


def _child_and_parent(subjects: Subjects) -> tuple[str, Relation] | None:
    """Two records of the sentence of which one refers to the other."""
    for child in subjects.names:
        for parent in subjects.names:
            relation = subjects.relation(child, parent) if child != parent else None
            if relation is not None and relation.required:
                return child, relation
    return None


def _no_overlap(subjects: Subjects) -> list[Rule]:
    """*Reservations of a room cannot overlap*, *un médico no puede tener dos citas a la misma hora*."""
    if not ((subjects.has(*OVERLAP) or subjects.says(*AT_ONCE)) and subjects.has(*CANNOT)):
        return []
    named = [subjects.entities[name] for name in subjects.names]
    for child in [*named, *(one for one in subjects.entities.values() if one not in named)]:
        moments = [f for f in child.fields if f.type in {"date", "datetime"}]
        relation = _parent_named(subjects, child.name)
        if relation is None or not moments:
            continue
        lasts = len(moments) > 1 and moments[0].required and moments[0].type == moments[1].type
        if lasts and (moments[1].required or subjects.has(*OVERLAP)):
            status, kept = _not_cancelled(subjects, child.name)
            return [Rule(kind="no_overlap", entity=child.name, statement=_statement(subjects), parent=relation.name,
                         fields=[moments[0].name, moments[1].name],
                         status_field=status, values=kept)]  # fmt: skip
        if moments[0].required:
            return [Rule(kind="unique_together", entity=child.name, statement=_statement(subjects),
                         fields=[relation.name, moments[0].name])]  # fmt: skip
    return []


def _not_cancelled(subjects: Subjects, entity: str) -> tuple[str | None, list[str]]:
    """The status of a record that takes a place: a cancelled one takes none."""
    field = choice_field(subjects.entities[entity])
    if field is None:
        return None, []
    kept = [value for value in field.choices if not value.startswith(GIVEN_UP)]
    return (field.name, kept) if 0 < len(kept) < len(field.choices) else (None, [])


def _parent_named(subjects: Subjects, child: str) -> Relation | None:
    return next(
        (one for name in subjects.names if (one := subjects.relation(child, name)) is not None and one.required), None
    )


def _unique_together(subjects: Subjects) -> list[Rule]:
    """*A customer can review a product only once*, *un alumno no puede inscribirse dos veces en un curso*."""
    if subjects.has("same", "mismo", "misma") and subjects.has(*CANNOT):
        for child in subjects.names:
            alike = [one.field.name for one in subjects.fields([child]) if one.field.type not in {"date", "datetime"}]
            parent = _parent_named(subjects, child)
            if alike and parent is not None:
                return [Rule(kind="unique_together", entity=child, statement=_statement(subjects),
                             fields=[alike[0], parent.name])]  # fmt: skip
    if not subjects.says(*ONCE):
        return []
    for record in subjects.entities.values():
        parents = [r for r in record.relations if r.target in subjects.names and r.kind == "many_to_one" and r.required]
        if len(parents) >= 2:
            return [Rule(kind="unique_together", entity=record.name, statement=_statement(subjects),
                         fields=[relation.name for relation in parents[:2]])]  # fmt: skip
    return []


def _transitions(subjects: Subjects) -> list[Rule]:
    """*An order goes from pending to paid, then shipped*: every step only after the one before it."""
    if not subjects.has(*GOES):
        return []
    for entity in subjects.names or list(subjects.entities):
        chain: dict[str, list[str]] = {}
        for field, value in subjects.choice_values(entity):
            chain.setdefault(field.name, []).append(value)
        for name, values in chain.items():
            if len(values) >= 3 or (len(values) == 2 and subjects.has("from", "pasa", "goes", "pasan")):
                field = next(f for f in subjects.entities[entity].fields if f.name == name)
                return [Rule(kind="transitions", entity=entity, statement=_statement(subjects), status_field=name,
                             transitions=transitions_of(field, values))]  # fmt: skip
    return []


def transitions_of(field: FieldSchema, chain: list[str]) -> list[Transition]:
    """Step by step along the chain; values beside it (*cancelled*) end it, from anywhere but its end."""
    beside = [value for value in field.choices if value not in chain]
    steps = [Transition(before=value, after=[chain[place + 1], *beside]) for place, value in enumerate(chain[:-1])]
    return [*steps, *(Transition(before=value) for value in [chain[-1], *beside])]


def _frozen(subjects: Subjects) -> list[Rule]:
    """*Paid invoices cannot be changed*, *una factura pagada no se puede modificar*."""
    if not (subjects.has(*CANNOT) and subjects.has(*CHANGED)):
        return []
    for entity in subjects.names:
        found = subjects.choice_values(entity)
        if found:
            name = found[0][0].name
            values = [value for field, value in found if field.name == name]
            return [
                Rule(kind="frozen", entity=entity, statement=_statement(subjects), status_field=name, values=values)
            ]
    return []


def _order(subjects: Subjects) -> list[Rule]:
    """*The end date must be after the start date*."""
    if not subjects.has(*LATER):
        return []
    for entity in [*subjects.names, *subjects.entities]:
        pair = [one for one in subjects.fields([entity]) if one.field.type in {"date", "datetime"}]
        if len({one.field.name for one in pair}) >= 2 and pair[0].field.type == pair[1].field.type:
            first, second = pair[0].field.name, pair[1].field.name
            negative = subjects.has(*CANNOT)
            later = subjects.has("after", "later", "posterior", "despues") != negative
            ordered = [second, first] if later else [first, second]
            return [Rule(kind="order", entity=entity, statement=_statement(subjects), fields=ordered)]
    return []


def _not_past(subjects: Subjects) -> list[Rule]:
    """*Appointments cannot be in the past*."""
    if not subjects.says(*PAST):
        return []
    for entity in [*subjects.names, *subjects.entities]:
        fields = [f for f in subjects.entities[entity].fields if f.type in {"date", "datetime"}]
        said = [one.field for one in subjects.fields([entity]) if one.field in fields]
        moments = [field for field in fields if field.required]
        if said or (moments and entity in subjects.names):
            return [
                Rule(kind="not_past", entity=entity, statement=_statement(subjects), fields=[(said or moments)[0].name])
            ]
    return []


READERS: tuple[Callable[[Subjects], list[Rule]], ...] = (
    _not_past,
    _frozen,
    _unique_together,
    _no_overlap,
    _stock,
    _at_most,
    _transitions,
    _order,
)


def described(rule: Rule) -> str:
    """A rule in a few words, for titles of tasks."""
    return f"{words_of(rule.entity)}: {rule.kind.replace('_', ' ')}"
