"""Indicators as entities of the hub: KeyPerformanceIndicator of Smart Data Models.

An indicator sums over thousands of events, so it is made anew by a round and not with each event.
Every value stays in the history, with its range and what it covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from kierto.hub.access import Access
from kierto.hub.projections.attributes import document, prop, rel, urn, words
from kierto.hub.projections.parties import district_urn
from kierto.hub.projections.publishing import Projection, Published, publish, register
from kierto.indicators.figures import Figure
from kierto.indicators.registry import INDICATORS, compute_all
from kierto.indicators.scope import Scope
from kierto.ngsild.members import Instance
from kierto.parties.models import District

SECONDS = 3600.0

UNIT_CODES = {"kg": "KGM", "kgCO2e": "KGM", "EUR": "EUR", "share": "C62", "index": "C62"}
"""Codes of UN/CEFACT recommendation 20; a share and an index have no dimension."""


@dataclass(frozen=True, slots=True)
class Known:
    """One indicator of a district."""

    district: District
    figure: Figure


def _known() -> Iterator[Known]:
    for district in District.objects.order_by("pk"):
        for figure in compute_all(Scope(district=district)):
            yield Known(district, figure)


def indicator_urn(known: Known) -> str:
    """The id of its entity."""
    return urn("KeyPerformanceIndicator", f"{known.district.slug}:{known.figure.slug}")


def _described(known: Known, now: str) -> Published:
    figure = known.figure
    first, last = figure.period
    indicator = INDICATORS[figure.slug]
    unit = UNIT_CODES.get(figure.unit)
    attributes = {
        "alternateName": prop(figure.slug),
        "name": _in_all_languages(indicator.name),
        "description": _in_all_languages(indicator.definition),
        "calculationFormula": _in_all_languages(indicator.formula),
        "calculationPeriod": prop({"from": first.isoformat(), "to": last.isoformat()}),
        "kpiValue": prop(figure.value, unit),
        "valueLow": prop(figure.low, unit),
        "valueHigh": prop(figure.high, unit),
        "district": rel(district_urn(known.district)),
    }
    identifier = indicator_urn(known)
    return Published(document(identifier, ["KeyPerformanceIndicator"], now, attributes), Access())


INDICATOR_ENTITIES = Projection("indicators.indicator", _known, indicator_urn, _described)


def _in_all_languages(text: object) -> Instance | None:
    found = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found[code] = str(text)
    return words(found)


def publish_indicators() -> int:
    """Write what the indicators say now; how many of them."""
    found = list(_known())
    with transaction.atomic():
        publish(INDICATOR_ENTITIES, found)
    return len(found)


def start() -> None:
    """Make them known to the hub, anew every hour."""
    from kierto.core import rounds

    register(INDICATOR_ENTITIES)
    rounds.every("indicators.published", SECONDS, publish_indicators)
