"""Areas of a business: records that are spoken of in one language, and what such an area is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """``english`` and ``spanish`` name it. Records that are in no area belong to the one that they refer to."""

    english: str
    spanish: str
    records: frozenset[str]


def _area(english: str, spanish: str, records: str) -> Area:
    return Area(english, spanish, frozenset(records.split()))


ACCOUNTS = Area("Accounts", "Cuentas", frozenset())
"""Whatever logs in, where somebody does."""

AREAS = (
    _area("Customers", "Clientes", "Customer Client Contact"),
    _area("Catalogue", "Catálogo", "Product Brand Supplier Dish"),
    _area("Orders", "Pedidos", "Order OrderItem"),
    _area("Billing", "Facturación", "Invoice InvoiceItem Payment Subscription Plan"),
    _area("Shipping", "Envíos", "Shipment Driver Warehouse"),
    _area("Support", "Soporte", "Ticket"),
    _area("Reservations", "Reservas", "Reservation Guest DiningTable"),
    _area("Rooms", "Habitaciones", "Room Hotel"),
    _area("Collection", "Fondo", "Book Author Publisher"),
    _area("Lending", "Préstamos", "Loan Member"),
    _area("Courses", "Cursos", "Course Lesson Teacher"),
    _area("Enrolment", "Matrículas", "Enrollment Student Grade"),
    _area("Appointments", "Citas", "Appointment"),
    _area("Patients", "Pacientes", "Patient Prescription Pet Owner"),
    _area("Staff", "Personal", "Employee Department Doctor Veterinarian"),
    _area("Recruiting", "Selección", "Job Candidate Application"),
    _area("Publishing", "Publicación", "Post Article"),
    _area("Projects", "Proyectos", "Project Task Sprint Board"),
    _area("Events", "Eventos", "Event Venue Organizer Attendee"),
    _area("Money", "Dinero", "Expense Budget"),
)
