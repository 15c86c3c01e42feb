"""Of how many new things a loan or a repair makes one less: the table, its import, its heirs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.catalogue.importers import import_displacements
from kierto.catalogue.models import Displacement, ResourceSpecification
from kierto.catalogue.queries import displacement_of, linked_kinds
from kierto.core.errors import NotAllowed
from kierto.core.tables import FaultyFile
from tests.factories.catalogue import make_kind

pytestmark = pytest.mark.django_db

HEADER = "code,activity,kind,value,low,high,source,year,region,quality,note\n"


def table(*rows: str) -> bytes:
    return (HEADER + "\n".join(rows) + "\n").encode()


def test_rows_are_taken_changed_and_left_with_their_reason(system):
    make_kind("tools", unit="item")
    first = table(
        "loan,loan,,0.5,0.25,1,A study,2024,Europe,4,",
        "loan-tools,loan,tools,0.4,0.2,0.6,A study,2024,Europe,3,of one library",
        "sale,sale,,0.5,0,1,A study,2024,Europe,4,",
        "nobody,loan,nothing,0.5,0,1,A study,2024,Europe,4,",
        "much,loan,,1.5,0,1,A study,2024,Europe,4,",
        "outside,loan,,0.5,0.6,1,A study,2024,Europe,4,",
        "loan,repair,,0.5,0,1,A study,2024,Europe,4,",
        "bare,loan,,0.5,0,1,,2024,Europe,4,",
        "best,loan,,0.5,0,1,A study,2024,Europe,0,",
    )
    intake = import_displacements(first, by=system)
    assert intake.counts == {"added": 2, "changed": 0, "unchanged": 0, "left": 7}
    assert {row.key: str(row.reason) for row in intake.left} == {
        "sale": "activity is “sale”; it must be one of: loan, repair.",
        "nobody": "No kind has the code “nothing”.",
        "much": "value is 1.5; it must lie between 0 and 1.",
        "outside": "The value must lie between low and high.",
        "loan": "This code stands in line 2 already.",
        "bare": "source is empty.",
        "best": "quality is 0; it must lie between 1 and 5.",
    }
    again = import_displacements(first, by=system)
    assert again.counts == {"added": 0, "changed": 0, "unchanged": 2, "left": 7}
    other = table("loan,loan,,0.3,0.25,1,Another study,2025,Europe,3,")
    assert import_displacements(other, by=system).counts["changed"] == 1
    assert Displacement.objects.get(code="loan").value == 0.3


def test_a_misspelt_column_refuses_the_file(system):
    with pytest.raises(FaultyFile):
        import_displacements(
            table("a,loan,,1,1,1,S,2024,E,1,").replace(b"low", b"lowest"), by=system
        )
    assert Displacement.objects.count() == 0


def test_only_an_admin_of_the_node_may_import(agents):
    with pytest.raises(NotAllowed):
        import_displacements(table("a,loan,,1,1,1,S,2024,E,1,"), by=agents["resident"])


def test_the_nearest_broader_kind_counts_then_quality_then_year(system):
    tools = make_kind("tools", unit="item")
    drills = make_kind("drills", parent=tools, unit="item")
    hammer = make_kind("hammer-drills", parent=drills, unit="item")
    games = make_kind("games", unit="item")
    import_displacements(
        table(
            "old,loan,tools,0.1,0,1,S,2020,E,3,",
            "new,loan,tools,0.2,0,1,S,2024,E,3,",
            "rough,loan,tools,0.3,0,1,S,2025,E,5,",
            "drills,loan,drills,0.4,0,1,S,2019,E,5,",
            "repair,repair,,0.5,0,1,S,2021,E,5,",
        ),
        by=system,
    )
    every = list(Displacement.objects.select_related("kind"))
    expected = {
        (tools, "loan"): "new",
        (hammer, "loan"): "drills",
        (games, "loan"): None,
        (games, "repair"): "repair",
        (drills, "repair"): "repair",
    }
    for (kind, activity), code in expected.items():
        for among in (None, every):
            found = displacement_of(kind, activity, among=among)
            assert (found.code if found else None) == code


def test_one_query_answers_and_none_where_they_are_at_hand(system, shipped):
    kind = ResourceSpecification.objects.get(code="cargo-bicycles")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert displacement_of(kind, "loan").code == "loan-bicycles"
    assert len(asked) == 1
    every = list(Displacement.objects.select_related("kind"))
    with CaptureQueriesContext(connection) as asked:
        displacement_of(kind, "loan", among=every)
    assert len(asked) == 0


def test_every_shipped_kind_has_one_for_loan_and_repair(shipped):
    every = list(Displacement.objects.select_related("kind"))
    for kind in linked_kinds().values():
        for activity in Displacement.Activity.values:
            found = displacement_of(kind, activity, among=every)
            assert found is not None, kind.code
            assert found.source != "", kind.code


def test_a_page_shows_value_range_source_and_kinds(shipped, client):
    page = client.get(reverse("catalogue:displacement", args=["loan-bicycles"]))
    text = page.content.decode()
    assert [kind.code for kind in page.context["kinds"]] == [
        "bicycles", "cargo-bicycles", "electric-cargo-bicycles",
    ]  # fmt: skip
    assert "no published value is known to us (unverified)" in text
    assert client.get(reverse("catalogue:displacement", args=["nothing"])).status_code == 404


def test_the_list_asks_the_same_number_of_questions_for_1_and_30(client, system):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("catalogue:displacements")).status_code == 200
        return len(queries)

    def add(count: int) -> None:
        for number in range(count):
            kind = make_kind(f"k{number}-{count}", unit="item")
            import_displacements(
                table(f"d{number}-{count},loan,{kind.code},0.5,0,1,S,2024,E,3,"), by=system
            )

    add(1)
    asked()
    few = asked()
    add(24)
    assert asked() == few


def test_the_table_taken_away_can_be_brought_back(shipped, client, system):
    text = client.get(reverse("catalogue:displacements_csv")).content
    intake = import_displacements(text, by=system)
    assert intake.left == []
    assert intake.counts["unchanged"] == Displacement.objects.count()
