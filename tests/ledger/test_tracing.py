"""Track and trace: through transfers and every process, back and forward."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.ledger import actions
from kierto.ledger.models import EconomicEvent, Process
from kierto.ledger.pictures import flow_data
from kierto.ledger.queries import visible_events
from kierto.ledger.tracing import Graph, trace
from kierto.parties.queries import system_agent
from tests.factories.ledger import make_agent, make_kind, make_process, make_transfer, record
from tests.factories.parties import make_person

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def make_loop() -> dict[str, Any]:
    """Peel from a café becomes compost at a yard, which a garden gets; then lettuce goes back."""
    cafe, yard, garden = make_agent(), make_agent(), make_agent()
    peel, compost, lettuce = make_kind("peel"), make_kind("compost"), make_kind("lettuce")
    brought = make_transfer(cafe, yard, peel, 10, happened_at=days_ago(9))
    composting = make_process()
    eaten = record(
        "consume", yard, conforms_to=peel, resource=brought.to_resource, amount=10,
        input_of=composting, happened_at=days_ago(8),
    )  # fmt: skip
    made = record(
        "produce", yard, conforms_to=compost, amount=4, output_of=composting,
        happened_at=days_ago(7),
    )  # fmt: skip
    spread = make_transfer(yard, garden, compost, 4, happened_at=days_ago(6), visibility="public")
    growing = make_process()
    record(
        "consume", garden, conforms_to=compost, resource=spread.to_resource, amount=4,
        input_of=growing, happened_at=days_ago(5),
    )  # fmt: skip
    record("work", garden, conforms_to=make_kind(unit="h"), effort=3, input_of=growing,
           happened_at=days_ago(5))  # fmt: skip
    record(
        "produce", garden, conforms_to=lettuce, amount=1, output_of=growing,
        happened_at=days_ago(4),
    )  # fmt: skip
    back = make_transfer(garden, cafe, lettuce, 1, happened_at=days_ago(3))
    return locals()


def said(graph: Graph) -> list[str]:
    return [event.action for event in graph.as_list()]


def test_back_goes_through_both_processes_to_where_it_arose() -> None:
    loop = make_loop()
    graph = trace(loop["back"].to_resource, "back")
    assert said(graph) == [
        "transfer", "produce", "work", "consume", "transfer", "produce", "consume", "transfer",
        "raise",
    ]  # fmt: skip
    assert (graph.cut, graph.hidden) == (False, 0)


def test_forward_goes_through_both_processes_to_where_it_ended() -> None:
    loop = make_loop()
    graph = trace(loop["brought"].resource, "forward")
    assert said(graph) == [
        "transfer", "consume", "produce", "transfer", "consume", "produce", "transfer",
    ]  # fmt: skip
    ends = [(edge.source.kind, edge.target.kind) for edge in graph.edges]
    assert ends[:3] == [
        ("resource", "resource"),
        ("resource", "process"),
        ("process", "resource"),
    ]


def test_a_trace_starts_from_an_event_or_a_process_as_well() -> None:
    loop = make_loop()
    assert said(trace(loop["spread"], "back")) == [
        "transfer", "produce", "consume", "transfer", "raise",
    ]  # fmt: skip
    assert said(trace(loop["composting"], "back")) == ["consume", "transfer", "raise"]
    assert said(trace(loop["composting"], "forward")) == [
        "produce", "transfer", "consume", "produce", "transfer",
    ]  # fmt: skip


def test_what_came_later_is_no_cause() -> None:
    giver, taker, third, kind = make_agent(), make_agent(), make_agent(), make_kind()
    make_transfer(giver, taker, kind, 1, happened_at=days_ago(5))
    onward = make_transfer(taker, third, kind, 1, happened_at=days_ago(4))
    late = make_transfer(giver, taker, kind, 1, happened_at=days_ago(3))
    back = trace(onward.to_resource, "back").as_list()
    assert late not in back
    assert [e.action for e in back] == ["transfer", "transfer", "raise"]
    assert onward not in trace(late, "forward").as_list()


def test_a_circle_ends() -> None:
    first, second, kind = make_agent(), make_agent(), make_kind()
    there = make_transfer(first, second, kind, 5)
    for _ in range(4):
        make_transfer(second, first, kind, 5, arises=False)
        make_transfer(first, second, kind, 5, arises=False)
    graph = trace(there.to_resource, "back")
    assert len(graph.edges) == EconomicEvent.objects.count() == 10
    assert len(graph.nodes) == 3


def test_reversed_events_are_not_followed() -> None:
    event = make_transfer()
    actions.reverse_event(event, reason="mistake", by=system_agent())
    assert trace(event.to_resource, "back").edges == []


def test_a_long_trace_is_cut_and_says_so() -> None:
    giver, taker, kind = make_agent(), make_agent(), make_kind()
    for day in range(6, 0, -1):
        last = make_transfer(giver, taker, kind, 1, happened_at=days_ago(day))
    graph = trace(last.to_resource, "back", limit=4)
    assert (graph.cut, len(graph.edges)) == (True, 4)


def test_a_trace_stops_at_what_the_reader_may_not_see() -> None:
    loop = make_loop()
    graph = trace(loop["spread"].to_resource, "back", events=visible_events(None))
    assert said(graph) == ["transfer"]
    assert graph.hidden == 1


def test_every_level_takes_as_many_queries_however_wide_it_is() -> None:
    def count(width: int) -> int:
        process: Process = make_process()
        yard, kind = make_agent(), make_kind()
        for _ in range(width):
            brought = make_transfer(make_agent(), yard, kind, 1, happened_at=days_ago(5))
            record("consume", yard, conforms_to=kind, resource=brought.to_resource, amount=1,
                   input_of=process, happened_at=days_ago(4))  # fmt: skip
        with CaptureQueriesContext(
            connection,
        ) as queries:
            graph = trace(process, "back", events=visible_events(system_agent()))
            assert len(graph.edges) == 3 * width
            for node in graph.nodes.values():
                str(getattr(node.thing, "primary_accountable", ""))
        return len(queries)

    assert count(1) == count(12)


def test_the_picture_joins_runs_and_measures_in_one_unit() -> None:
    loop = make_loop()
    data = flow_data(trace(loop["back"].to_resource, "back"))
    labels = {node["id"]: node["label"] for node in data["nodes"]}
    names = {name: loop[name].name for name in ("cafe", "yard", "garden")}
    assert {link["unit"] for link in data["links"]} == {"kg"}
    assert [
        (labels[link["source"]], labels[link["target"]], link["value"])
        for link in reversed(data["links"])
        if link["label"] != "lettuce"
    ] == [
        (f"Came in at {names['cafe']}", f"peel at {names['cafe']}", 10),
        (f"peel at {names['cafe']}", f"peel at {names['yard']}", 10),
        (f"peel at {names['yard']}", f"A process at {names['yard']}", 10),
        (f"A process at {names['yard']}", f"compost at {names['yard']}", 4),
        (f"compost at {names['yard']}", f"compost at {names['garden']}", 4),
        (f"compost at {names['garden']}", f"A process at {names['garden']}", 4),
    ]


def test_people_are_not_named_in_pictures() -> None:
    aino = make_person("resident", name="Aino Secret").agent
    event = make_transfer(aino, make_agent())
    assert "Aino" not in str(flow_data(trace(event, "back")))
