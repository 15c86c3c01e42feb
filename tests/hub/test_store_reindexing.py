"""The index is held against the documents: what differs is put right, and nothing else touched."""

from __future__ import annotations

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from kierto.hub.access import EVERYTHING, PRIVATE, Access
from kierto.hub.models import Box, Entity, Form, Term
from kierto.hub.store import reading, reindexing, terms
from kierto.ngsild.contexts import CORE
from kierto.ngsild.matching import Query
from kierto.ngsild.q import parse_q
from tests.hub.stored import entity, home, place, put

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lamps() -> None:
    put(*(entity(str(number), brightness=number, at=place(number, 60)) for number in range(7)))
    put(entity("mine", colour="red"), access=Access(PRIVATE, frozenset({uuid4()})))


def index() -> tuple[list[Any], ...]:
    """All that entities are found by."""
    boxes = Box.objects.order_by("id").values_list()
    return (
        sorted((name, bytes(value), key) for name, value, key in _terms()),
        [tuple(each) for each in boxes],
        list(Entity.objects.order_by("key").values_list("key", "form", "expires", "document")),
    )


def _terms() -> Any:
    return Term.objects.values_list("name", "value", "entity")


def mended(**options: Any) -> int:
    return [*reindexing.reindex(**options)][-1].mended


def found(text: str) -> list[str]:
    asked = Query(q=parse_q(text, CORE))
    page = reading.find(home(), asked, EVERYTHING, limit=100)
    return [document["id"].rpartition(":")[2] for document in page.documents]


def test_what_is_right_is_left_alone():
    before = index()
    assert mended() == 0
    assert mended(portion=3) == 0
    assert index() == before


@pytest.mark.parametrize("portion", [1, 3, 100])
def test_an_index_that_is_gone_is_made_anew(portion: int):
    before = index()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM hub_term")
        cursor.execute("DELETE FROM hub_box")
    assert found("brightness>4") == []
    assert mended(portion=portion) == 8
    assert index() == before
    assert found("brightness>4") == ["5", "6"]


def test_rows_of_what_was_never_so_are_taken_away():
    before = index()
    name, _value, key = _terms()[0]
    gone = Entity.objects.order_by("-key")[0].key + 5
    with connection.cursor() as cursor:
        for entity_key in (key, gone):
            cursor.execute(
                "INSERT INTO hub_term (name, value, entity) VALUES (%s, %s, %s)",
                [name, b"nnever", entity_key],
            )
        cursor.execute(
            "INSERT INTO hub_box (id, west, east, south, north, name_low, name_high)"
            " VALUES (%s, 1, 2, 1, 2, %s, %s)",
            [gone * terms.BOXES, name, name + 0.5],
        )
    assert mended() == 2
    assert index() == before


def test_a_box_that_lies_elsewhere_is_put_right():
    before = index()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE hub_box SET west = west - 1 WHERE id = (SELECT MIN(id) FROM hub_box)"
        )
    assert mended() == 1
    assert index() == before


def test_form_and_expiry_are_those_of_the_document():
    before = index()
    Entity.objects.filter(entity_id__endswith=":1").update(form=Form.objects.last().pk, expires=4e9)
    assert mended() == 1
    assert index() == before


def test_other_rows_than_before_are_given_by_reindexing(monkeypatch: pytest.MonkeyPatch):
    kept = terms.rows_of

    def fewer(document: Any, access: Access) -> set[terms.Row]:
        return {row for row in kept(document, access) if row[0][0] != terms.ATTRIBUTE}

    monkeypatch.setattr(terms, "rows_of", fewer)
    assert mended() == 8
    assert mended() == 0
    monkeypatch.undo()
    assert mended() == 8
    assert found("brightness>4") == ["5", "6"]


def test_who_was_interrupted_goes_on_behind_the_last_key():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM hub_term")
    steps = reindexing.reindex(portion=3)
    first = next(steps)
    steps.close()
    assert (first.looked, first.mended) == (3, 3)
    assert mended(after=first.key) == 5
    assert mended() == 0


def test_the_command_says_how_far_it_has_come():
    said = StringIO()
    call_command("reindex", "--portion", "5", stdout=said)
    lines = said.getvalue().splitlines()
    keys = list(Entity.objects.order_by("key").values_list("key", flat=True))
    assert lines == [
        f"5 of 8 entities, 0 put right; go on with --after {keys[4]}",
        f"8 of 8 entities, 0 put right; go on with --after {keys[7]}",
        "Done: 0 were not as they should be.",
    ]
