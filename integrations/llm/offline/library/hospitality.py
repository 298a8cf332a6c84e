"""Entities of travelling, eating and meeting."""

from __future__ import annotations

from integrations.llm.offline.library.notation import entity

HOSPITALITY = [
    entity(
        "Event",
        "event; evento; conference; conferencia",
        "Something that takes place",
        "title: string(200); description: text optional; starts_at: datetime; ends_at: datetime optional; "
        "capacity: integer min 1 optional",
        "venue -> Venue; organizer -> Organizer optional; user -> User",
    ),
    entity(
        "Venue",
        "venue; recinto; lugar",
        "Where things take place",
        "name: string(150); address: string(300); capacity: integer min 1 optional",
    ),
    entity(
        "Organizer",
        "organizer; organiser; organizador",
        "Somebody who organises",
        "name: string(100); email: email unique",
    ),
    entity(
        "Attendee",
        "attendee; participant; asistente; participante",
        "Somebody who takes part",
        "name: string(100); email: email unique",
        "event -> Event",
    ),
    entity(
        "Reservation",
        "reservation; booking; reserva; reservacion",
        "Something kept free for somebody",
        "check_in: date; check_out: date; guests: integer min 1 = 1; "
        "status: choice pending|confirmed|cancelled = pending",
        "room -> Room; guest -> Guest; member -> Member; lesson -> Lesson; "
        "customer -> Customer; user -> User; dining_table -> DiningTable; "
        "vehicle -> Vehicle; restaurant -> Restaurant",
    ),
    entity(
        "Room",
        "room; habitacion; sala; aula",
        "A room that can be used",
        "number: string(20) unique; capacity: integer min 1 = 2; price: decimal min 0; is_available: boolean = true",
        "hotel -> Hotel",
    ),
    entity("Hotel", "hotel", "A house for guests", "name: string(150); address: string(300); stars: integer min 1 = 3"),
    entity(
        "Guest",
        "guest; huesped; invitado",
        "Somebody who stays",
        "name: string(100); email: email unique; phone: string(30) optional",
    ),
    entity(
        "Restaurant",
        "restaurant; restaurante",
        "A place to eat",
        "name: string(150); address: string(300); phone: string(30) optional",
    ),
    entity(
        "DiningTable",
        "dining table; restaurant table; mesa",
        "A table for guests",
        "number: integer min 1 unique; seats: integer min 1 = 4",
        "restaurant -> Restaurant",
    ),
    entity(
        "Dish",
        "dish; menu item; plato; platillo",
        "Something to eat",
        "name: string(150); description: text optional; price: decimal min 0; is_available: boolean = true",
        "restaurant -> Restaurant; category -> Category optional; ingredients <-> Ingredient",
    ),
    entity(
        "Recipe",
        "recipe; receta",
        "How something is cooked",
        "title: string(200); instructions: text; servings: integer min 1 = 2; minutes: integer min 1 optional",
        "user -> User; category -> Category optional; ingredients <-> Ingredient",
    ),
    entity(
        "Ingredient",
        "ingredient; ingrediente",
        "What something is made of",
        "name: string(100) unique; unit: string(20) optional",
    ),
    entity(
        "Vehicle",
        "vehicle; car; vehiculo; coche; carro; auto",
        "Something that drives",
        "plate: string(20) unique; make: string(60); year: integer min 1900; is_available: boolean = true",
        "owner -> Owner; customer -> Customer; driver -> Driver optional",
    ),
    entity(
        "Driver",
        "driver; conductor; chofer",
        "Somebody who drives",
        "name: string(100); license_number: string(30) unique; phone: string(30) optional",
    ),
    entity(
        "Trip",
        "trip; viaje",
        "A journey",
        "origin: string(150); destination: string(150); departs_at: datetime; arrives_at: datetime optional",
        "driver -> Driver; vehicle -> Vehicle; user -> User",
    ),
    entity(
        "Shipment",
        "shipment; delivery; envio; entrega",
        "Goods on their way",
        (
            "tracking_number: string(40) unique; status: choice pending|in_transit|delivered = pending; "
            "shipped_on: date optional"
        ),
        "order -> Order; warehouse -> Warehouse optional; driver -> Driver optional",
    ),
    entity(
        "City", "city; ciudad", "A city", "name: string(100); population: integer min 0 optional", "country -> Country"
    ),
    entity("Country", "country; pais", "A country", "name: string(100) unique; code: string(3) unique"),
]
