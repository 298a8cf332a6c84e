"""What is written fast reads as what REST framework writes."""

from __future__ import annotations

import datetime
import json
import uuid
from collections import OrderedDict
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.utils.functional import lazystr
from rest_framework.renderers import JSONRenderer

from common.rendering import FastJSONRenderer, to_json
from planning.states import PlanStatus

AT = datetime.datetime(2026, 11, 21, 15, 0, 1, 250000, tzinfo=datetime.UTC)
VALUES: list[Any] = [
    {"a": [1, 2.5, None, True, "é\u2028<"]},
    {1: "a number as key", None: "nothing"},
    Decimal("12.500000"),
    AT,
    AT.replace(microsecond=0),
    AT.astimezone(datetime.timezone(datetime.timedelta(hours=2))),
    AT.date(),
    datetime.timedelta(minutes=3),
    uuid.UUID(int=5),
    lazystr("later"),
    PlanStatus.DRAFT,
    OrderedDict(a=(1, 2)),
    2**70,
    [],
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_every_kind_of_value_reads_the_same(value: Any) -> None:
    assert json.loads(FastJSONRenderer().render(value)) == json.loads(JSONRenderer().render(value))


def test_nothing_is_nothing_and_people_may_ask_for_indentation() -> None:
    assert FastJSONRenderer().render(None) == b""
    assert FastJSONRenderer().render({"a": 1}, "application/json; indent=2") == b'{\n  "a": 1\n}'
    assert FastJSONRenderer().render({"a": 1}, "application/json") == b'{"a":1}'


def test_what_is_written_already_is_put_in_as_it_is() -> None:
    row = {"data": orjson.Fragment('{"b": [1, "é"], "a": 12345678901234567890123}'), "seq": 1}
    assert FastJSONRenderer().render(row) == '{"data":{"b": [1, "é"], "a": 12345678901234567890123},"seq":1}'.encode()
    small = {"data": orjson.Fragment('{"b": [1]}')}
    assert json.loads(FastJSONRenderer().render(small, "application/json; indent=2")) == {"data": {"b": [1]}}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json(object())
