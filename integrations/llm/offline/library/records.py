"""The entities of the library, by domain."""

from __future__ import annotations

from integrations.llm.offline.library.notation import KnownEntity, entity

WORK = [
    entity(
        "User",
        "user; usuario; usuaria; account; cuenta de usuario",
        "Somebody who uses the service",
        "name: string(100); email: email unique; is_active: boolean = true",
    ),
    entity(
        "Task",
        "task; todo; to-do; tarea; pendiente",
        "A piece of work that somebody has to do",
        "title: string(200); description: text optional; status: choice todo|in_progress|done = todo; "
        "priority: choice low|medium|high = medium; due_date: date optional",
        "user -> User optional; project -> Project; sprint -> Sprint optional; board -> Board optional; "
        "employee -> Employee optional",
    ),
    entity(
        "Project",
        "project; proyecto",
        "Work with a goal, divided into smaller pieces",
        "name: string(150); description: text optional; status: choice active|paused|finished = active; "
        "start_date: date optional; end_date: date optional",
        "user -> User; team -> Team optional; client -> Client optional",
    ),
    entity(
        "Comment",
        "comment; comentario",
        "What somebody says about something",
        "body: text",
        "task -> Task; post -> Post; article -> Article; ticket -> Ticket; recipe -> Recipe; photo -> Photo; "
        "user -> User; project -> Project",
    ),
    entity(
        "Team",
        "team; equipo",
        "A group of people who work together",
        "name: string(100) unique; description: text optional",
    ),
    entity(
        "Sprint",
        "sprint",
        "A short period of work",
        "name: string(100); starts_on: date; ends_on: date",
        "project -> Project",
    ),
    entity("Board", "board; tablero", "A board with work on it", "name: string(100); description: text optional"),
    entity(
        "Ticket",
        "ticket; issue; incident; incidencia; tique",
        "A problem that somebody reported",
        "title: string(200); description: text; status: choice open|in_progress|closed = open; "
        "priority: choice low|medium|high = medium",
        "customer -> Customer; user -> User; project -> Project; employee -> Employee optional",
    ),
    entity(
        "Note",
        "note; nota",
        "A short text to remember something by",
        "title: string(200); body: text; is_pinned: boolean = false",
        "user -> User",
    ),
]

COMMERCE = [
    entity(
        "Product",
        "product; producto; article for sale; articulo en venta",
        "Something that is sold",
        "name: string(150); description: text optional; price: decimal min 0; stock: integer min 0 = 0; "
        "is_active: boolean = true",
        "category -> Category optional; supplier -> Supplier optional; brand -> Brand optional; tags <-> Tag",
    ),
    entity(
        "Category",
        "category; categoria",
        "A group that things are sorted into",
        "name: string(100) unique; description: text optional",
    ),
    entity("Tag", "tag; label; etiqueta", "A word that things are found by", "name: string(50) unique"),
    entity("Brand", "brand; marca", "The maker's name", "name: string(100) unique"),
    entity(
        "Customer",
        "customer; buyer; shopper; cliente; comprador",
        "Somebody who buys",
        "name: string(100); email: email unique; phone: string(30) optional; address: string(300) optional",
    ),
    entity(
        "Supplier",
        "supplier; vendor; proveedor",
        "A company that delivers",
        "name: string(150); email: email unique; phone: string(30) optional",
    ),
    entity(
        "Order",
        "order; purchase; pedido; orden; compra",
        "What somebody wants to buy",
        "number: string(30) unique; status: choice pending|paid|shipped|delivered|cancelled = pending; "
        "total: decimal min 0 = 0; notes: text optional",
        "customer -> Customer; user -> User; supplier -> Supplier optional; restaurant -> Restaurant; "
        "dining_table -> DiningTable optional",
    ),
    entity(
        "OrderItem",
        "order item; order line; line item; linea de pedido; articulo del pedido; articulo de pedido; "
        "detalle de pedido; "
        "item de pedido",
        "One line of an order",
        "quantity: integer min 1 = 1; unit_price: decimal min 0",
        "order -> Order; product -> Product; dish -> Dish",
    ),
    entity(
        "Invoice",
        "invoice; bill; factura; recibo",
        "What somebody has to pay",
        "number: string(30) unique; issued_on: date; due_on: date optional; total: decimal min 0; "
        "status: choice draft|sent|paid|overdue = draft",
        "customer -> Customer; client -> Client; order -> Order optional; patient -> Patient",
    ),
    entity(
        "Payment",
        "payment; pago",
        "Money that was received",
        "amount: decimal min 0; paid_on: date; method: choice card|cash|transfer = card",
        "invoice -> Invoice; order -> Order; member -> Member; reservation -> Reservation",
    ),
    entity(
        "Review",
        "review; rating; resena; valoracion; opinion",
        "What somebody thinks of something",
        "rating: integer min 1; comment: text optional",
        "product -> Product; book -> Book; movie -> Movie; restaurant -> Restaurant; hotel -> Hotel; user -> User; "
        "customer -> Customer",
    ),
    entity(
        "Warehouse",
        "warehouse; almacen; deposito",
        "Where goods are kept",
        "name: string(100) unique; address: string(300) optional",
    ),
    entity(
        "Client",
        "client",
        "A company or person that work is done for",
        "name: string(150); email: email unique; phone: string(30) optional",
    ),
]

LIBRARY = [
    entity(
        "Book",
        "book; libro",
        "A book that can be read",
        (
            "title: string(200); isbn: string(20) unique; published_year: integer min 0 optional; pages: integer "
            "min 1 optional"
        ),
        "author -> Author; category -> Category optional; publisher -> Publisher optional; genre -> Genre optional",
    ),
    entity(
        "Author",
        "author; writer; autor; autora; escritor",
        "Somebody who writes",
        "name: string(150); biography: text optional; birth_date: date optional",
    ),
    entity("Publisher", "publisher; editorial", "A company that publishes", "name: string(150) unique"),
    entity("Genre", "genre; genero", "A kind of work", "name: string(80) unique"),
    entity(
        "Loan",
        "loan; prestamo; borrowing",
        "Something lent for a time",
        "loaned_on: date; due_on: date; returned_on: date optional",
        "book -> Book; member -> Member; user -> User; equipment -> Equipment; student -> Student",
    ),
    entity(
        "Member",
        "member; socio; socia; miembro; afiliado",
        "Somebody who belongs to the organisation",
        "name: string(100); email: email unique; joined_on: date; is_active: boolean = true",
        "team -> Team optional; plan -> Plan optional",
    ),
    entity(
        "Post",
        "post; blog post; entrada; publicacion",
        "A text that is published",
        (
            "title: string(200); body: text; status: choice draft|published|archived = draft; published_at: "
            "datetime optional"
        ),
        "user -> User; author -> Author; category -> Category optional; tags <-> Tag",
    ),
    entity(
        "Article",
        "article; articulo; news item; noticia",
        "A text that is published",
        (
            "title: string(200); body: text; status: choice draft|published|archived = draft; published_at: "
            "datetime optional"
        ),
        "author -> Author; user -> User; category -> Category optional; tags <-> Tag",
    ),
    entity(
        "Movie",
        "movie; film; pelicula",
        "A film",
        "title: string(200); release_year: integer min 1888; duration_minutes: integer min 1; synopsis: text optional",
        "director -> Director optional; genre -> Genre optional; actors <-> Actor",
    ),
    entity("Director", "director; directora", "Somebody who directs", "name: string(150); birth_date: date optional"),
    entity("Actor", "actor; actress; actriz", "Somebody who acts", "name: string(150); birth_date: date optional"),
    entity(
        "Song",
        "song; cancion",
        "A piece of music",
        "title: string(200); duration_seconds: integer min 1",
        "album -> Album optional; artist -> Artist",
    ),
    entity(
        "Album",
        "album; disco",
        "A collection of songs",
        "title: string(200); release_year: integer min 1900",
        "artist -> Artist",
    ),
    entity(
        "Artist", "artist; artista; musico", "Somebody who makes art", "name: string(150); country: string(80) optional"
    ),
    entity(
        "Playlist",
        "playlist; lista de reproduccion",
        "Songs that somebody put together",
        "name: string(150); is_public: boolean = false",
        "user -> User; songs <-> Song",
    ),
    entity(
        "Photo",
        "photo; picture; foto; fotografia",
        "A picture",
        "title: string(200); url: string(500); taken_on: date optional",
        "user -> User; album -> Album optional",
    ),
    entity(
        "Document",
        "document; doc; documento",
        "A document that is kept",
        "title: string(200); body: text optional; status: choice draft|final = draft",
        "user -> User; project -> Project optional",
    ),
    entity(
        "Message",
        "message; mensaje",
        "What somebody wrote to somebody",
        "body: text; is_read: boolean = false",
        "user -> User",
    ),
]

CARE_AND_SCHOOL = [
    entity(
        "Patient",
        "patient; paciente",
        "Somebody who is treated",
        "name: string(100); email: email unique; phone: string(30) optional; birth_date: date",
    ),
    entity(
        "Doctor",
        "doctor; physician; dentist; medico; doctora; dentista",
        "Somebody who treats patients",
        "name: string(100); specialty: string(100); email: email unique",
    ),
    entity(
        "Appointment",
        "appointment; cita; cita medica; turno; medical appointment",
        "A time at which people meet",
        "starts_at: datetime; ends_at: datetime optional; reason: string(300) optional; "
        "status: choice scheduled|done|cancelled = scheduled",
        "patient -> Patient; doctor -> Doctor; customer -> Customer; pet -> Pet; veterinarian -> Veterinarian; "
        "employee -> Employee optional; client -> Client; service -> Service optional",
    ),
    entity(
        "Prescription",
        "prescription; receta medica",
        "A medicine that a doctor ordered",
        "medicine: string(200); dosage: string(200); issued_on: date",
        "patient -> Patient; doctor -> Doctor",
    ),
    entity(
        "Pet",
        "pet; mascota",
        "An animal that lives with people",
        "name: string(100); species: string(60); birth_date: date optional",
        "owner -> Owner; customer -> Customer; user -> User",
    ),
    entity(
        "Owner",
        "owner; dueno; duena; propietario",
        "Somebody to whom something belongs",
        "name: string(100); email: email unique; phone: string(30) optional",
    ),
    entity(
        "Veterinarian",
        "veterinarian; vet; veterinario; veterinaria",
        "Somebody who treats animals",
        "name: string(100); email: email unique",
    ),
    entity(
        "Course",
        "course; curso; asignatura; materia",
        "Something that is taught",
        "name: string(150); code: string(20) unique; description: text optional; credits: integer min 0 = 0",
        "teacher -> Teacher",
    ),
    entity(
        "Student",
        "student; pupil; estudiante; alumno; alumna",
        "Somebody who learns",
        "name: string(100); email: email unique; birth_date: date optional",
    ),
    entity(
        "Teacher",
        "teacher; instructor; professor; trainer; profesor; profesora; docente; maestro; entrenador",
        "Somebody who teaches",
        "name: string(100); email: email unique; specialty: string(100) optional",
    ),
    entity(
        "Enrollment",
        "enrollment; enrolment; registration; matricula; inscripcion",
        "That somebody takes part in something",
        "enrolled_on: date; status: choice active|finished|dropped = active",
        "student -> Student; course -> Course; lesson -> Lesson; attendee -> Attendee; event -> Event; "
        "member -> Member",
    ),
    entity(
        "Grade",
        "grade; calificacion",
        "How well something was done",
        "score: decimal min 0; graded_on: date; remarks: text optional",
        "student -> Student; course -> Course; enrollment -> Enrollment",
    ),
    entity(
        "Lesson",
        "lesson; class; leccion; clase",
        "One meeting at which something is taught",
        "title: string(200); starts_at: datetime; capacity: integer min 1 = 20",
        "course -> Course; teacher -> Teacher",
    ),
]

PLACES_AND_PEOPLE = [
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
        "room -> Room; guest -> Guest; customer -> Customer; user -> User; dining_table -> DiningTable; "
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

KNOWN: dict[str, KnownEntity] = {
    known.name: known for known in [*WORK, *COMMERCE, *LIBRARY, *CARE_AND_SCHOOL, *PLACES_AND_PEOPLE]
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
}
"""What a request that names only a kind of business is about."""
