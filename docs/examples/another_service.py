"""Another service that has a project built: it starts a plan, follows its events, decides reviews, takes the files.

    DEVMATRIX_URL=http://localhost:8000 DEVMATRIX_TOKEN=... python another_service.py "An API for notes" notes.zip

A token comes from POST /api/v1/auth/token/ with username and password; deciding reviews takes the permission *review*.
Nothing but Python is needed. Every request may be repeated: a POST with the same Idempotency-Key has one effect.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ENDS = {"complete", "masterplan_cancelled", "masterplan_rejected", "masterplan_paused"}


class DevMatrix:
    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, content: Any = None) -> bytes:
        headers = {**self.headers, "Idempotency-Key": uuid.uuid4().hex} if method == "POST" else self.headers
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    def get(self, path: str) -> Any:
        return json.loads(self.send("GET", path))

    def post(self, path: str, content: Any) -> Any:
        return json.loads(self.send("POST", path, content))

    def follow(self, path: str) -> Iterator[dict[str, Any]]:
        """Every event of a stream once and in order, from its first; the socket (/ws/) tells the same at once."""
        since = 0
        while True:
            for event in self.get(f"{path}?since={since}")["events"]:
                since = event["seq"]
                yield event
            time.sleep(0.5)


def main(request: str, target: Path) -> None:
    devmatrix = DevMatrix(os.environ["DEVMATRIX_URL"], os.environ["DEVMATRIX_TOKEN"])
    begun = devmatrix.post("/api/v1/masterplans/", {"request": request})
    plan = made(devmatrix, begun["links"]["events"])
    shown = devmatrix.get(f"/api/v1/masterplans/{plan}/")
    print(f"planned {shown['project_name']}: {shown['total_tasks']} tasks, {shown['estimated_cost']} dollars")
    devmatrix.post(f"/api/v1/masterplans/{plan}/approve/", {"execute": True, "version": shown["version"]})
    decided = 0
    for event in devmatrix.follow(f"/api/v1/masterplans/{plan}/events/"):
        if event["type"] == "review_created":
            decided += decide(devmatrix, event["data"]["review_id"])
        if event["type"] in ENDS:
            print(f"{event['type']} after {event['seq']} events, {decided} reviews decided")
            break
    devmatrix.post(f"/api/v2/review/bulk-create/{plan}/", {})  # the least certain atoms, whatever their confidence
    waiting = devmatrix.get(f"/api/v2/review/queue/?plan={plan}")["results"]
    print(f"looked at {sum(decide(devmatrix, review['id']) for review in waiting)} more")
    target.write_bytes(devmatrix.send("GET", f"/api/v1/masterplans/{plan}/download/"))
    print(f"saved {target.name}")


def made(devmatrix: DevMatrix, events: str) -> str:
    """The plan's id, as soon as there is one. Its making is told in the conversation's stream."""
    for event in devmatrix.follow(events):
        if event["type"] == "masterplan_created":
            return str(event["data"]["masterplan_id"])
        if event["type"] == "error":
            raise SystemExit(f"{event['data']['message']} {event['data']['hint']}")
    raise AssertionError("A stream has no end.")


def decide(devmatrix: DevMatrix, review: str) -> bool:
    """Our policy: code without open findings is approved, other code stays for a person."""
    found = devmatrix.get(f"/api/v2/review/{review}/")
    if found["status"] not in ("pending", "in_review") or found["diagnostics"]:
        return False
    devmatrix.post("/api/v2/review/approve/", {"review": review, "reason": "No open findings."})
    return True


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
