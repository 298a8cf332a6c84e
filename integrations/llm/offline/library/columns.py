"""Fields by the words that people use for them, in English and Spanish, and a guess for other words."""

from __future__ import annotations

from integrations.llm.offline.library.notation import read_field
from integrations.llm.offline.safe_names import safe_field
from integrations.llm.offline.words import snake
from integrations.llm.shapes import FieldSchema

_KNOWN = """
name; nombre; full name; nombre completo | name: string(150)
first name; nombre de pila | first_name: string(80)
last name; surname; apellido; apellidos | last_name: string(80)
title; titulo | title: string(200)
subject; asunto | subject: string(200)
description; descripcion; details; detalles | description: text optional
body; content; contenido; text; texto; cuerpo | body: text
notes; notas; remarks; observaciones | notes: text optional
summary; resumen | summary: text optional
email; mail; e-mail; email address; correo; correo electronico | email: email unique
phone; phone number; telephone; telefono; numero de telefono; movil; celular | phone: string(30) optional
address; direccion | address: string(300) optional
city; ciudad | city: string(100) optional
country; pais | country: string(100) optional
postal code; zip code; zip; codigo postal | postal_code: string(15) optional
url; website; link; web; enlace; sitio web | url: string(500) optional
price; precio; cost; costo; coste | price: decimal min 0
amount; importe; monto; cantidad de dinero | amount: decimal min 0
total; total amount; importe total | total: decimal min 0
salary; salario; sueldo | salary: decimal min 0
balance; saldo | balance: decimal
discount; descuento | discount: decimal min 0 = 0
weight; peso | weight: decimal min 0
stock; existencias; inventory | stock: integer min 0 = 0
quantity; cantidad | quantity: integer min 1 = 1
age; edad | age: integer min 0
year; ano; anio | year: integer min 0
pages; number of pages; paginas; numero de paginas | pages: integer min 1
capacity; capacidad; aforo | capacity: integer min 1
seats; asientos; plazas | seats: integer min 1
duration; duracion | duration_minutes: integer min 1
rating; score; puntuacion; valoracion | rating: integer min 0
position; posicion | position: integer min 0
credits; creditos | credits: integer min 0
status; state; estado | status: choice pending|active|done = pending
priority; prioridad | priority: choice low|medium|high = medium
level; nivel | level: choice basic|intermediate|advanced = basic
gender; sexo | gender: choice female|male|other
due date; deadline; fecha limite; fecha de vencimiento; vencimiento; fecha de entrega | due_date: date optional
start date; starts on; fecha de inicio; inicio | start_date: date
end date; ends on; fecha de fin; fecha fin; fin | end_date: date optional
birth date; birthday; date of birth; birthdate; fecha de nacimiento; nacimiento | birth_date: date optional
publication date; published date; fecha de publicacion | published_on: date optional
purchase date; fecha de compra | purchased_on: date
loan date; fecha de prestamo | loaned_on: date
return date; fecha de devolucion | returned_on: date optional
issue date; fecha de emision | issued_on: date
hire date; fecha de contratacion; fecha de alta | hired_on: date
date; fecha; day; dia | day: date
time; hora; date and time; fecha y hora; datetime; start time | starts_at: datetime
end time; hora de fin | ends_at: datetime optional
active; activo; activa; is active | is_active: boolean = true
done; completed; hecho; hecha; completado; completada; completa; finished | is_done: boolean = false
published; publicado; publicada | is_published: boolean = false
available; disponible; availability; disponibilidad | is_available: boolean = true
paid; pagado; pagada | is_paid: boolean = false
public; publico; publica | is_public: boolean = false
code; codigo | code: string(30) unique
sku; referencia; reference | sku: string(40) unique
isbn | isbn: string(20) unique
number; numero | number: string(30) unique
serial number; numero de serie | serial_number: string(60) unique
license plate; plate; matricula; placa | plate: string(20) unique
username; user name; nombre de usuario | username: string(50) unique
slug | slug: string(100) unique
color; colour | color: string(30) optional
size; talla; tamano | size: string(30) optional
brand; marca | brand: string(80) optional
model; modelo | model: string(80) optional
type; kind; tipo | kind: string(60)
category; categoria | category: string(80) optional
genre; genero | genre: string(80) optional
author; autor | author: string(150)
specialty; speciality; especialidad | specialty: string(100)
reason; motivo | reason: string(300) optional
location; ubicacion; lugar | location: string(200) optional
image; photo; picture; imagen; foto; cover; portada | image_url: string(500) optional
biography; bio; biografia | biography: text optional
instructions; instrucciones | instructions: text
species; especie | species: string(60)
breed; raza | breed: string(80) optional
language; idioma | language: string(40) optional
job title; puesto; cargo | job_title: string(100)
department; departamento | department: string(100) optional
company; empresa | company: string(150) optional
dosage; dosis | dosage: string(200)
floor; storey; planta; piso | floor: integer
mileage; kilometraje | mileage: integer min 0
jersey number; dorsal | jersey_number: integer min 0
grade; mark; calificacion | grade: decimal min 0
tip; propina | tip: decimal min 0
preparation time; prep time; tiempo de preparacion | preparation_minutes: integer min 0
cooking time; cook time; tiempo de coccion | cooking_minutes: integer min 0
square meters; square metres; metros cuadrados | square_meters: decimal min 0
area; surface; superficie | area: decimal min 0
difficulty; dificultad | difficulty: choice easy|medium|hard = easy
check-in date; check-in; check in | check_in: date
check-out date; check-out; check out | check_out: date
start hour; hora de inicio; hora de comienzo | starts_at: datetime
comment; comentario | comment: text optional
unit; unidad | unit: string(20) optional
role; rol | role: choice admin|member = member
"""

BY_WORD: dict[str, FieldSchema] = {
    word.strip(): read_field(notation)
    for line in _KNOWN.strip().splitlines()
    for words, notation in [line.split(" | ")]
    for word in words.split(";")
}

IMPLIED = {"id", "identifier", "identificador", "created at", "updated at", "creation date", "fecha de creacion"}
"""Columns that every record has anyway."""

GUESSES: list[tuple[tuple[str, ...], str]] = [
    (("date", "fecha", "day", "birthday"), "date"),
    (("time", "datetime", "hora", "moment"), "datetime"),
    (
        ("price", "cost", "amount", "total", "fee", "rate", "salary", "precio", "importe", "tarifa", "coste"),
        "decimal min 0",
    ),
    (
        (
            "count",
            "quantity",
            "number of",
            "minutes",
            "hours",
            "days",
            "years",
            "weeks",
            "months",
            "anos",
            "dias",
            "meses",
            "semanas",
            "points",
            "numero de",
            "cantidad",
            "minutos",
            "horas",
            "puntos",
            "speed",
            "velocidad",
            "population",
            "poblacion",
            "height",
            "altura",
            "distance",
            "distancia",
        ),
        "integer min 0",
    ),
    (
        (
            "percentage",
            "percent",
            "porcentaje",
            "tax",
            "tip",
            "deposit",
            "budget",
            "rent",
            "income",
            "revenue",
            "commission",
            "impuesto",
            "presupuesto",
            "deposito",
            "alquiler",
            "comision",
            "ingresos",
            "subtotal",
            "grade",
            "average",
            "promedio",
        ),
        "decimal min 0",
    ),
    (
        (
            "year",
            "ano",
            "age",
            "edad",
            "goals",
            "goles",
            "likes",
            "views",
            "visits",
            "votes",
            "downloads",
            "bedrooms",
            "bathrooms",
            "habitaciones",
            "banos",
            "copies",
            "copias",
            "ejemplares",
            "servings",
            "porciones",
            "raciones",
            "units",
            "unidades",
            "calories",
            "calorias",
            "rooms",
            "floors",
            "plantas",
            "visitas",
            "votos",
            "descargas",
            "dorsal",
            "capacity",
            "capacidad",
        ),
        "integer min 0",
    ),
    (("email", "correo"), "email"),
    (("description", "notes", "comments", "descripcion", "notas"), "text optional"),
    (("is", "has", "es", "tiene"), "boolean = false"),
]

NAMING = frozenset("number code name id codigo nombre".split())
"""*A tax number* names something; nobody counts with it."""


def field_for(words: str) -> FieldSchema | None:
    """The field that ``words`` (folded, singular or plural) name; None when they are no name at all."""
    if words in BY_WORD:
        return BY_WORD[words]
    if words.endswith("s") and words[:-1] in BY_WORD:
        return BY_WORD[words[:-1]]
    flagged, _, flag = words.rpartition(" ")
    if flagged and flag in {"flag", "indicator", "indicador"}:
        known = BY_WORD.get(flagged)
        return (
            known if known and known.type == "boolean" else read_field(f"{safe_field(snake(flagged))}: boolean = false")
        )
    name = snake(words)
    if not name:
        return None
    return read_field(f"{safe_field(name)}: {_guess(words)}")


def _guess(words: str) -> str:
    first, last = words.split()[0], words.split()[-1]
    if last in NAMING and " " in words:
        return "string(200)"
    for endings, notation in GUESSES:
        for ending in endings:
            if last == ending or first == ending or (" " in ending and words.startswith(ending)):
                return notation
    return "string(200)"
