"""What is sound but hardly meant: no reason to refuse a plan, but worth a look before believing it.

A kind that nobody takes is no error: its offers are disposed of, and the plan says so. Yet it is
often a kind that was misspelt, or stands elsewhere in the tree than its giver thought.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw
from kierto.planner.kinds import KindTree
from kierto.planner.model import Blend, Problem


def notes_of(problem: Problem) -> list[Flaw]:
    """What to look at, in the form of flaws; takes a problem that has none."""
    tree = KindTree(problem.kinds)
    given = {each.kind for each in problem.offers} | {each.kind for each in problem.storages}
    wanted = {each.kind for each in problem.needs} | {each.kind for each in problem.storages}
    for each in problem.processors:
        given.update(stream.kind for stream in each.outputs)
        wanted.update(stream.kind for stream in each.inputs)
    fed = {kind for code in given for kind in _broader(code, tree)}
    return [
        *_unwanted(problem, wanted, tree),
        *_missing(problem, fed),
        *_starved(problem, fed),
        *_unit_notes(problem, given, tree),
        *_blend_notes(problem),
        *_storage_notes(problem),
    ]


def _broader(code: str, tree: KindTree) -> Iterator[str]:
    """The kinds of sink that take a kind."""
    return (kind for kind in tree.lineage(code) if tree.accepts(kind, code))


def _unwanted(problem: Problem, wanted: set[str], tree: KindTree) -> Iterator[Flaw]:
    for code, count in sorted(Counter(offer.kind for offer in problem.offers).items()):
        if wanted.isdisjoint(_broader(code, tree)):
            yield Flaw(
                "kind",
                code,
                "code",
                _("Nothing here takes this kind; %(count)s offers of it are disposed of."),
                _("Check the kind's name and its parent."),
                {"count": count},
            )


def _missing(problem: Problem, fed: set[str]) -> Iterator[Flaw]:
    for code, count in sorted(Counter(need.kind for need in problem.needs).items()):
        if code not in fed:
            yield Flaw(
                "kind",
                code,
                "code",
                _("Nobody here gives this kind; %(count)s needs of it are bought new."),
                _("Check the kind's name, and the parents of narrower kinds."),
                {"count": count},
            )


def _starved(problem: Problem, fed: set[str]) -> Iterator[Flaw]:
    for each in problem.processors:
        for stream in each.inputs:
            if stream.fallback is None and stream.kind not in fed:
                yield Flaw(
                    "input",
                    f"{each.id}/{stream.kind}",
                    "kind",
                    _(
                        "Nobody gives this input, and it cannot be bought: the processor stands still."
                    ),
                    _("Give it a price for buying, or check the kind."),
                )


def _unit_notes(problem: Problem, given: set[str], tree: KindTree) -> Iterator[Flaw]:
    """Narrower kinds of a wanted kind that are given, but counted in another unit."""
    sinks = {each.kind for each in problem.needs}
    sinks.update(stream.kind for each in problem.processors for stream in each.inputs)
    for code in sorted(given):
        unit = tree.kinds[code].unit
        for broader in tree.lineage(code):
            if broader in sinks and tree.kinds[broader].unit != unit:
                yield Flaw(
                    "kind",
                    code,
                    "unit",
                    _(
                        "It is counted in %(unit)s, so a sink of “%(broader)s” (%(other)s) cannot take it."
                    ),
                    _("Count both in one unit if they are meant to meet."),
                    {"unit": unit, "broader": broader, "other": tree.kinds[broader].unit},
                )


def _blend_notes(problem: Problem) -> Iterator[Flaw]:
    """Blends of a quality that nobody states: nothing can feed the sink."""
    stated = {name for offer in problem.offers for name in offer.quality}
    stated.update(
        name for each in problem.processors for out in each.outputs for name in out.quality
    )
    asked: dict[tuple[str, str], Iterable[Blend]] = defaultdict(tuple)
    asked |= {("need", need.id): need.blends for need in problem.needs}
    for each in problem.processors:
        asked |= {("input", f"{each.id}/{one.kind}"): one.blends for one in each.inputs}
    for (part, id_), blends in asked.items():
        for name in sorted({n for each in blends for n in (each.quality, each.per)} - {""}):
            if name not in stated:
                yield Flaw(
                    part,
                    id_,
                    f"blend {name}",
                    _("Nobody states this quality, so nothing can feed it."),
                    _("State it where things are offered, or remove the blend."),
                )


def _storage_notes(problem: Problem) -> Iterator[Flaw]:
    for store in problem.storages:
        if problem.periods == 1:
            yield Flaw(
                "storage",
                store.id,
                "id",
                _("There is one period, so nothing can wait here."),
                _("Plan several periods."),
            )
