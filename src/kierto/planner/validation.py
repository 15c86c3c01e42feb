"""What makes a problem well formed; every flaw is named, none is mended in silence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw, InvalidProblem, Unsupported
from kierto.planner.kinds import KindTree
from kierto.planner.model import Fallback, Limits, Problem, Processor, Rate, Stream

_FINITE = _("“%(value)s” is not a finite number.")
_NUMBER = _("Give a plain number.")
_NEGATIVE = _("%(value)s is negative.")
_POSITIVE = _("Give zero or more.")
_UNKNOWN_KIND = _("The kind “%(value)s” is not in the list of kinds.")
_LIST_IT = _("Correct it or add it to the kinds.")


def check(problem: Problem) -> None:
    """Accept a problem that :func:`~kierto.planner.solve` can take.

    Raises:
        InvalidProblem: with every flaw found.
        Unsupported: it is well formed, but asks for something that is not solved yet.
    """
    if found := flaws_of(problem):
        raise InvalidProblem(found)
    for port in problem.needs:
        if port.blends:
            raise Unsupported(feature="blends", part=port.id)
    for processor in problem.processors:
        for feature in ("opening_cost", "minimum"):
            if getattr(processor, feature):
                raise Unsupported(feature=feature, part=processor.id)


def flaws_of(problem: Problem) -> list[Flaw]:
    """Everything that is wrong with the problem, in the order of its parts."""
    tree = KindTree(problem.kinds)
    return [
        *_kind_flaws(problem, tree),
        *_id_flaws(problem),
        *_offer_flaws(problem, tree),
        *_need_flaws(problem, tree),
        *(flaw for each in problem.processors for flaw in _processor_flaws(each, tree)),
        *_rate_flaws(problem, tree),
        *_arc_flaws(problem, tree),
        *_number("problem", "", "carbon_price", problem.carbon_price, least=0),
    ]


def _number(
    part: str, id_: str, field: str, value: float | None, least: float | None = None
) -> Iterator[Flaw]:
    if value is None:
        return
    if not math.isfinite(value):
        yield Flaw(part, id_, field, _FINITE, _NUMBER, {"value": value})
    elif least is not None and value < least:
        yield Flaw(part, id_, field, _NEGATIVE, _POSITIVE, {"value": value})


def _kind_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    for code, count in Counter(kind.code for kind in problem.kinds).items():
        if count > 1:
            yield Flaw(
                "kind", code, "code", _("The kind is listed twice."), _("Keep one of the rows.")
            )
    for kind in tree.kinds.values():
        if kind.parent is not None and kind.parent not in tree:
            yield Flaw("kind", kind.code, "parent", _UNKNOWN_KIND, _LIST_IT, {"value": kind.parent})
        elif tree.in_cycle(kind.code):
            yield Flaw(
                "kind",
                kind.code,
                "parent",
                _("The kind is broader than itself: %(cycle)s."),
                _("Cut the circle by emptying one parent."),
                {"cycle": " → ".join([*tree.lineage(kind.code), kind.code])},
            )
        if not kind.unit:
            yield Flaw(
                "kind", kind.code, "unit", _("The kind has no unit."), _("Give one, such as kg.")
            )


def _id_flaws(problem: Problem) -> Iterator[Flaw]:
    named = [("offer", each.id) for each in problem.offers]
    named += [("need", each.id) for each in problem.needs]
    named += [("processor", each.id) for each in problem.processors]
    ports = Counter(problem.port_ids())
    seen: set[str] = set()
    for part, id_ in named:
        if not id_:
            yield Flaw(part, id_, "id", _("The id is empty."), _("Give each row its own id."))
        elif id_ in seen or (part != "processor" and ports[id_] > 1):
            yield Flaw(
                part,
                id_,
                "id",
                _("The id “%(value)s” is used more than once."),
                _("Give each offer, need and processor its own id."),
                {"value": id_},
            )
        seen.add(id_)


def _offer_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    for offer in problem.offers:
        yield from _kind_known("offer", offer.id, offer.kind, tree)
        yield from _number("offer", offer.id, "amount", offer.amount, least=0)
        yield from _number("offer", offer.id, "minimum_lot", offer.minimum_lot, least=0)
        yield from _fallback("offer", offer.id, offer.fallback)
        yield from _quality("offer", offer.id, offer.quality)


def _need_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    for need in problem.needs:
        yield from _kind_known("need", need.id, need.kind, tree)
        yield from _number("need", need.id, "amount", need.amount, least=0)
        yield from _fallback("need", need.id, need.fallback)
        yield from _limits("need", need.id, need.limits)


def _processor_flaws(processor: Processor, tree: KindTree) -> Iterator[Flaw]:
    for field in ("capacity", "minimum"):
        yield from _number("processor", processor.id, field, getattr(processor, field), least=0)
    for field in ("cost", "emissions", "opening_cost"):
        yield from _number("processor", processor.id, field, getattr(processor, field))
    if processor.minimum > processor.capacity:
        yield Flaw(
            "processor",
            processor.id,
            "minimum",
            _("The minimum %(minimum)s is above the capacity %(capacity)s."),
            _("Lower the one or raise the other."),
            {"minimum": processor.minimum, "capacity": processor.capacity},
        )
    if not processor.inputs and not processor.outputs:
        yield Flaw(
            "processor",
            processor.id,
            "inputs",
            _("The processor has neither inputs nor outputs."),
            _("Give it at least one of them."),
        )
    for part, streams in (("input", processor.inputs), ("output", processor.outputs)):
        yield from _stream_flaws(processor, part, streams, tree)


def _stream_flaws(
    processor: Processor, part: str, streams: tuple[Stream, ...], tree: KindTree
) -> Iterator[Flaw]:
    counts = Counter(stream.kind for stream in streams)
    for stream in streams:
        id_ = f"{processor.id}/{stream.kind}"
        yield from _kind_known(part, id_, stream.kind, tree)
        if counts[stream.kind] > 1:
            yield Flaw(
                part,
                id_,
                "kind",
                _("The processor has this kind twice on one side."),
                _("Add the two together."),
            )
        if not stream.yield_ > 0 or not math.isfinite(stream.yield_):
            yield Flaw(
                part,
                id_,
                "yield_",
                _("The amount per unit of level is %(value)s."),
                _("Give a number above zero."),
                {"value": stream.yield_},
            )
        if stream.fallback is not None:
            yield from _fallback(part, id_, stream.fallback)
        elif part == "output":
            yield Flaw(
                part,
                id_,
                "fallback",
                _("The output has no fallback."),
                _("Say what disposing of one unit costs; zero is an answer."),
            )
        yield from _quality(part, id_, stream.quality)
        yield from _limits(part, id_, stream.limits)


def _kind_known(part: str, id_: str, kind: str, tree: KindTree) -> Iterator[Flaw]:
    if kind not in tree:
        yield Flaw(part, id_, "kind", _UNKNOWN_KIND, _LIST_IT, {"value": kind})


def _fallback(part: str, id_: str, fallback: Fallback) -> Iterator[Flaw]:
    yield from _number(part, id_, "fallback_cost", fallback.cost)
    yield from _number(part, id_, "fallback_emissions", fallback.emissions)


def _quality(part: str, id_: str, quality: Mapping[str, float]) -> Iterator[Flaw]:
    for name, value in quality.items():
        yield from _number(part, id_, f"quality {name}", value)


def _limits(part: str, id_: str, limits: Limits) -> Iterator[Flaw]:
    for name, (low, high) in limits.items():
        yield from _number(part, id_, f"limit {name}", low)
        yield from _number(part, id_, f"limit {name}", high)
        if low is not None and high is not None and low > high:
            yield Flaw(
                part,
                id_,
                f"limit {name}",
                _("The lower end %(low)s is above the upper end %(high)s."),
                _("Swap the two."),
                {"low": low, "high": high},
            )


def _rate_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    rates = problem.rates
    yield from _one_rate("default", rates.default)
    for code, rate in rates.by_kind.items():
        if code not in tree:
            yield Flaw("rates", code, "kind", _UNKNOWN_KIND, _LIST_IT, {"value": code})
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
        yield from _number("rates", id_, field, getattr(rate, field), least=0)
    for field in ("handling_cost", "handling_emissions"):
        yield from _number("rates", id_, field, getattr(rate, field))
    yield from _number("rates", id_, "max_km", rate.max_km, least=0)


def _arc_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    sources, sinks = port_kinds(problem)
    pairs = Counter((arc.source, arc.sink) for arc in problem.arcs or ())
    for arc in problem.arcs or ():
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
        source_kind, sink_kind = sources.get(arc.source, ""), sinks.get(arc.sink, "")
        known_kinds = source_kind in tree and sink_kind in tree
        if known_kinds and not tree.accepts(sink_kind, source_kind):
            yield Flaw(
                "arc",
                id_,
                "sink",
                _("The sink takes “%(wanted)s”, which “%(given)s” is not."),
                _("Remove the pair, or place the kind below the wanted one, in the same unit."),
                {"wanted": sink_kind, "given": source_kind},
            )
        yield from _number("arc", id_, "cost", arc.cost)
        yield from _number("arc", id_, "emissions", arc.emissions)
        yield from _number("arc", id_, "km", arc.km, least=0)


def port_kinds(problem: Problem) -> tuple[dict[str, str], dict[str, str]]:
    """Kind by port id: of the sources, and of the sinks."""
    sources = {offer.id: offer.kind for offer in problem.offers}
    sinks = {need.id: need.kind for need in problem.needs}
    for each in problem.processors:
        sources |= {each.output_port(stream.kind): stream.kind for stream in each.outputs}
        sinks |= {each.input_port(stream.kind): stream.kind for stream in each.inputs}
    return sources, sinks
