"""When writing fails in the middle, nothing is half-imported."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection

from kierto.catalogue.errors import NotStored
from kierto.catalogue.importers import import_kinds, import_shipped_catalogue
from kierto.catalogue.models import (
    Edition,
    EmissionFactor,
    KindLabel,
    Recipe,
    ResourceSpecification,
)
from kierto.parties.queries import system_agent
from tests.factories.catalogue import make_kind


def state() -> tuple[int, ...]:
    models = (ResourceSpecification, KindLabel, EmissionFactor, Recipe, Edition)
    return tuple(model.objects.count() for model in models)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_takes_nothing_and_a_second_try_takes_all():
    by = system_agent()
    before = state()
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        unlimited = cursor.execute("PRAGMA max_page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + 8}")
    try:
        with pytest.raises(NotStored) as caught:
            import_shipped_catalogue(by=by)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {unlimited}")
    assert str(caught.value) == (
        "The file could not be stored (database or disk is full). Nothing of it was taken, and "
        "nothing was lost. Make room on the disk of the node, then import the file again."
    )
    assert state() == before
    assert import_shipped_catalogue(by=by).left == []


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_an_error_in_the_last_step_takes_the_first_steps_back():
    by = system_agent()
    make_kind("bran")
    before = state()
    table = b"code,parent,unit,theme,label_en\nhusk,,kg,food,Husk\nbroken,,kg,food,Broken\n"
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER broken_disk BEFORE INSERT ON catalogue_kindlabel "
            "WHEN NEW.label = 'Broken' BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END"
        )
    try:
        with pytest.raises(DatabaseError, match="the disk is broken"):
            import_kinds(table, name="kinds.csv", by=by)
        assert state() == before
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER broken_disk")
    assert import_kinds(table, name="kinds.csv", by=by).counts["added"] == 2


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_the_same_time_take_each_row_once():
    by = system_agent()
    rows = "\n".join(f"kind-{n},,kg,food" for n in range(50))
    table = f"code,parent,unit,theme\n{rows}\n".encode()

    def take(_number: int) -> dict[str, int]:
        try:
            return import_kinds(table, name="kinds.csv", by=by).counts
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(take, range(4)))
    assert sorted(each["added"] for each in counts) == [0, 0, 0, 50]
    assert sorted(each["unchanged"] for each in counts) == [0, 50, 50, 50]
    assert ResourceSpecification.objects.count() == 50
