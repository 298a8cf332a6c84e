"""The small words of requests: what joins, what owns, what asks, and what is no record."""

from __future__ import annotations

ARTICLES = frozenset(
    "a an the some any each every all un una unos unas el la los las cada todo toda todos todas su sus "
    "its their his her "
    "one uno this that these those este esta estos estas following siguientes own propio propia propios propias new "
    "nuevo nueva nuevos nuevas my our mi mis nuestro nuestra nuestros nuestras".split()
)
MANY = frozenset("many several multiple various more muchos muchas varios varias multiples diversos diversas".split())
OPTIONAL = frozenset("optional optionally opcional opcionales opcionalmente".split())
UNIQUE = frozenset("unique unico unica unicos unicas".split())
REQUIRED = frozenset("required mandatory obligatorio obligatoria requerido requerida".split())

JOINERS = frozenset([",", "and", "y", "e", "&", "+", "or", "o", "plus", "also", "tambien", "ademas", "as", "well", "u"])

HAVE = frozenset(
    "with have has having including include includes contain contains containing whose con tiene tienen "
    "incluye incluyen "
    "incluyendo contiene contienen cuyos cuyas posee poseen store stores storing guarda guardan".split()
)
OPENERS = frozenset([":", "("])

LIST_ENDS = frozenset(
    "so where when which who that because while if for using use uses via must should can could may will would belong "
    "belongs assigned linked related associated written created made owned placed posted donde cuando "
    "porque mientras si "
    "para usando mediante debe deben puede pueden pertenece pertenecen asignado asignada asignados "
    "asignadas relacionado "
    "relacionada asociado asociada escrito escrita escritos creado creada creados hecho hecha hechos is "
    "are es son esta "
    "estan to ordered by in on at per por en sobre que them not no".split()
)
"""Words after which a list of fields is over."""

MODALS = frozenset(
    "that which who can could may should must will would also only always usually just que tambien deben "
    "debe puede pueden "
    "to be is are being es son sera".split()
)
"""Words between a subject and its verb that say nothing about records."""

CONTAINERS = frozenset(
    "api apis system sistema application app aplicacion service servicio services platform plataforma backend server "
    "servidor software tool herramienta website web site sitio portal program programa rest crud "
    "database entities entity "
    "entidades entidad tables tablas models modelos modelo resources recursos following siguientes project-api "
    "microservice microservicio endpoint endpoints business negocio solution solucion management gestion".split()
)
"""What holds the records: *an API with users* has no entity named API."""

BUSINESSES = frozenset(
    "shop store club clinic agency school academy company tienda club clinica agencia escuela academia empresa "
    "taller".split()
)
"""Holders of records too: in *a shop of pets with products* the products are of the shop."""

LISTING = frozenset(
    "manage managing manages track tracking tracks register registering record recording handle handling organize "
    "organise organizing administer entities entity resources models tables gestionar gestiona administrar administra "
    "registrar registra controlar controle organizar entidades entidad recursos modelos tablas llevar".split()
)
"""Words whose objects are records even when the library does not know them."""

FALLBACK_LISTING = frozenset("for of about para de sobre called named llamado".split())

BEFORE_VERBS = frozenset("can could may might must should will to pueden puede".split())
"""After these, *book* and *order* are something people do."""

BUILD = frozenset(
    "create build make generate implement develop write design want need give program crear crea cree "
    "construir construye "
    "hacer haz hazme generar genera implementar implementa desarrollar desarrolla disenar quiero "
    "necesito quisiera dame "
    "programa programar".split()
)

NOT_RECORDS = frozenset(
    """
    rest restful api apis crud http https json sql sqlite postgres postgresql mysql mongodb redis docker
    python fastapi django flask
    pydantic sqlalchemy pytest test tests testing pruebas documentation documentacion docs pagination paginacion
    filter filters filtros search busqueda busquedas sorting ordering validation validations validacion validaciones
    authentication autenticacion auth authorization autorizacion login logout jwt token tokens oauth password passwords
    security seguridad permission permissions permisos roles role rol frontend backend react vue angular html
    css javascript
    typescript node express java ui interface interfaz page pages dashboard panel reports report reportes informes
    notifications notification notificaciones emails correos websocket websockets graphql swagger openapi postman
    deployment despliegue kubernetes cloud aws azure ci cd
    management gestion manager administration administracion system sistema application app aplicacion service servicio
    platform plataforma software data datos information informacion database fields field campos campo
    attributes atributos
    properties columns columnas things cosas stuff way manera forma time times help ayuda example ejemplo features
    funcionalidades functionality operations operaciones endpoints endpoint routes rutas methods metodos errors errores
    etc previous instructions instrucciones rules reglas system prompt file files everything
    simple small basic complete completo completa full nice good modern scalable robust secure fast quick best possible
    company's your tu i we you yo they it lot create read update delete list crear leer
    actualizar borrar eliminar listar using used use based basado basada other others otro otros different
    registered registrado registrados registrada registradas humanos human humana
    relationship relationships relations relation relacion relaciones many muchos between entre
    """.split()
)
"""Words that never name a record of an unknown kind."""

BELONGS = frozenset(
    "belong belongs belonging assigned owned written created made placed posted submitted pertenece pertenecen "
    "perteneciente asignado asignada asignados asignadas escrito escrita escritos creado creada creados hecho hecha "
    "hechos realizado realizada realizados vinculado vinculada asociado asociada asociados asociadas linked related "
    "associated attached".split()
)
NEAR = frozenset("on for of in to by from de del en sobre para por a al".split())

UNBUILT: list[tuple[frozenset[str], str, str]] = [
    (
        frozenset("frontend react vue angular html css dashboard ui interfaz panel website".split()),
        "Pages are not built: the result is a REST API.",
        "No se construyen páginas: el resultado es una API REST.",
    ),
    (
        frozenset("websocket websockets chat realtime real-time graphql grpc".split()),
        "Only a REST API over HTTP is built: no sockets, no GraphQL.",
        "Sólo se construye una API REST sobre HTTP: sin sockets ni GraphQL.",
    ),
    (
        frozenset("upload uploads s3 minio attachment attachments pdf excel subir adjuntos".split()),
        "Files are not stored or made; a field can hold their address.",
        "No se guardan ni generan archivos; un campo puede contener su dirección.",
    ),
    (
        frozenset("statistics analytics estadisticas reports reportes informes".split()),
        "Reports and statistics are not built.",
        "Los informes y estadísticas no se construyen.",
    ),
    (
        frozenset("kafka rabbitmq celery mongodb mysql elasticsearch kubernetes aws azure".split()),
        "Other services and clouds are not set up; the database is SQLite or PostgreSQL.",
        "No se configuran otros servicios ni nubes; la base de datos es SQLite o PostgreSQL.",
    ),
    (
        frozenset("node express java spring laravel php ruby rails flask golang rust csharp".split()),
        "Other stacks are not offered: the result is Python, with FastAPI or Django.",
        "No se ofrecen otras tecnologías: el resultado es Python, con FastAPI o Django.",
    ),
]
"""What requests ask for that this engine does not build: words, and what is said in English and Spanish."""
