"""Words for roles and for what a role may do, in English and Spanish, folded."""

from __future__ import annotations

from integrations.llm.design import Operation


def _table(text: str) -> dict[str, str]:
    return {word.strip(): name.strip() for line in text.strip().splitlines() for words, name in [line.split("|")]
            for word in words.split(";")}  # fmt: skip


ROLES = _table("""
admin; admins; administrator; administrators; administrador; administradores; administradora; administradoras | admin
manager; managers; gerente; gerentes; encargado; encargados; encargada; gestor; gestores | manager
supervisor; supervisors; supervisores | supervisor
editor; editors; editores; editora | editor
moderator; moderators; moderador; moderadores | moderator
staff; personal | staff
librarian; librarians; bibliotecario; bibliotecarios; bibliotecaria; bibliotecarias | librarian
receptionist; receptionists; recepcionista; recepcionistas | receptionist
seller; sellers; salesperson; salespeople; vendedor; vendedores | seller
operator; operators; operador; operadores | operator
technician; technicians; tecnico; tecnicos | technician
accountant; accountants; contable; contables; contador; contadores | accountant
waiter; waiters; camarero; camareros; mesero; meseros | waiter
nurse; nurses; enfermera; enfermeras; enfermero; enfermeros | nurse
viewer; viewers; lector; lectores; lectora | viewer
coordinator; coordinators; coordinador; coordinadores | coordinator
user; users; usuario; usuarios; usuaria; usuarias; everyone; everybody | user
""")
"""Words for roles by their name. People of the library (customers, doctors) are roles as well."""

UNLIMITED = {"admin"}
PERSONAL = {
    "user", "customer", "member", "patient", "student", "client", "guest", "owner", "attendee", "candidate",
    "author", "person", "buyer", "tenant", "employee", "driver", "player",
}  # fmt: skip
"""Roles of people who deal with their own records; the others work on everybody's."""

PEOPLE = {
    "Customer", "Member", "Patient", "Student", "Client", "Guest", "Owner", "Attendee", "Candidate", "Author", "Person",
    "Employee", "Driver", "Player", "Doctor", "Teacher", "Veterinarian", "Agent", "Organizer", "Supplier",
}  # fmt: skip
"""Entities of the library whose records may be somebody with an account."""

PERMITS = frozenset(
    "can may only just puede pueden podra podran solo solamente unicamente allowed able cannot can't".split()
)
NOT = frozenset("cannot can't not no nunca never neither ni".split())
ONLY = frozenset("only just solo solamente unicamente".split())
OWN = frozenset("own their his her its sus su propio propia propios propias suyo suyos suya suyas themselves".split())
EVERYTHING = frozenset("everything all anything todo todos todas".split())

ALL: tuple[Operation, ...] = ("list", "read", "create", "update", "delete")
SEE: tuple[Operation, ...] = ("list", "read")
CREATE: tuple[Operation, ...] = ("create",)
UPDATE: tuple[Operation, ...] = ("update",)
DELETE: tuple[Operation, ...] = ("delete",)

VERBS: dict[str, tuple[Operation, ...]] = {
    **dict.fromkeys(
        "manage manages managing administer administers gestionar gestiona gestionan administrar administra "
        "administran control controls controlar".split(),
        ALL,
    ),
    **dict.fromkeys(
        "see sees view views read reads list lists access accesses consult consults browse browses check look "
        "search ver ve ven leer lee leen consultar consulta consultan listar acceder accede acceden buscar".split(),
        SEE,
    ),
    **dict.fromkeys(
        "create creates add adds place places make makes register registers publish publishes write writes post "
        "posts book books upload uploads submit submits open opens request requests rent rents borrow borrows "
        "crear crea crean anadir anade agregar agrega registrar registra registran publicar publica publican "
        "escribir hacer hace hacen realizar realiza realizan reservar reserva reservan subir pedir solicitar abrir "
        "alquilar".split(),
        CREATE,
    ),
    **dict.fromkeys(
        "edit edits update updates change changes modify modifies correct editar edita editan modificar modifica "
        "modifican actualizar actualiza actualizan cambiar cambia cambian corregir".split(),
        UPDATE,
    ),
    **dict.fromkeys(
        "delete deletes remove removes erase borrar borra borran eliminar elimina eliminan quitar".split(), DELETE
    ),
}  # fmt: skip

LOGIN = frozenset(
    "auth authentication authenticated authenticate login log-in logins jwt oauth password passwords token tokens "
    "sign-in signin autenticacion autenticar autenticarse autenticado autenticados contrasena contrasenas sesion "
    "credenciales credentials".split()
)
LOGIN_PHRASES = (
    ("log", "in"),
    ("logs", "in"),
    ("logged", "in"),
    ("sign", "in"),
    ("sign", "up"),
    ("inicio", "de", "sesion"),
)
ROLE_LISTS = frozenset("role roles rol".split())
