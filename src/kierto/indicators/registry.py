"""The indicators by slug, and their computation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kierto.indicators.dataset import Dataset
from kierto.indicators.definitions import DEFINITIONS, Indicator
from kierto.indicators.effects import EFFECTS
from kierto.indicators.errors import UnknownIndicator
from kierto.indicators.figures import Figure, Group, Part, fold, grouped, summed
from kierto.indicators.formulas import Estimate
from kierto.indicators.privacy import LEAST
from kierto.indicators.remembering import remembered
from kierto.indicators.scope import Scope
from kierto.ledger.queries import visible_events
from kierto.parties.models import Agent, AgentType

INDICATORS: Mapping[str, Indicator] = {each.slug: each for each in (*DEFINITIONS, *EFFECTS)}

__all__ = ["INDICATORS", "Indicator", "compute", "compute_all"]


def compute(slug: str, scope: Scope, *, by: Agent | None = None) -> Figure:
    """One indicator with its tables, as this reader may see it.

    Raises:
        UnknownIndicator: there is none of this slug.
    """
    indicator = INDICATORS.get(slug)
    if indicator is None:
        raise UnknownIndicator(slug=slug, known=", ".join(INDICATORS))
    data = Dataset(scope, by)
    parts = list(indicator.collect(data))
    terms = summed(parts)
    tables = _tables(indicator, data, parts)
    return _figure(indicator, scope, indicator.finish(terms), dict(terms), **tables)


def compute_all(scope: Scope, *, by: Agent | None = None) -> list[Figure]:
    """Every indicator without tables, from one reading of the data.

    Sums over a district are the same for every reader, and remembered while nothing changes.
    """
    make = partial(_values, scope, by)
    values = remembered("values", scope, make) if scope.is_wide else make()
    return [_figure(INDICATORS[slug], scope, *found) for slug, found in values.items()]


def _values(scope: Scope, by: Agent | None) -> dict[str, tuple[Estimate, dict[str, float]]]:
    data = Dataset(scope, by)
    found = {}
    for slug, indicator in INDICATORS.items():
        terms = summed(indicator.collect(data))
        found[slug] = (indicator.finish(terms), dict(terms))
    return found


def _figure(
    indicator: Indicator, scope: Scope, estimate: Estimate, terms: dict[str, float], **tables: Any
) -> Figure:
    return Figure(
        indicator.slug,
        indicator.name,
        indicator.unit,
        estimate.value,
        estimate.low,
        estimate.high,
        scope.days,
        terms,
        **tables,
    )


def _tables(indicator: Indicator, data: Dataset, parts: list[Part]) -> dict[str, Any]:
    events = indicator.events(indicator.base(data))
    hidden = data.reader.hidden_agents(events, intents=indicator.uses_wishes)
    return {
        "factors": sorted(data.factors.factors.values(), key=lambda factor: factor.activity),
        "modes": sorted(data.factors.modes.values(), key=lambda mode: mode.code),
        "displacements": sorted(
            data.displacements.used.values(), key=lambda each: (each.activity, each.family)
        ),
        "price_sources": sorted(data.factors.price_sources),
        "events": events.filter(pk__in=visible_events(data.reader.by).values("pk")),
        "event_count": events.count(),
        "by_month": _by_month(indicator, data, parts),
        "by_kind": _by_kind(indicator, data, parts, hidden),
        "by_organization": _by_organization(indicator, data, parts, hidden),
    }


def _by_month(indicator: Indicator, data: Dataset, parts: list[Part]) -> list[Group]:
    groups = grouped(parts, lambda part: part.month)
    return [
        Group(
            month,
            date_format(month, "M Y"),
            f"from={month:%Y-%m}&until={month:%Y-%m}",
            indicator.finish(summed(groups.get(month, []))),
        )
        for month in data.scope.months()
    ]


def _by_kind(
    indicator: Indicator, data: Dataset, parts: list[Part], hidden: set[UUID]
) -> list[Group]:
    groups = grouped((part for part in parts if part.kind is not None), lambda part: part.kind)
    shown, rest = fold(groups, hidden, LEAST, by_agent=False)
    rows = [
        Group(
            kind,
            data.kinds.label(kind),
            f"kind={data.kinds.by_id[kind].code}",
            indicator.finish(summed(own)),
        )
        for kind, own in shown.items()
    ]
    return _sorted(rows) + _others(indicator, rest, _("Other kinds, put together"))


def _by_organization(
    indicator: Indicator, data: Dataset, parts: list[Part], hidden: set[UUID]
) -> list[Group]:
    runs = data.reader.hidden_processors() if any(part.kind is None for part in parts) else set()
    processing = [part for part in parts if part.kind is None and part.agent in runs]
    others = [part for part in parts if part.kind is not None or part.agent not in runs]
    enough = len({part.agent for part in processing}) >= LEAST
    shown, rest = fold(
        grouped(others, lambda part: part.agent),
        hidden,
        LEAST,
        by_agent=True,
        rest=() if enough else processing,
    )
    agents = Agent.objects.select_related("organization", "person").in_bulk(list(shown))
    rows = [
        Group(agent, agents[agent].name, _narrow(agents[agent]), indicator.finish(summed(own)))
        for agent, own in shown.items()
    ]
    return [
        *_sorted(rows),
        *_others(indicator, processing if enough else [], _("Processing, put together")),
        *_others(indicator, rest, _("Others, put together")),
    ]


def _narrow(agent: Agent) -> str:
    if agent.type != AgentType.ORGANIZATION:
        return ""
    return f"organization={agent.organization.slug}"


def _sorted(rows: Iterable[Group]) -> list[Group]:
    """Largest value first; those without a value last."""
    return sorted(
        rows,
        key=lambda row: (row.estimate.value is None, -(row.estimate.value or 0), row.label),
    )


def _others(indicator: Indicator, parts: list[Part], label: str) -> list[Group]:
    return [Group("", label, "", indicator.finish(summed(parts)))] if parts else []
