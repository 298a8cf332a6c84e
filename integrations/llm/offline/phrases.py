"""What the engine says to requesters, in English and Spanish."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.offline.words import with_article
from integrations.llm.shapes import Language, Question, QuestionCategory


@dataclass(frozen=True)
class Phrases:
    """Sentences in one language; ``questions`` maps a key to question, reason and default answer."""

    language: Language
    engine: str
    domain: str
    subject: str
    usual: str
    belongs: str
    shares: str
    general: str
    problem: str
    everybody: str
    manages: str
    personal: str
    keeps: str
    trigger: str
    making: str
    asks_for: str
    finds: str
    checks: str
    stores: str
    tells: str
    refused: str
    login: str
    roles: str
    rules: str
    outside: str
    period: str
    existing: str
    one: str
    unique: str
    questions: dict[str, tuple[str, str, str]]

    def named(self, english: str, spanish: str) -> str:
        """Of two names the one in this language."""
        return spanish if self.language == "es" else english

    def rule(self, template: str, record: str, **words: str) -> str:
        """A sentence about every record of a kind, by one of our templates."""
        said = template.format(record=record, a_record=with_article(record), **words)
        return f"{said[:1].upper()}{said[1:]}"

    def question(self, ident: str, category: QuestionCategory, key: str, subject: str = "") -> Question:
        """A question with its default answer."""
        text, why, default = self.questions[key]
        return Question(
            id=ident[:60], category=category, question=text.format(subject=subject), why=why, default=default
        )


ENGLISH = Phrases(
    language="en",
    engine="This is the offline engine: it reads words by rules, without a language model.",
    domain="The request names a kind of business ({domain}) and no records, so its usual records are taken.",
    subject="The service is for: {subject}.",
    usual="(usual fields)",
    belongs="belongs to {target}",
    shares="shares {target} records",
    general="General",
    problem="Keep {records} in one place, complete and consistent, and offer them over HTTP.",
    everybody="API user",
    manages="create, find, change and delete {records}",
    personal="The records hold personal data: keep only what is needed and let people have theirs deleted.",
    keeps="Keep {records} complete and consistent",
    trigger="a change of the status ({who})",
    making="Make one {record}",
    asks_for="a request for one {record} ({who})",
    finds="find the {record}",
    checks="check the rules",
    stores="store the {record}",
    tells="tell the services outside",
    refused="Refused with 422 or 409 where this does not hold: {rule}.",
    login="People log in with {login} and a password.",
    roles="Roles: {roles}; what nobody is allowed is forbidden.",
    rules="Rules: {rules}",
    outside="Outside services: {names}.",
    period="The {end} of {a_record} is not before its {start}.",
    existing="{a_record} belongs to an existing {parent}.",
    one="{a_record} belongs to one {parent}.",
    unique="The {field} of {a_record} is unique.",
    questions={
        "fields": (
            "Which fields does a {subject} have?",
            "The library does not know this kind of record.",
            "name, description",
        ),
        "users": ("Who will use the service?", "No kind of user is named.", "Programs and people of one organisation."),
        "workflows": ("May the status change in any order?", "The request names no order.", "Yes, in any order."),
        "volume": (
            "How many records and requests are expected?",
            "The request names no numbers.",
            "Up to 100,000 records and 10 requests a second, on one server.",
        ),
        "personal_data": (
            "Do rules for personal data apply?",
            "Some fields hold personal data.",
            "The usual ones: people may see and delete their data.",
        ),
    },
)
SPANISH = Phrases(
    language="es",
    engine="Este es el motor sin conexión: lee palabras con reglas, sin modelo de lenguaje.",
    domain="La petición nombra un tipo de negocio ({domain}) y ningún registro; se toman los habituales.",
    subject="El servicio es para: {subject}.",
    usual="(campos habituales)",
    belongs="pertenece a {target}",
    shares="comparte registros de {target}",
    general="General",
    problem="Guardar {records} en un solo lugar, completos y coherentes, y ofrecerlos por HTTP.",
    everybody="Usuario de la API",
    manages="crear, buscar, cambiar y borrar {records}",
    personal="Los registros contienen datos personales: guardar sólo lo necesario y permitir su borrado.",
    keeps="Mantener {records} completos y coherentes",
    trigger="un cambio de estado ({who})",
    making="Crear {record}",
    asks_for="una petición de {record} ({who})",
    finds="buscar {record}",
    checks="comprobar las reglas",
    stores="guardar {record}",
    tells="avisar a los servicios externos",
    refused="Se rechaza con 422 o 409 cuando no se cumple: {rule}.",
    login="Se entra con {login} y contraseña.",
    roles="Roles: {roles}; lo que a nadie se permite está prohibido.",
    rules="Reglas: {rules}",
    outside="Servicios externos: {names}.",
    period="En cada {record}, {end} no es anterior a {start}.",
    existing="Cada {record} pertenece a su {parent}, que debe existir.",
    one="Cada {record} pertenece a su {parent}.",
    unique="El valor de {field} es único en cada {record}.",
    questions={
        "fields": (
            "¿Qué campos tiene {subject}?",
            "La biblioteca no conoce este tipo de registro.",
            "nombre, descripción",
        ),
        "users": (
            "¿Quién usará el servicio?",
            "No se nombra ningún tipo de usuario.",
            "Programas y personas de una organización.",
        ),
        "workflows": (
            "¿Puede cambiar el estado en cualquier orden?",
            "La petición no nombra un orden.",
            "Sí, en cualquier orden.",
        ),
        "volume": (
            "¿Cuántos registros y peticiones se esperan?",
            "La petición no da cifras.",
            "Hasta 100.000 registros y 10 peticiones por segundo, en un servidor.",
        ),
        "personal_data": (
            "¿Se aplican normas de datos personales?",
            "Algunos campos contienen datos personales.",
            "Las habituales: cada persona puede ver y borrar sus datos.",
        ),
    },
)


def phrases(language: Language) -> Phrases:
    """The sentences of a language."""
    return SPANISH if language == "es" else ENGLISH
