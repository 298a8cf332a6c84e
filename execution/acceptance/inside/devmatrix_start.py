"""Starts the project's server on the run's own loopback, asks for its health, writes the answer as JSON."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path


def main(application: str, path: str, seconds: float, results: str) -> None:
    """Writes ``{"status", "body", "seconds", "problem"}`` to ``results``; status 0 when nothing answered."""
    port = 8000  # nobody else is in this network
    started = time.monotonic()
    command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command) as server:
        status, body, problem = 0, "", "no answer in time"
        while time.monotonic() - started < seconds and not status:
            if server.poll() is not None:
                problem = f"the server ended with exit code {server.returncode}"
                break
            try:
                status, body = ask(port, path)
            except OSError:
                time.sleep(0.05)
        took = time.monotonic() - started
        server.kill()
    answer = {"status": status, "body": body, "seconds": took, "problem": "" if status else problem}
    Path(results).write_text(json.dumps(answer), encoding="utf-8")


def ask(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(10_000).decode("utf-8", "replace")
    finally:
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4])
