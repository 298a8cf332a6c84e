"""Jira's REST API over TLS on this machine, with a certificate made on the spot, and with faults to order."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

from tests.integrations.jira_site import Refusal, Site

EMAIL, TOKEN = "devmatrix@example.com", "a-token-of-jira-0123456789"
Answer = tuple[int, Any]


@dataclass
class Fault:
    """The next requests to paths that match are answered so; ``late``: after they were done."""

    path: str
    status: int = 0
    """0: the connection is cut."""
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    late: bool = False


@dataclass
class JiraServer:
    site: Site
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each, in order."""
    faults: list[Fault] = field(default_factory=list)
    on_request: Callable[[str, str], None] = lambda method, path: None

    def fail(self, path: str, status: int = 0, **more: Any) -> None:
        self.faults.append(Fault(path, status, **more))

    def writes(self) -> list[tuple[str, str]]:
        """Requests that change something; a search does not."""
        return [(verb, path) for verb, path in self.requests if verb != "GET" and path != "search/jql"]

    def fault_for(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.fullmatch(fault.path, path):
                fault.times -= 1
                return fault
        return None


@contextmanager
def jira_server(folder: Path, site: Site | None = None) -> Iterator[JiraServer]:
    """A running server, and in ``folder`` the authority (``ca.pem``) that vouches for it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    jira = JiraServer(site or Site())
    server = Quiet(("127.0.0.1", 0), handler_of(jira))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    jira.url = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield jira
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that are cut are part of the play."""


def handler_of(jira: JiraServer) -> type[Handler]:
    return type("HandlerOfOne", (Handler,), {"jira": jira})


class Handler(BaseHTTPRequestHandler):
    jira: JiraServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two pieces would wait for the other side to acknowledge the first

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/rest/api/3/")
        self.jira.requests.append((self.command, path))
        self.jira.on_request(self.command, path)
        fault = self.jira.fault_for(path)
        answer: Answer = (200, None)
        if fault is None or fault.late:
            answer = self._answer(path, parse_qs(parts.query), body)
        if fault is None:
            self._send(*answer, headers={})
        elif fault.status:
            self._send(fault.status, {"errorMessages": ["A fault to order."], "errors": {}}, headers=fault.headers)
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _answer(self, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        wanted = "Basic " + base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            return 401, {"message": "Client must be authenticated to access this resource."}
        try:
            return answer_of(self.jira.site, self.command, path, query, json.loads(body) if body else {})
        except Refusal as no:
            return no.status, no.body

    def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Nothing on the terminal."""


def answer_of(site: Site, verb: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
    """What the site answers. Raises ``Refusal``."""
    for pattern, wanted, act in ROUTES:
        found = re.fullmatch(pattern, path)
        if found and verb == wanted:
            return act(site, found.groups(), query, body)
    raise Refusal(404, f"No route {verb} {path}")


def project(site: Site, names: Any, query: Any, body: Any) -> Answer:
    known(site, names[0])
    return 200, {"id": "10100", "key": site.key, "name": "Shop"}


def permissions(site: Site, names: Any, query: Any, body: Any) -> Answer:
    known(site, query["projectKey"][0])
    wanted = query["permissions"][0].split(",")
    return 200, {"permissions": {name: {"havePermission": name not in site.denied} for name in wanted}}


def issue_types(site: Site, names: Any, query: Any, body: Any) -> Answer:
    rows = [{"id": key, "name": name, "hierarchyLevel": level} for key, (name, level) in site.types.items()]
    return 200, paged(rows, "issueTypes", query, size=2)


def screen(site: Site, names: Any, query: Any, body: Any) -> Answer:
    return 200, paged(list(site.fields[names[1]].values()), "fields", query, size=7)


def paged(rows: list[Any], name: str, query: dict[str, list[str]], *, size: int) -> dict[str, Any]:
    """Pages are smaller than what was asked for, as they may be."""
    start = int(query["startAt"][0])
    return {name: rows[start : start + size], "total": len(rows), "startAt": start, "maxResults": size}


def fields(site: Site, names: Any, query: Any, body: Any) -> Answer:
    return 200, [{"id": one["fieldId"], "name": one["name"]} for rows in site.fields.values() for one in rows.values()]


def link_types(site: Site, names: Any, query: Any, body: Any) -> Answer:
    rows = [{"id": str(place), "name": name, "outward": name.lower()} for place, name in enumerate(site.link_types)]
    return 200, {"issueLinkTypes": rows}


def people(site: Site, names: Any, query: Any, body: Any) -> Answer:
    asked = (query.get("query") or query["accountId"])[0]
    return 200, [{"accountId": key} for key, mail in site.people.items() if asked in (key, mail)]


def edit(site: Site, names: Any, query: Any, body: Any) -> Answer:
    site.edit(names[0], body)
    return 204, None


def link(site: Site, names: Any, query: Any, body: Any) -> Answer:
    site.link(body)
    return 201, None


def unlink(site: Site, names: Any, query: Any, body: Any) -> Answer:
    if site.links.pop(names[0], None) is None:
        raise Refusal(404, "No such link.")
    return 204, None


def known(site: Site, key: str) -> None:
    if key != site.key:
        raise Refusal(404, f"No project could be found with key '{key}'.")


ROUTES: list[tuple[str, str, Callable[[Site, Any, Any, Any], Answer]]] = [
    ("myself", "GET", lambda site, names, query, body: (200, {"accountId": "id-me"})),
    ("mypermissions", "GET", permissions),
    (r"project/(\w+)", "GET", project),
    (r"project/(\w+)/versions", "GET", lambda site, names, query, body: (200, list(site.versions.values()))),
    (r"issue/createmeta/(\w+)/issuetypes", "GET", issue_types),
    (r"issue/createmeta/(\w+)/issuetypes/(\d+)", "GET", screen),
    ("field", "GET", fields),
    ("issueLinkType", "GET", link_types),
    ("user/assignable/search", "GET", people),
    ("search/jql", "POST", lambda site, names, query, body: (200, site.search(body))),
    ("issue/bulk", "POST", lambda site, names, query, body: site.create_many(body)),
    (r"issue/([A-Z]+-\d+)", "PUT", edit),
    (
        r"issue/([A-Z]+-\d+)",
        "GET",
        lambda site, names, query, body: (
            200,
            {"key": site.found(names[0])["key"], "fields": {"issuelinks": site.issue_links(names[0])}},
        ),
    ),
    ("issueLink", "POST", link),
    (r"issueLink/(\d+)", "DELETE", unlink),
    ("version", "POST", lambda site, names, query, body: (201, site.create_version(body))),
    (r"version/(\d+)", "PUT", lambda site, names, query, body: (200, site.edit_version(names[0], body))),
]
