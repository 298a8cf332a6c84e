"""What comes to the socket through the web server itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from devmatrix_project.services.application import LARGEST_FRAME
from tests.live.serving import LiveServer

MIB = 1024 * 1024


@pytest.fixture
def line(server: LiveServer, owner: User) -> Iterator[ClientConnection]:
    _, token = AuthToken.objects.create(owner)
    address = f"{server.url.replace('http', 'ws')}/ws/"
    with connect(address, additional_headers={"Authorization": f"Token {token}"}, open_timeout=60) as opened:
        yield opened


def asked(line: ClientConnection, text: str | bytes) -> tuple[bool, str]:
    """Whether it was taken, and the code of what was wrong."""
    line.send(text)
    reply = json.loads(line.recv(timeout=60))
    return reply["ok"], reply["error"]["code"]


def test_a_frame_of_a_mebibyte_or_of_nonsense_is_answered_and_the_socket_stays(line: ClientConnection) -> None:
    assert asked(line, json.dumps({"action": "send_message", "content": "x" * MIB})) == (False, "too_large")
    assert asked(line, b"\x00\xff" * 8) == (False, "bad_message")
    assert asked(line, "\ud7ff{" * 1_000) == (False, "bad_message")
    assert asked(line, json.dumps({"action": "explode", "id": 1})) == (False, "unknown_action")


def test_only_what_is_beyond_every_measure_closes_it_with_a_code_that_says_so(line: ClientConnection) -> None:
    line.send("x" * (LARGEST_FRAME + 1))
    with pytest.raises(ConnectionClosed) as closed:
        line.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
