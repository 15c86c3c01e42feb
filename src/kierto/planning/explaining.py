"""What a plan says to each participant: matched to whom, or why not and what would help."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.formats import number_format

from kierto.catalogue.labels import label_of
from kierto.planner import Problem
from kierto.planner.explain import explain
from kierto.planner.explanation import STANDS_STILL, Explanation, Match
from kierto.planning.ports import wishes
from kierto.planning.reading import RESIDENT, UNNAMED, End, Reading


@dataclass(frozen=True, slots=True)
class Told:
    """One port's end and what is said about it."""

    end: End
    explanation: Explanation
    text: str

    @property
    def match(self) -> str:
        """``"full"``, ``"part"`` or ``"none"``."""
        return Match(self.explanation.match).value


def figure(value: float) -> str:
    """Three significant digits in the reader's locale; whole numbers from a hundred on."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = number_format(round(value, digits), decimal_pos=min(digits, 6), force_grouping=True)
    mark = number_format(0.1, decimal_pos=1)[1]
    return text.rstrip("0").rstrip(mark) if mark in text else text


def told_to(
    reading: Reading, *, only_mine: bool = False, number: Callable[[float], str] = figure
) -> list[Told]:
    """Explanations that the reader may read, those of least success first.

    Own offers, needs and processors come with the names of their partners. Of others, only those
    are told that the reader may see with all their flows.
    """
    words = explain(_translated(reading), reading.plan, names=_names(reading))
    told = [
        Told(reading.end(port), each, _fit_to_read(reading, port, each).text(number))
        for port, each in words.items()
        if (reading.end(port).mine if only_mine else _may_hear(reading, port))
    ]
    told = _without_repetition(told)
    order = (Match.NONE, Match.PART, Match.FULL)
    return sorted(
        told, key=lambda each: (order.index(each.explanation.match), each.end.name, each.end.port)
    )


def _fit_to_read(reading: Reading, port: str, words: Explanation) -> Explanation:
    """Without the reason, where it speaks of somebody whom this reader may not know of.

    The owner of the port keeps it: without a name, it is what helps.
    """
    open_to_all = reading.everything or reading.end(port).mine
    if open_to_all or words.nearest is None or reading.end(words.nearest).visible:
        return words
    return replace(words, why="")


def _without_repetition(told: list[Told]) -> list[Told]:
    """One line for a processor that stands still, and none for what a running one just buys."""
    kept: list[Told] = []
    still: set[str] = set()
    for each in told:
        of_processor = each.end.port.startswith("processor:")
        if of_processor and each.explanation.sentence == STANDS_STILL:
            if each.end.port in still:
                continue
            still.add(each.end.port)
        elif of_processor and (each.explanation.side, each.match) == ("sink", "none"):
            continue
        kept.append(each)
    return kept


def _translated(reading: Reading) -> Problem:
    """The problem with the kinds' names in the reader's language; amounts are as they were."""
    kinds = tuple(
        replace(kind, label=label_of(reading.kinds[kind.code])) for kind in reading.problem.kinds
    )
    return replace(reading.problem, kinds=kinds)


def _may_hear(reading: Reading, port: str) -> bool:
    end = reading.end(port)
    if reading.everything or end.mine:
        return True
    return end.visible and port not in reading.half_hidden


def _names(reading: Reading) -> dict[str, str]:
    """What to call each agent of the problem, by the id that the planner knows.

    A hidden agent is named to the reader who is matched with it, and to nobody else.
    """
    partners = {
        reading.end(other).agent
        for flow in reading.plan.flows
        for port, other in ((flow.source, flow.sink), (flow.sink, flow.source))
        if reading.end(port).mine
    }
    names: dict[str, str] = {}
    agents = {wish.id: wish.agent for wish in wishes(reading.problem)}
    agents |= {each.id: each.agent for each in reading.problem.processors}
    for part, agent in agents.items():
        end = reading.end_of_part(part)
        open_to_all = reading.everything or end.visible or end.mine or end.agent in partners
        # An agent that shows one offer and hides another is named nowhere it could be guessed.
        known = names.get(agent)
        name = end.name if open_to_all else str(UNNAMED)
        names[agent] = str(UNNAMED) if known == str(UNNAMED) else name
    return {agent: name or str(RESIDENT) for agent, name in names.items()}
