"""What the explorer's pages read alike: the reader's events, with everything a row shows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from kierto.ledger import pictures
from kierto.ledger.models import EconomicEvent, EconomicResource, Process
from kierto.ledger.queries import visible_events
from kierto.ledger.sentences import sentence_of
from kierto.ledger.tracing import Graph, trace
from kierto.parties.models import Agent

PAGE_SIZE = 25

LONGEST_TRACE = 60
"""Steps of a trace on a page; more could not be read as a picture."""


def page_of(request: HttpRequest, things: Any) -> Page[Any]:
    """The asked-for page of a list; a number that does not exist gives the nearest one."""
    return Paginator(things, PAGE_SIZE).get_page(request.GET.get("page"))


def with_names(events: QuerySet[EconomicEvent]) -> QuerySet[EconomicEvent]:
    """Everything that a sentence about an event needs, so that a list asks no more."""
    return events.select_related(
        "provider__organization",
        "provider__person",
        "receiver__organization",
        "receiver__person",
        "conforms_to",
    ).prefetch_related("conforms_to__labels")


def row_of(event: EconomicEvent) -> dict[str, Any]:
    """An event and its sentence, for a list."""
    return {"event": event, "sentence": sentence_of(event)}


def traces_of(
    thing: EconomicResource | EconomicEvent | Process, by: Agent | None
) -> list[dict[str, Any]]:
    """Where it came from and where it went: each as a picture and as a list of steps."""
    shown = visible_events(by)
    return [
        _trace_of(trace(thing, "back", events=shown, limit=LONGEST_TRACE)),
        _trace_of(trace(thing, "forward", events=shown, limit=LONGEST_TRACE)),
    ]


def _trace_of(graph: Graph) -> dict[str, Any]:
    return {
        "direction": graph.direction,
        "picture": pictures.flow_data(graph),
        "steps": [row_of(event) for event in graph.as_list()],
        "hidden": graph.hidden,
        "cut": graph.cut,
    }
