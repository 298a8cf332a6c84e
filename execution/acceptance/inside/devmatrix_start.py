"""Starts the project's server on the run's own loopback, asks for its health, writes the answer as JSON."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def main(order: dict[str, Any]) -> None:
    """``order``: ``before`` and ``serve`` (arguments of Python), ``port``, ``path``, ``seconds``, ``results``.

    Writes ``{"status", "body", "seconds", "problem"}`` to ``results``; status 0 when nothing answered.
    """
    started = time.monotonic()
    status, body, problem = 0, "", ""
    for command in order["before"]:
        done = subprocess.run([sys.executable, *command], check=False)
        if done.returncode != 0:
            problem = f"{' '.join(command)} ended with exit code {done.returncode}"
            break
    else:
        status, body, problem = serve(order)
    took = time.monotonic() - started
    answer = {"status": status, "body": body, "seconds": took, "problem": "" if status else problem}
    Path(order["results"]).write_text(json.dumps(answer), encoding="utf-8")


def serve(order: dict[str, Any]) -> tuple[int, str, str]:
    """(status, body, problem) of the first answer."""
    deadline = time.monotonic() + order["seconds"]
    status, body, problem = 0, "", "no answer in time"
    with subprocess.Popen([sys.executable, *order["serve"]]) as server:
        while time.monotonic() < deadline and not status:
            if server.poll() is not None:
                problem = f"the server ended with exit code {server.returncode}"
                break
            try:
                status, body = ask(order["port"], order["path"])
            except OSError:
                time.sleep(0.05)
        server.kill()
    return status, body, problem


def ask(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(10_000).decode("utf-8", "replace")
    finally:
        connection.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
