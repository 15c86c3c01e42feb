"""Rates of carrying, and explicit pairs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw
from kierto.planner.kinds import KindTree
from kierto.planner.model import Arc, Problem, Rate
from kierto.planner.validation.numbers import number
from kierto.planner.validation.ports import LIST_IT, UNKNOWN_KIND


def rate_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """Rates are of known kinds, and no way is paid for being long."""
    rates = problem.rates
    yield from _one_rate("default", rates.default)
    for code, rate in rates.by_kind.items():
        if code not in tree:
            yield Flaw("rates", code, "kind", UNKNOWN_KIND, LIST_IT, {"value": code})
        yield from _one_rate(code, rate)
    if not (math.isfinite(rates.road_factor) and rates.road_factor >= 1):
        yield Flaw(
            "rates",
            "",
            "road_factor",
            _("A road is never shorter than the straight line, yet the factor is %(value)s."),
            _("Give 1 or more; 1.3 is usual in cities."),
            {"value": rates.road_factor},
        )


def _one_rate(id_: str, rate: Rate) -> Iterator[Flaw]:
    for field in ("cost_per_km", "emissions_per_km"):
        yield from number("rates", id_, field, getattr(rate, field), least=0)
    for field in ("handling_cost", "handling_emissions"):
        yield from number("rates", id_, field, getattr(rate, field))
    yield from number("rates", id_, "max_km", rate.max_km, least=0)


def arc_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """Explicit pairs join ports that are there, of kinds that fit, once."""
    arcs = problem.arcs or ()
    if not arcs:
        return
    sources, sinks = port_kinds(problem)
    stores = {f"{store.id}:out:{store.kind}": store.id for store in problem.storages}
    pairs = Counter((arc.source, arc.sink) for arc in arcs)
    for arc in arcs:
        id_ = f"{arc.source}/{arc.sink}"
        for field, port, known in (("source", arc.source, sources), ("sink", arc.sink, sinks)):
            if port not in known:
                yield Flaw(
                    "arc",
                    id_,
                    field,
                    _("There is no such port: “%(value)s”."),
                    _("Use the id of an offer, a need, or processor:in:kind, processor:out:kind."),
                    {"value": port},
                )
        if pairs[arc.source, arc.sink] > 1:
            yield Flaw("arc", id_, "sink", _("The pair stands twice."), _("Keep one of the rows."))
        yield from _kind_fits(arc, sources, sinks, tree)
        if arc.sink == f"{stores.get(arc.source)}:in:{sources.get(arc.source)}":
            yield Flaw(
                "arc",
                id_,
                "sink",
                _("The pair carries from a storage to itself."),
                _("Remove it; waiting costs what the storage says."),
            )
        yield from number("arc", id_, "cost", arc.cost)
        yield from number("arc", id_, "emissions", arc.emissions)
        yield from number("arc", id_, "km", arc.km, least=0)


def _kind_fits(
    arc: Arc, sources: dict[str, str], sinks: dict[str, str], tree: KindTree
) -> Iterator[Flaw]:
    given, wanted = sources.get(arc.source, ""), sinks.get(arc.sink, "")
    if given in tree and wanted in tree and not tree.accepts(wanted, given):
        yield Flaw(
            "arc",
            f"{arc.source}/{arc.sink}",
            "sink",
            _("The sink takes “%(wanted)s”, which “%(given)s” is not."),
            _("Remove the pair, or place the kind below the wanted one, in the same unit."),
            {"wanted": wanted, "given": given},
        )


def port_kinds(problem: Problem) -> tuple[dict[str, str], dict[str, str]]:
    """Kind by port id: of the sources, and of the sinks."""
    sources = {offer.id: offer.kind for offer in problem.offers}
    sinks = {need.id: need.kind for need in problem.needs}
    for each in problem.processors:
        sources.update((each.output_port(stream.kind), stream.kind) for stream in each.outputs)
        sinks.update((each.input_port(stream.kind), stream.kind) for stream in each.inputs)
    for store in problem.storages:
        sources[f"{store.id}:out:{store.kind}"] = store.kind
        sinks[f"{store.id}:in:{store.kind}"] = store.kind
    return sources, sinks
