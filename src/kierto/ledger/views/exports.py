"""The reader's events for other programs, streamed as they are read."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from kierto.ledger.export import write_csv, write_jsonld
from kierto.ledger.forms import FilterForm
from kierto.ledger.queries import narrowed, visible_events
from kierto.parties.requests import reader


@require_safe
def jsonld(request: HttpRequest) -> StreamingHttpResponse:
    """ValueFlows JSON-LD of what the reader may see, narrowed as the list is."""
    events = narrowed(visible_events(reader(request)), **FilterForm(request.GET).narrowing())
    return _file(write_jsonld(events), "application/ld+json", "events.jsonld")


@require_safe
def table(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a table."""
    events = narrowed(visible_events(reader(request)), **FilterForm(request.GET).narrowing())
    return _file(write_csv(events), "text/csv; charset=utf-8", "events.csv")


def _file(pieces: object, content_type: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
