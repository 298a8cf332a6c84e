"""What the host asks the launcher to do, and what comes back. Shared by both sides; imports nothing slow."""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

FINISHED, TIMEOUT, MEMORY, CPU, PROCESSES, FAILED = range(6)
"""How a run ended; ``FAILED`` means that the launcher could not start the command at all."""


class Order:
    """One run. Sizes in bytes, times in seconds; ``binds`` are (path on the host, path inside), read-only.

    ``room`` is the directory that receives the copy of the workspace when there are no namespaces to make one in.
    ``readable`` and ``writable`` are what the command may touch of what it sees, as far as the kernel can enforce it;
    ``network`` whether it may use sockets at all (in namespaces of its own they lead nowhere).
    """

    __slots__ = (
        "binds",
        "collect",
        "command",
        "cpu",
        "disk",
        "environment",
        "file_size",
        "memory",
        "namespaces",
        "network",
        "open_files",
        "parent",
        "processes",
        "readable",
        "room",
        "skipped",
        "wall",
        "workspace",
        "writable",
    )

    command: list[str]
    environment: dict[str, str]
    workspace: str
    binds: list[tuple[str, str]]
    collect: list[str]
    skipped: list[str]
    namespaces: bool
    network: bool
    readable: list[str]
    writable: list[str]
    room: str
    parent: int
    wall: float
    cpu: int
    memory: int
    disk: int
    file_size: int
    processes: int
    open_files: int

    def __init__(self, **values: object) -> None:
        for name in self.__slots__:
            setattr(self, name, values[name])

    def to_bytes(self) -> bytes:
        return marshal.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_bytes(cls, data: bytes) -> Order:
        return cls(**marshal.loads(data))  # noqa: S302 - from the process that started this one


class Reply:
    """How it ended. ``exit_code`` is negative for a signal; ``files`` are those asked for that exist."""

    __slots__ = ("ending", "exit_code", "files", "message")

    def __init__(self, ending: int, exit_code: int, message: str, files: Iterable[tuple[str, bytes]] = ()) -> None:
        self.ending = ending
        self.exit_code = exit_code
        self.message = message
        self.files = tuple(files)

    def to_bytes(self) -> bytes:
        """Length-prefixed fields in a length-prefixed whole: the host parses it without trusting a serializer."""
        parts = [str(self.ending).encode(), str(self.exit_code).encode(), self.message.encode()]
        for path, content in self.files:
            parts += [path.encode(), content]
        return _framed(b"".join(map(_framed, parts)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Reply | None:
        """The reply, or None when the launcher was killed before it had said everything."""
        if len(data) < 8 or len(data) != 8 + int.from_bytes(data[:8], "big"):
            return None
        parts: list[bytes] = []
        position = 8
        while position < len(data):
            start = position + 8
            position = start + int.from_bytes(data[position:start], "big")
            parts.append(data[start:position])
        paths = [part.decode() for part in parts[3::2]]
        return cls(int(parts[0]), int(parts[1]), parts[2].decode(), zip(paths, parts[4::2], strict=True))


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(8, "big") + content
