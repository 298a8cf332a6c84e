"""Log lines of both kinds of loggers come out in one form, beside standard output."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from common.actors import set_trace_id
from common.logs import formatter


@pytest.mark.parametrize("kind", ["structlog", "logging"])
def test_a_line_says_what_where_when_and_in_which_trace(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"tests.{kind}"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(as_json=True))
    logging.getLogger(name).addHandler(handler)
    set_trace_id("trace-1")
    if kind == "structlog":
        structlog.get_logger(name).warning("llm_circuit_open", provider="anthropic")
    else:
        logging.getLogger(name).warning("llm_circuit_open")
    set_trace_id("")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("llm_circuit_open", "warning", name)
    assert line["trace_id"] == "trace-1"
    assert line["timestamp"].endswith("Z")
    assert line.get("provider") == ("anthropic" if kind == "structlog" else None)
    assert capsys.readouterr().out == ""


def test_what_is_below_the_level_is_not_said() -> None:
    stream = io.StringIO()
    logger = logging.getLogger("tests.quiet")
    logger.addHandler(logging.StreamHandler(stream))
    logger.setLevel(logging.ERROR)
    structlog.get_logger("tests.quiet").warning("not said")
    assert stream.getvalue() == ""
