"""From rows to terms: what each delivery, wish, run or promise adds to an indicator."""

from __future__ import annotations

from collections.abc import Iterator

from kierto.indicators.dataset import Dataset
from kierto.indicators.figures import Part
from kierto.indicators.matching import Covered
from kierto.indicators.rows import Delivery, Promise

KG_A_TONNE = 1000


def mass_circulated(data: Dataset) -> Iterator[Part]:
    """``mass``: kilograms handed over, at their provider."""
    for each in data.deliveries:
        yield Part(each.month, each.kind, each.provider, {"mass": each.material})


def closure_by_mass(data: Dataset) -> Iterator[Part]:
    """``met`` and ``needed``: kilograms, at whoever needed them."""
    for each in data.needs_covered_locally:
        mass = data.kinds.material(each.kind, 1.0)
        terms = {"met": each.covered * mass, "needed": each.wished * mass}
        yield Part(each.month, each.kind, each.agent, terms)


def closure_by_carbon(data: Dataset) -> Iterator[Part]:
    """The same, weighed with what making each kind anew emits: at the factor, its low and high."""
    for each in data.needs_covered_locally:
        factor = data.factors.production(each.kind)
        terms = {}
        for name, weight in (("", factor.value), ("_low", factor.low), ("_high", factor.high)):
            terms[f"met{name}"] = each.covered * weight
            terms[f"needed{name}"] = each.wished * weight
        yield Part(each.month, each.kind, each.agent, terms)


def circular_use(data: Dataset) -> Iterator[Part]:
    """``circulated`` and ``new``: kilograms that came into use, at their receiver."""
    for each in data.received:
        yield Part(each.month, each.kind, each.receiver, {"circulated": each.material})
    for need in data.needs_covered:
        yield Part(need.month, need.kind, need.agent, {"new": _left(need, data)})


def material_flows(data: Dataset) -> Iterator[Part]:
    """As before, with ``unrecovered`` (offered and not taken) and ``lost`` (in processing)."""
    yield from circular_use(data)
    for offer in data.offers_covered:
        yield Part(offer.month, offer.kind, offer.agent, {"unrecovered": _left(offer, data)})
    for run in data.runs:
        yield Part(run.month, None, run.agent, {"lost": run.lost})


def avoided_emissions(data: Dataset) -> Iterator[Part]:
    """kg CO2e: ``disposal`` and ``production`` avoided, ``transport`` and ``processing`` caused.

    ``low`` and ``high`` add what each becomes at the ends of its factor's range.
    """
    for each in data.deliveries:
        if not each.from_processor:
            factor = data.factors.disposal(each.kind)
            yield _avoided(each, each.provider, "disposal", factor.value, factor.low, factor.high)
        if not each.to_processor:
            factor = data.factors.production(_replaced(each, data))
            yield _avoided(each, each.receiver, "production", factor.value, factor.low, factor.high)
        mode = data.factors.mode(each.kind)
        tkm = each.mass / KG_A_TONNE * (each.km or 0.0)
        caused = tkm * mode.emissions_per_tkm if mode else 0.0
        terms = {"transport": caused, "low": -caused, "high": -caused}
        if each.km is None:
            terms["no_distance"] = 1.0
        yield Part(each.month, each.kind, each.receiver, terms)
    for run in data.runs:
        caused = run.emissions
        terms = {"processing": caused, "low": -caused, "high": -caused}
        yield Part(run.month, None, run.agent, terms)


def money_saved(data: Dataset) -> Iterator[Part]:
    """Euros: ``disposal`` and ``purchase`` saved, ``transport`` and ``processing`` paid."""
    for each in data.deliveries:
        if not each.from_processor:
            known = each.disposal_cost
            price = data.factors.disposal_cost(each.kind) if known is None else known
            yield Part(each.month, each.kind, each.provider, {"disposal": each.amount * price})
        if not each.to_processor:
            known = each.purchase_price
            price = data.factors.purchase_price(_replaced(each, data)) if known is None else known
            yield Part(each.month, each.kind, each.receiver, {"purchase": each.amount * price})
        mode = data.factors.mode(each.kind)
        tonnes = each.mass / KG_A_TONNE
        paid = 0.0
        if mode is not None:
            per_tonne = mode.handling_cost_per_tonne + mode.cost_per_tkm * (each.km or 0.0)
            paid = tonnes * per_tonne
        terms = {"transport": paid}
        if each.km is None:
            terms["no_distance"] = 1.0
        yield Part(each.month, each.kind, each.receiver, terms)
    for run in data.runs:
        yield Part(run.month, None, run.agent, {"processing": run.cost})


def promises_kept(data: Dataset) -> Iterator[Part]:
    """``promises`` that fell due, and of each the share that was ``kept``."""
    for each in data.promises:
        terms = {"kept": each.kept / each.promised, "promises": 1.0}
        yield Part(each.month, each.kind, each.provider, terms)


def plan_and_reality(data: Dataset) -> Iterator[Part]:
    """``planned`` and ``delivered``: kilograms."""
    for each in data.planned:
        yield Part(each.month, each.kind, each.provider, _planned(each, data))


def _planned(each: Promise, data: Dataset) -> dict[str, float]:
    mass = data.kinds.material(each.kind, 1.0)
    return {"planned": each.promised * mass, "delivered": each.kept * mass}


def _left(each: Covered, data: Dataset) -> float:
    return data.kinds.material(each.kind, each.wished - each.covered)


def _replaced(each: Delivery, data: Dataset) -> int:
    """The kind that would have been bought: what was asked for, if counted in the same unit."""
    if each.need_kind is not None and data.kinds.accepts(each.need_kind, each.kind):
        return each.need_kind
    return each.kind


def _avoided(
    each: Delivery, agent: object, name: str, value: float, low: float, high: float
) -> Part:
    terms = {name: each.amount * value, "low": each.amount * low, "high": each.amount * high}
    return Part(each.month, each.kind, agent, terms)  # type: ignore[arg-type]
