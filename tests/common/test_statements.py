"""Rows that a statement of one's own reads are the same as the ORM's."""
# ruff: noqa: S608 - names of our own

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.models import PlanEvent, Stream
from common.statements import RowOf, one_row


@pytest.fixture
def event(db: None) -> PlanEvent:
    stream = Stream.objects.create(id=uuid.uuid4(), kind="plan", last_seq=1)
    return PlanEvent.objects.create(stream_id=stream.pk, seq=1, type="one", data={"list": [1, "dos"]}, trace_id="t")


def test_a_row_is_read_as_the_orm_reads_it(event: PlanEvent) -> None:
    row = RowOf(PlanEvent)
    table = PlanEvent._meta.db_table
    found = one_row(f"SELECT {row.select(table)} FROM {table} WHERE {table}.id = %s", [event.pk])
    assert found is not None
    read, known = row.read(found), PlanEvent.objects.get(pk=event.pk)
    assert read == known
    names = [column.attname for column in PlanEvent._meta.concrete_fields]
    assert {name: getattr(read, name) for name in names} == {name: getattr(known, name) for name in names}
    assert read.data == {"list": [1, "dos"]}


def test_what_is_left_out_is_read_when_it_is_asked_for(event: PlanEvent) -> None:
    row = RowOf(PlanEvent, without=frozenset({"data"}))
    table = PlanEvent._meta.db_table
    assert "data" not in row.names()
    found = one_row(f"SELECT {row.select(table)} FROM {table} WHERE {table}.id = %s", [event.pk])
    assert found is not None
    read = row.read(found)
    with CaptureQueriesContext(connection) as asked:
        assert read.type == "one"
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        assert read.data == {"list": [1, "dos"]}
    assert len(asked) == 1


def test_columns_may_have_a_prefix_of_their_own(event: PlanEvent) -> None:
    row = RowOf(PlanEvent)
    table = PlanEvent._meta.db_table
    found = one_row(
        f"WITH found AS (SELECT {row.select(table, prefix='event_')} FROM {table} WHERE id = %s) "
        f"SELECT {row.names(prefix='event_')} FROM found",
        [event.pk],
    )
    assert found is not None
    assert row.read(found) == event


@pytest.mark.django_db
def test_a_statement_that_finds_nothing_answers_nothing_and_is_counted() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert one_row("SELECT id FROM common_stream WHERE id = %s", [uuid.uuid4()]) is None
    assert len(asked) == 1
