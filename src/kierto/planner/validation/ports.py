"""Kinds, ids, offers, needs, processors and their streams."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw
from kierto.planner.kinds import KindTree
from kierto.planner.model import Blend, Need, Offer, Problem, Processor, Storage, Stream
from kierto.planner.validation import numbers
from kierto.planner.validation.numbers import number, suspects

UNKNOWN_KIND = _("The kind “%(value)s” is not in the list of kinds.")
LIST_IT = _("Correct it or add it to the kinds.")


def kind_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """Kinds are listed once, have a unit, and no kind is broader than itself."""
    for code, count in Counter(kind.code for kind in problem.kinds).items():
        if count > 1:
            yield Flaw(
                "kind", code, "code", _("The kind is listed twice."), _("Keep one of the rows.")
            )
    for kind in tree.kinds.values():
        if kind.parent is not None and kind.parent not in tree:
            yield Flaw("kind", kind.code, "parent", UNKNOWN_KIND, LIST_IT, {"value": kind.parent})
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


def id_flaws(problem: Problem) -> Iterator[Flaw]:
    """Every part and every port has an id of its own."""
    simple = [
        *(("offer", each.id) for each in problem.offers),
        *(("need", each.id) for each in problem.needs),
    ]
    makers: list[tuple[str, Processor | Storage]] = [
        *(("processor", each) for each in problem.processors),
        *(("storage", store) for store in problem.storages),
    ]
    named = [*simple, *((part, each.id) for part, each in makers)]
    ports = Counter(chain((id_ for _part, id_ in simple), _stream_ports(problem)))
    alone = all(count == 1 for count in ports.values())
    if alone and len({id_ for _part, id_ in named}) == len(named) and all(map(_second, named)):
        return
    seen: set[str] = set()
    for part, id_ in named:
        if not id_:
            yield Flaw(part, id_, "id", _("The id is empty."), _("Give each row its own id."))
        elif id_ in seen or (part in {"offer", "need"} and ports[id_] > 1):
            yield Flaw(
                part,
                id_,
                "id",
                _("The id “%(value)s” is used more than once."),
                _("Give each offer, need, processor and storage its own id."),
                {"value": id_},
            )
        seen.add(id_)


def _second(pair: tuple[str, str]) -> str:
    return pair[1]


def _stream_ports(problem: Problem) -> Iterator[str]:
    for each in problem.processors:
        yield from (each.input_port(stream.kind) for stream in each.inputs)
        yield from (each.output_port(stream.kind) for stream in each.outputs)
    for store in problem.storages:
        yield f"{store.id}:in:{store.kind}"
        yield f"{store.id}:out:{store.kind}"


def offer_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """What each offer states; all of them at once where nothing is wrong."""
    offers, periods = problem.offers, problem.periods
    chosen = suspects(
        offers,
        positive=(lambda each: each.amount, lambda each: each.minimum_lot),
        finite=(lambda each: each.fallback.cost, lambda each: each.fallback.emissions),
    )
    wrong = {id(each) for each in chosen} | _odd(offers, tree, problem)
    wrong |= {id(each) for each in offers if each.quality and not _finite(each.quality)}
    for each in offers:
        if id(each) in wrong:
            yield from kind_known("offer", each.id, each.kind, tree)
            yield from number("offer", each.id, "amount", each.amount, least=0)
            yield from number("offer", each.id, "minimum_lot", each.minimum_lot, least=0)
            yield from numbers.fallback("offer", each.id, each.fallback)
            yield from numbers.quality("offer", each.id, each.quality)
            yield from numbers.profile("offer", each.id, each.profile, periods)


def need_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """What each need states; all of them at once where nothing is wrong."""
    needs, periods = problem.needs, problem.periods
    chosen = suspects(
        needs,
        positive=(lambda each: each.amount,),
        finite=(lambda each: each.fallback.cost, lambda each: each.fallback.emissions),
    )
    wrong = {id(each) for each in chosen} | _odd(needs, tree, problem)
    wrong |= {id(each) for each in needs if each.limits or each.blends}
    for each in needs:
        if id(each) in wrong:
            yield from kind_known("need", each.id, each.kind, tree)
            yield from number("need", each.id, "amount", each.amount, least=0)
            yield from numbers.fallback("need", each.id, each.fallback)
            yield from numbers.limits("need", each.id, each.limits)
            yield from numbers.blends("need", each.id, each.blends)
            yield from numbers.profile("need", each.id, each.profile, periods)


def _odd(parts: Sequence[Offer | Need], tree: KindTree, problem: Problem) -> set[int]:
    """Parts of an unknown kind, or with a profile that must be looked at."""
    known, periods = tree.kinds, problem.periods
    return {
        id(each)
        for each in parts
        if each.kind not in known or (each.profile and not _sound(each.profile, periods))
    }


def _finite(stated: Mapping[str, float]) -> bool:
    return all(map(math.isfinite, stated.values()))


def _sound(profile: Sequence[float], periods: int) -> bool:
    return len(profile) == periods and all(0 <= value < math.inf for value in profile)


def processor_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """Capacities, costs, minima, profiles and streams of every processor."""
    for each in problem.processors:
        for field in ("capacity", "minimum", "opening_cost"):
            yield from number("processor", each.id, field, getattr(each, field), least=0)
        for field in ("cost", "emissions"):
            yield from number("processor", each.id, field, getattr(each, field))
        yield from numbers.profile("processor", each.id, each.profile, problem.periods)
        most = max(each.profile, default=each.capacity)
        if each.minimum > most:
            yield Flaw(
                "processor",
                each.id,
                "minimum",
                _("The minimum %(minimum)s is above the capacity %(capacity)s."),
                _("Lower the one or raise the other."),
                {"minimum": each.minimum, "capacity": most},
            )
        if not each.inputs and not each.outputs:
            yield Flaw(
                "processor",
                each.id,
                "inputs",
                _("The processor has neither inputs nor outputs."),
                _("Give it at least one of them."),
            )
        for part, streams in (("input", each.inputs), ("output", each.outputs)):
            yield from _stream_flaws(each, part, streams, tree)


def _stream_flaws(
    processor: Processor, part: str, streams: tuple[Stream, ...], tree: KindTree
) -> Iterator[Flaw]:
    counts = Counter(stream.kind for stream in streams)
    for stream in streams:
        id_ = f"{processor.id}/{stream.kind}"
        yield from kind_known(part, id_, stream.kind, tree)
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
            yield from numbers.fallback(part, id_, stream.fallback)
        elif part == "output":
            yield Flaw(
                part,
                id_,
                "fallback",
                _("The output has no fallback."),
                _("Say what disposing of one unit costs; zero is an answer."),
            )
        yield from numbers.quality(part, id_, stream.quality)
        yield from numbers.limits(part, id_, stream.limits)
        yield from numbers.blends(part, id_, stream.blends)


def ratio_flaws(problem: Problem) -> Iterator[Flaw]:
    """Where a blend is a ratio, nothing may state a negative amount of what is divided by: the
    sum could be nothing or less, and the ratio mean nothing."""
    streams = [
        (each, stream) for each in problem.processors for stream in (*each.inputs, *each.outputs)
    ]
    blends: list[Blend] = [blend for need in problem.needs for blend in need.blends]
    blends += [blend for _each, stream in streams for blend in stream.blends]
    divisors = {blend.per for blend in blends if blend.per}
    if not divisors:
        return
    stated: list[tuple[str, str, Mapping[str, float]]] = [
        *(("offer", each.id, each.quality) for each in problem.offers),
        *(("output", f"{each.id}/{one.kind}", one.quality) for each, one in streams),
    ]
    for part, id_, quality in stated:
        for name in sorted(divisors & quality.keys()):
            if quality[name] < 0:
                yield Flaw(
                    part,
                    id_,
                    f"quality {name}",
                    _("%(value)s is negative, yet a blend divides by this quality."),
                    _("Give zero or more, or ask for another ratio."),
                    {"value": quality[name]},
                )


def kind_known(part: str, id_: str, kind: str, tree: KindTree) -> Iterator[Flaw]:
    """The kind is in the list."""
    if kind not in tree:
        yield Flaw(part, id_, "kind", UNKNOWN_KIND, LIST_IT, {"value": kind})
