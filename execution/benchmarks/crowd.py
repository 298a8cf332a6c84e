"""The watchers of ``bench watching``, in a process of their own that knows nothing of Django."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0


async def watch(address: str, stream: str, number: int) -> None:
    """Join with so many sockets; when a line names the last number, wait for it and say when each saw what."""
    token = (await asyncio.to_thread(sys.stdin.readline)).strip()

    async def join() -> ClientConnection:
        line = await connect(f"ws://{address}/ws/", additional_headers={"Authorization": f"Token {token}"})
        await line.send(json.dumps({"action": "join_chat", "conversation_id": stream, "since": 0, "id": "0"}))
        last = json.loads(await line.recv())["last_seq"]
        await line.send(
            json.dumps({"action": "join_chat", "conversation_id": stream, "since": last, "id": "1", "batch": True})
        )
        while '"reply_to":"1"' not in str(await line.recv()):
            pass
        return line

    lines = [await join() for _ in range(number)]
    logs: list[dict[int, float]] = [{} for _ in lines]
    listening = [asyncio.create_task(listen(line, log)) for line, log in zip(lines, logs, strict=True)]
    sys.stdout.write("joined\n")
    sys.stdout.flush()
    last = int(await asyncio.to_thread(sys.stdin.readline))
    until = time.monotonic() + PATIENCE
    while any(last not in log for log in logs) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    for task in listening:
        task.cancel()
    for log in logs:
        sys.stdout.write(json.dumps(log) + "\n")
    sys.stdout.flush()


async def listen(line: ClientConnection, log: dict[int, float]) -> None:
    async for text in line:
        at = time.time()
        for event in json.loads(text).get("events", []):
            log[event["data"]["number"]] = at


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], sys.argv[2], int(sys.argv[3])))
