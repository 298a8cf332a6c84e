"""Entities of work: projects, tasks, teams, tickets."""

from __future__ import annotations

from integrations.llm.offline.library.notation import entity

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
