"""The entities of the library by name and by word, and the kinds of business that imply some of them."""

from __future__ import annotations

from integrations.llm.offline.library.care_and_school import CARE_AND_SCHOOL
from integrations.llm.offline.library.commerce import COMMERCE
from integrations.llm.offline.library.hospitality import HOSPITALITY
from integrations.llm.offline.library.media import MEDIA
from integrations.llm.offline.library.notation import KnownEntity
from integrations.llm.offline.library.people_and_money import PEOPLE_AND_MONEY
from integrations.llm.offline.library.work import WORK

KNOWN: dict[str, KnownEntity] = {
    known.name: known for known in [*WORK, *COMMERCE, *MEDIA, *CARE_AND_SCHOOL, *HOSPITALITY, *PEOPLE_AND_MONEY]
}
BY_WORD: dict[str, KnownEntity] = {word: known for known in KNOWN.values() for word in known.words}

SHARED = {"Tag", "Ingredient", "Actor", "Genre", "Song", "Student", "Category"}
"""Records that belong to many others at once: *books with genres* is many to many."""

PLACES = {"Hotel", "Restaurant", "Company", "Venue", "Warehouse", "Team"}
"""What a whole service may be for: *an app for a restaurant* keeps no list of restaurants."""

PARTS = {"item", "line", "detail", "articulo", "linea", "detalle", "elemento", "producto pedido"}
"""Words for the lines of an order when the order is named already."""

DOMAINS: dict[str, tuple[str, ...]] = {
    "blog": ("User", "Post", "Comment"),
    "todo list": ("Task",),
    "to-do list": ("Task",),
    "lista de tareas": ("Task",),
    "shop": ("Customer", "Product", "Order", "OrderItem"),
    "store": ("Customer", "Product", "Order", "OrderItem"),
    "ecommerce": ("Customer", "Product", "Order", "OrderItem"),
    "tienda": ("Customer", "Product", "Order", "OrderItem"),
    "library": ("Author", "Book", "Member", "Loan"),
    "biblioteca": ("Author", "Book", "Member", "Loan"),
    "clinic": ("Patient", "Doctor", "Appointment"),
    "clinica": ("Patient", "Doctor", "Appointment"),
    "school": ("Teacher", "Course", "Student", "Enrollment"),
    "escuela": ("Teacher", "Course", "Student", "Enrollment"),
    "colegio": ("Teacher", "Course", "Student", "Enrollment"),
    "gym": ("Member", "Teacher", "Lesson"),
    "gimnasio": ("Member", "Teacher", "Lesson"),
    "crm": ("Company", "Contact", "Note"),
    "inventory": ("Category", "Supplier", "Product"),
    "inventario": ("Category", "Supplier", "Product"),
    "help desk": ("Customer", "Ticket"),
    "veterinary": ("Owner", "Pet", "Appointment"),
    "hotel management": ("Room", "Guest", "Reservation"),
    "gestion hotelera": ("Room", "Guest", "Reservation"),
    "booking system": ("Room", "Guest", "Reservation"),
    "sistema de reservas": ("Room", "Guest", "Reservation"),
    "restaurant": ("DiningTable", "Dish", "Reservation"),
    "restaurante": ("DiningTable", "Dish", "Reservation"),
    "real estate": ("Estate", "Owner", "Agent"),
    "inmobiliaria": ("Estate", "Owner", "Agent"),
    "car rental": ("Vehicle", "Customer", "Reservation"),
    "alquiler de coches": ("Vehicle", "Customer", "Reservation"),
    "recruiting": ("Company", "Job", "Candidate", "Application"),
    "reclutamiento": ("Company", "Job", "Candidate", "Application"),
    "job board": ("Company", "Job", "Candidate", "Application"),
    "bolsa de empleo": ("Company", "Job", "Candidate", "Application"),
    "human resources": ("Department", "Employee"),
    "recursos humanos": ("Department", "Employee"),
    "invoicing": ("Customer", "Invoice", "Payment"),
    "billing": ("Customer", "Invoice", "Payment"),
    "facturacion": ("Customer", "Invoice", "Payment"),
    "expense tracker": ("Category", "Expense", "Budget"),
    "control de gastos": ("Category", "Expense", "Budget"),
    "logistics": ("Warehouse", "Driver", "Shipment"),
    "logistica": ("Warehouse", "Driver", "Shipment"),
    "project management": ("Project", "Task"),
    "gestion de proyectos": ("Project", "Task"),
    "habit tracker": ("Habit", "User"),
    "control de habitos": ("Habit", "User"),
    "survey platform": ("Survey", "Question", "Answer"),
    "plataforma de encuestas": ("Survey", "Question", "Answer"),
    "music streaming": ("Artist", "Album", "Song", "Playlist"),
    "musica": ("Artist", "Album", "Song", "Playlist"),
    "veterinaria": ("Owner", "Pet", "Appointment"),
    "events platform": ("Venue", "Event", "Attendee"),
    "plataforma de eventos": ("Venue", "Event", "Attendee"),
}
"""What a request that names only a kind of business is about."""
