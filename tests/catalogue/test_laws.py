"""Laws of importing: the order of rows does not matter, and twice is as good as once."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.catalogue.importers import import_kinds
from kierto.catalogue.models import ResourceSpecification
from kierto.parties.queries import system_agent

pytestmark = pytest.mark.django_db

CODES = ("a", "b", "c", "d", "e", "f")
ROWS = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(("", "nobody", *CODES))),
    unique_by=lambda row: row[0],
    min_size=1,
)


class Undo(Exception):
    """Leaves a block whose writing was only for looking."""


def imported(*batches: list[tuple[str, str]]) -> list[tuple[dict[str, int], dict[str, str]]]:
    """Counts and paths after each batch, all in one database that forgets them afterwards."""
    found = []
    try:
        with transaction.atomic():
            for rows in batches:
                lines = "\n".join(f"{code},{parent},kg,food" for code, parent in rows)
                table = f"code,parent,unit,theme\n{lines}\n".encode()
                counts = import_kinds(table, name="kinds.csv", by=system_agent()).counts
                kinds = ResourceSpecification.objects.values_list("code", "path")
                found.append((counts, dict(kinds)))
            raise Undo
    except Undo:
        return found


@settings(max_examples=40)
@given(rows=ROWS, data=st.data())
def test_the_order_of_rows_does_not_matter(rows, data):
    shuffled = data.draw(st.permutations(rows))
    ((counts, paths),) = imported(rows)
    ((other_counts, other_paths),) = imported(shuffled)
    assert counts == other_counts
    assert paths == other_paths


@settings(max_examples=40)
@given(rows=ROWS)
def test_importing_twice_changes_nothing(rows):
    (first, paths), (second, same_paths) = imported(rows, rows)
    assert second == {
        "added": 0,
        "changed": 0,
        "unchanged": first["added"],
        "left": first["left"],
    }
    assert paths == same_paths


@settings(max_examples=40)
@given(before=ROWS, after=ROWS)
def test_paths_follow_parents_whatever_moves(before, after):
    try:
        with transaction.atomic():
            imported_once = (before, after)
            for rows in imported_once:
                lines = "\n".join(f"{code},{parent},kg,food" for code, parent in rows)
                import_kinds(
                    f"code,parent,unit,theme\n{lines}\n".encode(),
                    name="kinds.csv",
                    by=system_agent(),
                )
            for kind in ResourceSpecification.objects.select_related("parent"):
                above = kind.parent.path if kind.parent else "/"
                assert kind.path == f"{above}{kind.code}/"
            raise Undo
    except Undo:
        pass


@settings(max_examples=40)
@given(rows=ROWS)
def test_every_row_is_accounted_for(rows):
    ((counts, paths),) = imported(rows)
    assert sum(counts.values()) == len(rows)
    assert len(paths) == counts["added"]
