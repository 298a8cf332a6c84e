"""Entities of people, companies, property and money."""

from __future__ import annotations

from integrations.llm.offline.library.notation import entity

PEOPLE_AND_MONEY = [
    entity(
        "Person",
        "person; persona",
        "Somebody",
        "name: string(100); email: email unique; birth_date: date optional",
        "city -> City optional; company -> Company optional; team -> Team optional",
    ),
    entity(
        "Employee",
        "employee; worker; staff member; empleado; empleada; trabajador",
        "Somebody who is employed",
        (
            "name: string(100); email: email unique; job_title: string(100); hired_on: date; salary: decimal min "
            "0 optional"
        ),
        "department -> Department; company -> Company",
    ),
    entity(
        "Department",
        "department; departamento",
        "A part of an organisation",
        "name: string(100) unique; description: text optional",
        "company -> Company",
    ),
    entity(
        "Company",
        "company; organization; organisation; empresa; organizacion; compania",
        "An organisation",
        "name: string(150) unique; address: string(300) optional; phone: string(30) optional",
    ),
    entity(
        "Contact",
        "contact; contacto",
        "Somebody to stay in touch with",
        "name: string(100); email: email unique; phone: string(30) optional",
        "company -> Company optional; user -> User",
    ),
    entity(
        "Estate",
        "property; real estate; house; apartment; inmueble; propiedad; casa; apartamento; piso; vivienda",
        "A building or a part of it",
        "title: string(200); address: string(300); price: decimal min 0; rooms: integer min 0 = 1; "
        "status: choice available|reserved|sold = available",
        "owner -> Owner; agent -> Agent optional",
    ),
    entity("Agent", "agent; agente", "Somebody who acts for others", "name: string(100); email: email unique"),
    entity(
        "Service",
        "servicio ofrecido; offered service; treatment; tratamiento",
        "Something that is done for people",
        "name: string(150); price: decimal min 0; minutes: integer min 1 = 30",
    ),
    entity(
        "Plan",
        "membership plan; subscription plan; plan de membresia",
        "What somebody subscribes to",
        "name: string(100) unique; price: decimal min 0; months: integer min 1 = 1",
    ),
    entity(
        "Subscription",
        "subscription; membership; suscripcion; membresia",
        "That somebody is subscribed",
        "starts_on: date; ends_on: date optional; status: choice active|paused|ended = active",
        "member -> Member; customer -> Customer; user -> User; plan -> Plan",
    ),
    entity(
        "Equipment",
        "equipment; device; equipo informatico; dispositivo; maquina",
        "Something that is used",
        "name: string(150); serial_number: string(60) unique; status: choice available|in_use|broken = available",
        "employee -> Employee optional; room -> Room optional",
    ),
    entity(
        "Expense",
        "expense; gasto",
        "Money that was spent",
        "description: string(300); amount: decimal min 0; spent_on: date",
        "category -> Category optional; user -> User; employee -> Employee; project -> Project optional",
    ),
    entity(
        "Budget",
        "budget; presupuesto",
        "Money set aside",
        "name: string(150); amount: decimal min 0; starts_on: date; ends_on: date",
        "category -> Category optional; project -> Project optional; department -> Department optional",
    ),
    entity(
        "Workout",
        "workout; exercise routine; entrenamiento; rutina",
        "A time of exercise",
        "name: string(150); performed_on: date; minutes: integer min 1",
        "user -> User; member -> Member",
    ),
    entity(
        "Habit",
        "habit; habito",
        "Something done regularly",
        "name: string(150); frequency: choice daily|weekly|monthly = daily; is_active: boolean = true",
        "user -> User",
    ),
    entity(
        "Survey",
        "survey; poll; encuesta",
        "Questions put to people",
        "title: string(200); description: text optional; is_open: boolean = true",
        "user -> User",
    ),
    entity(
        "Question",
        "question; pregunta",
        "Something that is asked",
        "text_shown: string(500); position: integer min 1 = 1",
        "survey -> Survey; course -> Course",
    ),
    entity(
        "Answer",
        "answer; reply; respuesta",
        "What somebody answered",
        "body: text",
        "question -> Question; user -> User",
    ),
    entity(
        "Job",
        "job; job offer; vacancy; empleo; vacante; oferta de empleo",
        "Work that is offered",
        "title: string(200); description: text; salary: decimal min 0 optional; is_open: boolean = true",
        "company -> Company",
    ),
    entity(
        "Candidate",
        "candidate; applicant; candidato; candidata",
        "Somebody who applies",
        "name: string(100); email: email unique; phone: string(30) optional",
    ),
    entity(
        "Application",
        "job application; candidatura; postulacion",
        "That somebody applies",
        "applied_on: date; status: choice received|interview|hired|rejected = received",
        "candidate -> Candidate; job -> Job",
    ),
    entity(
        "Player",
        "player; jugador; jugadora",
        "Somebody who plays",
        "name: string(100); position: string(40) optional; shirt_number: integer min 1 optional",
        "team -> Team",
    ),
    entity(
        "Match",
        "match; partido",
        "A game between two teams",
        "played_at: datetime; home_score: integer min 0 = 0; "
        "away_score: integer min 0 = 0; venue_name: string(150) optional",
    ),
]
