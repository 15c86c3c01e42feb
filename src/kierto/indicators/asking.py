"""The scope that an address asks for: ``?district=&organization=&kind=&from=&until=``."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict
from django.shortcuts import get_object_or_404

from kierto.catalogue.models import ResourceSpecification
from kierto.core.period import Period
from kierto.indicators.errors import BadMonth, MonthsBackwards
from kierto.indicators.scope import Scope, first_of_month, last_of_month
from kierto.parties.models import District, Organization

PARAMETERS = ("district", "organization", "kind", "from", "until")


def read_scope(asked: QueryDict) -> Scope:
    """The scope of an address; a district is taken for granted where the node has only one.

    Raises:
        Http404: there is no such district, organisation or kind.
        BadMonth, MonthsBackwards: the period cannot be read.
    """
    return Scope(
        district=_district(asked.get("district", "")),
        organization=_organization(asked.get("organization", "")),
        kind=_kind(asked.get("kind", "")),
        period=_period(asked.get("from", ""), asked.get("until", "")),
    )


def kept(asked: QueryDict) -> str:
    """The part of the address that names the scope, to keep it from page to page."""
    chosen = QueryDict(mutable=True)
    for name in PARAMETERS:
        if value := str(asked.get(name) or ""):
            chosen[name] = value
    return chosen.urlencode()


def _district(slug: str) -> District | None:
    return get_object_or_404(District, slug=slug) if slug else None


def _organization(slug: str) -> Organization | None:
    if not slug:
        return None
    return get_object_or_404(Organization.objects.select_related("agent"), slug=slug)


def _kind(code: str) -> ResourceSpecification | None:
    if not code:
        return None
    kinds = ResourceSpecification.objects.prefetch_related("labels")
    return get_object_or_404(kinds, code=code)


def _period(first: str, last: str) -> Period | None:
    if not first and not last:
        return None
    start, end = _month(first or last), last_of_month(_month(last or first))
    if end < start:
        raise MonthsBackwards
    return Period(start, end)


def _month(text: str) -> date:
    try:
        year, month = text.split("-")
        return first_of_month(date(int(year), int(month), 1))
    except ValueError:
        raise BadMonth(text=text[:40]) from None
