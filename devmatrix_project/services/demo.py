"""`make demo`: everything up, a sample request built before one's eyes, and where to look."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys

from devmatrix_project.services.errors import ServiceFailed
from devmatrix_project.services.layout import PROJECT, read_json, write_private
from devmatrix_project.services.processes import in_foreground
from devmatrix_project.services.stack import Stack

REQUEST = (
    "A REST API for a small library. Authors write books; a book has a title, an ISBN, a year and a number of copies. "
    "Members have a name and an email address and borrow books: a loan has a date, a due date and whether the book was "
    "returned."
)
BUILD = ("build", REQUEST, "--yes", "--fault-rate", "0.2", "--seed", "19")
USERNAME = "admin"


def run_demo(stack: Stack, *, request: str = "") -> int:
    """Start, build, tell; gives the exit status of the build. Raises what `Stack.up` raises."""
    stack.up(lambda line: print(f"  {line}", flush=True))
    password = make_login(stack)
    print(f"  live page: {stack.web().url}/  (log in as {USERNAME} / {password})\n", flush=True)
    words = BUILD if not request else (BUILD[0], request, *BUILD[2:])
    status = in_foreground(
        [sys.executable, str(PROJECT / "manage.py"), *words],
        environment={**os.environ, **stack.addresses()},
        directory=PROJECT,
    )
    print(where_everything_is(stack, password), flush=True)
    return status


def make_login(stack: Stack) -> str:
    """The password of the staff login, made at the first demo and kept in a file only its owner can read."""
    kept = read_json(stack.layout.admin_login)
    password = str(kept["password"]) if kept and "password" in kept else secrets.token_urlsafe(12)
    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "ensure_staff_login", USERNAME],
        input=password,
        env={**os.environ, **stack.addresses()},
        cwd=PROJECT,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceFailed(f"The staff login could not be made:\n{done.stderr.strip()[-2000:]}")
    write_private(stack.layout.admin_login, json.dumps({"username": USERNAME, "password": password}, indent=2) + "\n")
    return password


def where_everything_is(stack: Stack, password: str) -> str:
    """The closing words of the demo."""
    url = stack.web().url
    return "\n".join(
        [
            "",
            f"  live page   {url}/plans/",
            f"  admin       {url}/admin/   login: {USERNAME}   password: {password}",
            f"  API docs    {url}/api/docs/",
            f"  workspaces  {stack.layout.root / 'workspaces'}",
            f"  logs        {stack.layout.root / 'logs'}",
            "",
            "  The page stays up. `make down` stops everything; data stay.",
        ]
    )
