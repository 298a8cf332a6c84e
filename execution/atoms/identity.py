"""Ids of atoms: the same as long as the text is the same, wherever in the file it moves."""

from __future__ import annotations

from hashlib import blake2b


def normalised(source: bytes) -> bytes:
    """The text without what an edit elsewhere may change: a BOM, line endings, blank lines around."""
    return source.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").strip()


class Identities:
    """Gives ids to the atoms of one file in order; equal atoms are told apart by their ordinal."""

    def __init__(self, path: str) -> None:
        self._path = path.encode("utf-8", "surrogateescape")
        self._seen: dict[bytes, int] = {}

    def id_of(self, qualname: str, kind: str, source: bytes) -> str:
        parts = (self._path, qualname.encode("utf-8", "surrogateescape"), kind.encode(), normalised(source))
        digest = blake2b(b"\0".join(parts), digest_size=10)
        key = digest.digest()
        ordinal = self._seen.get(key, 0)
        self._seen[key] = ordinal + 1
        if ordinal:
            digest.update(b"\0%d" % ordinal)
            return digest.hexdigest()
        return key.hex()
