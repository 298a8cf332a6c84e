"""Whole fields said in a roundabout way, what people do with records, and what a service is for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.llm.offline.engine import answer
from integrations.llm.offline.reading.modelling import Model, model_entities
from integrations.llm.offline.reading.naming import subject_of, title_of
from integrations.llm.offline.reading.reader import read_request
from integrations.llm.offline.reading.set_phrases import with_set_phrases
from integrations.llm.offline.reading.tokens import read_text
from integrations.llm.shapes import DiscoveryQuestions, DiscoveryQuestionsInputs, FieldSchema
from tests.unit.llm_offline.building import plan_for

LIBRARY = (
    "A REST API for a small library. Authors write books; a book has a title, an ISBN, a year and a number of copies. "
    "Members have a name and an email address and borrow books: a loan has a date, a due date and whether the book was "
    "returned."
)
BIBLIOTECA = (
    "Una API REST para una pequeña biblioteca. Los autores escriben libros; un libro tiene título, ISBN, año y "
    "cantidad de copias. Los socios tienen nombre y correo y toman prestados libros: un préstamo tiene fecha, fecha de "
    "vencimiento y si el libro fue devuelto."
)


def model(request: str) -> Model:
    return model_entities(read_request(request))


def brief(field: FieldSchema) -> str:
    """A field as ``name:type``, with its choices, smallest value, default and flags."""
    return "".join(
        [
            f"{field.name}:{field.type}",
            f"[{'|'.join(field.choices)}]" if field.choices else "",
            f">={field.minimum}" if field.minimum is not None else "",
            f"={field.default}" if field.default is not None else "",
            "" if field.required else "?",
            "!" if field.unique else "",
        ]
    )


def fields(request: str, entity: str) -> list[str]:
    return [brief(field) for one in model(request).entities if one.name == entity for field in one.fields]


def widget(words: str) -> str:
    """The one field that is read from ``A widget has a name and <words>``."""
    spanish = words.startswith(("el ", "la ", "si ", "un ", "una ", "cantidad", "numero", "número", "estado", "tipo"))
    request = f"Los cacharros tienen nombre y {words}" if spanish else f"A gadget has a name and {words}"
    (entity,) = model(f"{'Crea una' if spanish else 'Create an'} API. {request}.").entities
    assert entity.fields[0].name == "name"
    return ", ".join(brief(field) for field in entity.fields[1:])


def relations(request: str) -> set[str]:
    return {
        f"{entity.name} {'<->' if one.kind == 'many_to_many' else '->' if one.required else '->?'} {one.target}"
        for entity in model(request).entities
        for one in entity.relations
    }


@pytest.mark.parametrize(
    ("request_text", "copies", "returned"), [(LIBRARY, "copies", "returned"), (BIBLIOTECA, "copias", "devuelto")]
)
def test_the_request_of_the_demo_is_read_whole(request_text: str, copies: str, returned: str) -> None:
    assert [one.name for one in model(request_text).entities] == ["Author", "Book", "Member", "Loan"]
    assert fields(request_text, "Book") == ["title:string", "isbn:string!", "year:integer>=0", f"{copies}:integer>=0"]
    assert fields(request_text, "Member") == ["name:string", "email:email!"]
    assert fields(request_text, "Loan") == ["loan_date:date", "due_date:date?", f"{returned}:boolean=false"]
    assert relations(request_text) == {"Book -> Author", "Loan -> Member", "Loan -> Book"}
    assert read_request(request_text).unused == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a number of copies", "copies:integer>=0"),
        ("a count of wheels", "wheels:integer>=0"),
        ("a quantity of parts", "parts:integer>=0"),
        ("the maximum number of guests", "max_guests:integer>=0"),
        ("an estimated number of hours", "estimated_hours:integer>=0"),
        ("how many copies there are", "copies:integer>=0"),
        ("number of pages", "pages:integer>=1"),
        ("a serial number", "serial_number:string!"),
        ("cantidad de copias", "copias:integer>=0"),
        ("número de ruedas", "ruedas:integer>=0"),
        ("número máximo de ruedas", "max_ruedas:integer>=0"),
        ("número de serie", "serial_number:string!"),
        ("número de teléfono", "phone:string?"),
        ("a quantity in stock", "stock:integer>=0=0"),
    ],
)
def test_counts_are_integers_of_what_is_counted(words: str, expected: str) -> None:
    assert widget(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("whether it was returned", "returned:boolean=false"),
        ("whether the book was returned", "returned:boolean=false"),
        ("whether the deposit has been paid", "deposit_paid:boolean=false"),
        ("whether it has been paid", "is_paid:boolean=false"),
        ("whether it is active", "is_active:boolean=true"),
        ("whether it is alive", "is_alive:boolean=false"),
        ("whether it has a balcony", "has_balcony:boolean=false"),
        ("whether pets are allowed", "pets_allowed:boolean=false"),
        ("is covered or not", "covered:boolean=false"),
        ("a paid flag", "is_paid:boolean=false"),
        ("si fue devuelto", "devuelto:boolean=false"),
        ("si el libro fue devuelto", "devuelto:boolean=false"),
        ("si ha sido pagada", "is_paid:boolean=false"),
        ("si están amueblados", "amueblado:boolean=false"),
        ("si es vegetariano", "es_vegetariano:boolean=false"),
        ("si está en oferta", "en_oferta:boolean=false"),
        ("si tiene jardín", "tiene_jardin:boolean=false"),
    ],
)
def test_yes_or_no_is_a_boolean(words: str, expected: str) -> None:
    assert widget(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a status which can be open or closed", "status:choice[open|closed]=open"),
        ("a status that is either open or closed", "status:choice[open|closed]=open"),
        ("a status (open, in progress, done)", "status:choice[open|in_progress|done]=open"),
        ("a status open or closed", "status:choice[open|closed]=open"),
        ("a severity of low, medium or high", "severity:choice[low|medium|high]"),
        ("a membership type (basic, premium or vip)", "membership_type:choice[basic|premium|vip]"),
        ("a blood group (A, B, AB, O)", "blood_group:choice[a|b|ab|o]"),
        ("a blood type that can be A, B, AB or O", "blood_type:choice[a|b|ab|o]"),
        ("estado (abierto, cerrado)", "status:choice[abierto|cerrado]=abierto"),
        ("un estado que puede ser libre u ocupado", "status:choice[libre|ocupado]=libre"),
        ("un turno (mañana, tarde o noche)", "turno:choice[manana|tarde|noche]"),
    ],
)
def test_fixed_values_become_choices(words: str, expected: str) -> None:
    assert widget(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a price in euros", "price:decimal>=0"),
        ("a price per night", "price_per_night:decimal>=0"),
        ("a duration in minutes", "duration_minutes:integer>=1"),
        ("a duration in hours", "duration_hours:integer>=0"),
        ("the weight in kg", "weight_kg:decimal>=0"),
        ("a score from 1 to 5", "rating:integer>=1"),
        ("a score (1 to 5)", "rating:integer>=1"),
        ("a level (1, 2, 3)", "level:integer>=1"),
        ("a tax number, which must be unique", "tax_number:string!"),
        ("a release year", "release_year:integer>=0"),
        ("an email (unique)", "email:email!"),
        ("a code that must be unique and a price", "code:string!, price:decimal>=0"),
        ("a phone (optional) and a price", "phone:string?, price:decimal>=0"),
        ("a date", "gadget_date:date"),
        ("a deposit", "deposit:decimal>=0"),
    ],
)
def test_units_ranges_flags_and_dates_belong_to_their_field(words: str, expected: str) -> None:
    assert widget(words) == expected


def test_a_date_is_named_after_its_record() -> None:
    assert fields("API: an invoice has a date and a total", "Invoice")[0] == "invoice_date:date"
    assert fields("Crea una API. Una venta tiene fecha y total", "Venta")[0] == "fecha_venta:date"


def test_the_largest_value_is_kept() -> None:
    reading = read_request("API: movies have a title and a rating from 1 to 5")
    assert reading.unused == []
    rating = reading.fields["Movie"][-1]
    assert (rating.name, rating.minimum, rating.maximum) == ("rating", 1, 5)


def test_brackets_of_records_are_still_lists_of_fields() -> None:
    text = "API with products (name, price, status (active, archived), stock) and categories (name, description)."
    assert fields(text, "Product") == [
        "name:string", "price:decimal>=0", "status:choice[active|archived]=active", "stock:integer>=0=0",
    ]  # fmt: skip
    assert fields(text, "Category") == ["name:string!", "description:text?"]


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("API: pilots fly planes: a flight has a number. Planes have a model. Pilots have a name",
         {"Flight -> Pilot", "Flight -> Plane"}),
        ("API. Students enroll in courses.", {"Student <-> Course"}),
        ("API. Students enroll in courses. An enrollment has a date.",
         {"Enrollment -> Student", "Enrollment -> Course"}),
        ("API. Customers have a name and place orders; an order has a total.", {"Order -> Customer"}),
        ("API. Each ticket belongs to a project and may be assigned to an agent.",
         {"Ticket -> Project", "Ticket ->? Agent"}),
        ("API where landlords own apartments. An apartment has a rent.", {"Estate -> Landlord"}),
        ("API. Tickets have a subject and may be assigned to agents.", {"Ticket ->? Agent"}),
    ],
)  # fmt: skip
def test_what_people_do_makes_relations(request_text: str, expected: set[str]) -> None:
    assert relations(request_text) == expected


@pytest.mark.parametrize(
    ("request_text", "entity", "expected"),
    [
        ("API. Customers have a name and place orders; an order has a total.", "Customer", ["name:string"]),
        ("API: cursos y alumnos; los alumnos tienen nombre y se inscriben en cursos.", "Student", ["name:string"]),
        ("API for events. Attendees register for events and have a name.", "Attendee", ["name:string"]),
        ("API for workouts: each workout has a date and optional notes.", "Workout",
         ["workout_date:date", "notes:text?"]),
    ],
)  # fmt: skip
def test_what_people_do_is_no_field(request_text: str, entity: str, expected: list[str]) -> None:
    assert fields(request_text, entity) == expected


@pytest.mark.parametrize(
    ("request_text", "subject"),
    [
        (LIBRARY, "library"),
        (BIBLIOTECA, "biblioteca"),
        ("I need a simple API for a bakery. Customers have a name.", "bakery"),
        ("Quiero una API para una clínica dental. Los pacientes tienen nombre.", "clínica dental"),
        ("Una app para una tienda de mascotas con productos", "tienda de mascotas"),
        ("An API to manage a parking lot.", "parking lot"),
        ("Build a gym API: members have a name", "gym"),
        ("An API for a hotel: rooms have a number", "hotel"),
        ("Create an API for users and tasks", ""),
        ("An API for a user to keep recipes", ""),
        ("API for a task and a project", ""),
        ("Create a REST API for task management with users", ""),
        ("An app for a very long noun phrase nobody would call their project by", ""),
    ],
)
def test_what_the_service_is_for_is_found(request_text: str, subject: str) -> None:
    assert subject_of(read_text(request_text)) == subject


def test_projects_are_named_after_what_they_are_for() -> None:
    planned = plan_for(LIBRARY)
    assert planned.plan.project_name == "Library API"
    assert planned.domain.business_domain.industry == "library"
    assert plan_for("Create an API for tasks and comments").plan.project_name == "Task and Comment API"
    assert title_of("tienda de mascotas") == "Tienda de Mascotas"


def test_what_a_service_is_for_is_no_record() -> None:
    assert [one.name for one in model("API for a bakery with cakes and ovens").entities] == ["Cake", "Oven"]
    rental = "API for a car rental company. Cars have a make; customers rent cars: a rental has a date."
    assert {one.name for one in model(rental).entities} == {"Vehicle", "Customer", "Rental"}


def test_only_what_was_not_used_is_not_understood() -> None:
    assert plan_for(LIBRARY).domain.not_understood == []
    questions = answer("discovery_questions", DiscoveryQuestionsInputs(request=LIBRARY))
    assert isinstance(questions, DiscoveryQuestions)
    assert questions.not_understood == []
    assert "offline engine" in questions.understood
    assert "The service is for: library." in questions.understood


def test_every_set_phrase_is_one_word_that_stands_for_a_field() -> None:
    phrased = with_set_phrases(read_text("A book has a number of copies and a status (in, out)"))
    assert phrased.text.sentences[0].tokens == ("a", "book", "has", "a", "0field", "and", "a", "1field")
    assert [brief(field) for field in phrased.said.values()] == ["copies:integer>=0", "status:choice[in|out]=in"]


WORDS = "whether si number of copies ( ) , or and is has was book date which can be in euros per from 1 to 5 a : que"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=25))
def test_any_order_of_these_words_is_read(words: list[str]) -> None:
    found = model(f"Create an API for books. A book has a title and {' '.join(words)}")
    names = [field.name for entity in found.entities for field in entity.fields if entity.name == "Book"]
    assert len(names) == len(set(names)) >= 1
