"""Who asks, and finding what an address names: unknown and hidden look the same."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from kierto.parties.models import Agent

Row = TypeVar("Row", bound=Model)


def reader(request: HttpRequest) -> Agent | None:
    """Who asks: the signed-in person's agent, or None for a visitor."""
    by: Agent | None = request.agent  # type: ignore[attr-defined]
    return by


def writer(request: HttpRequest) -> Agent:
    """Who asks, on pages for signed-in people; an account without a person finds nothing."""
    by = reader(request)
    if by is None:
        raise Http404
    return by


def kept_filters(request: HttpRequest, *, without: tuple[str, ...] = ("page", "view")) -> str:
    """The query of the address without page and view, for links that keep its filters."""
    kept = request.GET.copy()
    for name in without:
        kept.pop(name, None)
    return kept.urlencode()


def find(visible: QuerySet[Row], pk: UUID | int | None = None, **named: Any) -> Row:
    """The visible row of this id, or of these other fields.

    Raises:
        Http404: there is none, or the reader may not know of it: the two look the same.
    """
    row = visible.filter(pk=pk).first() if pk is not None else visible.filter(**named).first()
    if row is None:
        raise Http404
    return row
