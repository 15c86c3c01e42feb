"""Finding what an address names: unknown where it must not be known, refused where it may be."""

from __future__ import annotations

from typing import Any, TypeVar

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


def find(visible: QuerySet[Row], **which: Any) -> Row:
    """The visible row that is meant.

    Raises:
        Http404: there is none, or the reader may not know of it: the two look the same.
    """
    row = visible.filter(**which).first()
    if row is None:
        raise Http404
    return row
