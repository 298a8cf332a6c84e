from __future__ import annotations

import os
import time

from hypothesis import given
from hypothesis import strategies as st

from execution.sandbox.inside.order import FINISHED, Reply
from execution.sandbox.reading import BoundedText, read_all


@given(chunks=st.lists(st.binary(max_size=50), max_size=30), limit=st.integers(1, 200))
def test_beginning_and_end_are_kept_and_the_total_is_exact(chunks: list[bytes], limit: int) -> None:
    kept = BoundedText(limit)
    for chunk in chunks:
        kept.add(chunk)
    whole = b"".join(chunks)
    assert kept.total == len(whole)
    assert kept.truncated == (len(whole) > limit)
    if not kept.truncated:
        assert kept.text() == whole.decode("utf-8", "replace")
        assert kept.raw() == whole


def test_the_note_counts_what_was_dropped() -> None:
    kept = BoundedText(10)
    kept.add(b"0123456789" * 3)
    assert kept.text() == "01234\n[... 20 bytes dropped ...]\n56789"


def test_reading_ends_with_every_stream() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"all of it")
    os.close(writing)
    kept = BoundedText(100)
    assert read_all({reading: kept}, deadline=time.monotonic() + 5, flood=1000) is None
    os.close(reading)
    assert kept.text() == "all of it"


def test_reading_gives_up_at_the_deadline_and_at_a_flood() -> None:
    reading, writing = os.pipe()
    assert read_all({reading: BoundedText(10)}, deadline=time.monotonic() + 0.05, flood=1000) == "timeout"
    os.write(writing, b"x" * 2000)
    assert read_all({reading: BoundedText(10)}, deadline=time.monotonic() + 5, flood=1000) == "output"
    os.close(reading)
    os.close(writing)


@given(
    exit_code=st.integers(-64, 255),
    message=st.text(st.characters(codec="utf-8"), max_size=50),
    files=st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=20), st.binary(max_size=50)), max_size=4),
)
def test_a_reply_survives_the_wire(exit_code: int, message: str, files: list[tuple[str, bytes]]) -> None:
    data = Reply(FINISHED, exit_code, message, files).to_bytes()
    back = Reply.from_bytes(data)
    assert back is not None
    assert (back.ending, back.exit_code, back.message, back.files) == (FINISHED, exit_code, message, tuple(files))


def test_a_reply_cut_off_anywhere_is_none() -> None:
    data = Reply(FINISHED, 0, "message", [("path", b"content")]).to_bytes()
    assert [Reply.from_bytes(data[:cut]) for cut in range(len(data))] == [None] * len(data)
