"""A long time in windows: plan a fortnight with a look ahead, keep it, carry the stores over.

**Feasible by construction.** Each window demands that stores end with their initial level or
more, as the whole does, so the next window always has something that it can do.

**What it costs is stated.** The windows' prices, laid end to end, are prices for all hours, and
any prices prove a bound (:mod:`kierto.planner.dispatch.bound`). At the joins they may jump, and
the bound loses there. So the joins are *mended*: a span of hours across each is solved once more

- for the bound, with open levels at both ends, where a stored kWh has the value that the prices
  on the other side give it (these values are Lagrange multipliers of the carried levels). Among
  all prices inside the span, given those outside, the new ones prove the highest bound.
- for the plan, with the levels at both ends held, so that what comes before and after stays as it
  is. The plan cannot become dearer.

Neither step can make things worse. Spans do not touch each other, so they are solved in threads;
from round to round they grow and move, and the work stops when the gap is small enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from kierto.planner.dispatch.bound import lower_bound, possible_prices
from kierto.planner.dispatch.district import Decisions, District, Prices
from kierto.planner.dispatch.highs import Infeasible, solve_window
from kierto.planner.dispatch.operation import settle
from kierto.planner.dispatch.program import Stores, Window
from kierto.planner.dispatch.totals import money_moved, operation_totals
from kierto.planner.dispatch.workers import Workers

ROUNDS = 8
"""At most so many rounds of mending; in the last ones a span is eight windows long."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """How to cut the hours.

    ``window`` hours of each window are kept, ``overlap`` more are looked ahead; the first mending
    reaches ``overlap`` hours to both sides of a join. Work stops at ``gap``.
    """

    window: int = 336
    overlap: int = 48
    gap: float = 1e-4


@dataclass
class _Course:
    """The best decisions and prices so far, for all hours."""

    decisions: Decisions
    prices: Prices

    def take(self, part: tuple[Decisions, Prices], first: int, count: int) -> None:
        """Keep the first ``count`` hours of a window that begins at hour ``first``."""
        self.take_decisions(part[0], first, count)
        self.take_prices(part[1], first, count)

    def take_decisions(self, part: Decisions, first: int, count: int) -> None:
        _copy(part, self.decisions, first, count)

    def take_prices(self, part: Prices, first: int, count: int) -> None:
        _copy(part, self.prices, first, count)


def roll(district: District, rolling: Rolling, workers: Workers) -> tuple[Decisions, Prices, int]:
    """Decisions and prices for all hours, and the number of windows.

    Raises:
        Cancelled: the caller said so.
        NotSolved: a window has no answer.
    """
    joins = _joins(district.hours, rolling.window)
    course = _Course(*_empty(district))
    _first_course(district, rolling, workers, joins, course)
    _mend(district, rolling, workers, joins, course)
    return course.decisions, course.prices, len(joins) - 1


def _joins(hours: int, window: int) -> list[int]:
    """Where windows begin, and the end; the last window is not shorter than half of one."""
    return [*range(0, max(hours - window // 2, 1), window), hours]


def _first_course(
    district: District, rolling: Rolling, workers: Workers, joins: list[int], course: _Course
) -> None:
    """Roll through all hours: in several chains at once if their ends can be made to meet."""
    chains = _chains(joins, min(workers.threads, (len(joins) - 1) // 4 or 1))
    done: list[int] = []

    def share() -> float:
        return 0.05 + 0.5 * len(done) / (len(joins) - 1)

    starts = [_initial(district)]
    for chain in chains[1:]:
        workers.say("windows", share())
        starts.append(_probe(district, rolling, workers, chain[0]))
    ends = [*starts[1:], None]

    def rolled(chain: list[int], start: Stores, end: Stores | None) -> Callable[[], None]:
        return lambda: _roll_chain(district, rolling, workers, chain, start, end, course, done)

    try:
        tasks = [rolled(*each) for each in zip(chains, starts, ends, strict=True)]
        workers.run(tasks, "windows", share)
    except Infeasible:
        workers.restart()
        done.clear()
        workers.run([rolled(joins, starts[0], None)], "windows", share)


def _chains(joins: list[int], count: int) -> list[list[int]]:
    """The joins cut into ``count`` runs of windows; a run's last join begins the next run."""
    cuts = np.linspace(0, len(joins) - 1, count + 1).round().astype(int).tolist()
    return [joins[first : last + 1] for first, last in itertools.pairwise(cuts)]


def _probe(district: District, rolling: Rolling, workers: Workers, hour: int) -> Stores:
    """Plausible levels for a chain to begin with: those of a window around its first hour."""
    first = max(hour - rolling.overlap, 0)
    last = min(hour + rolling.overlap, district.hours)
    decided, _prices = solve_window(
        district, Window(first, last, _initial(district)), workers.stopped
    )
    row = hour - first - 1
    return Stores(decided.stored[:, row], decided.tanks[:, row])


def _roll_chain(
    district: District,
    rolling: Rolling,
    workers: Workers,
    joins: list[int],
    levels: Stores,
    target: Stores | None,
    course: _Course,
    done: list[int],
) -> None:
    for first, last in itertools.pairwise(joins):
        held = target if last == joins[-1] else None
        ahead = last if held else min(last + rolling.overlap, district.hours)
        part = solve_window(district, Window(first, ahead, levels, target=held), workers.stopped)
        course.take(part, first, last - first)
        levels = _levels(course.decisions, last, district)
        done.append(first)


def _mend(
    district: District, rolling: Rolling, workers: Workers, joins: list[int], course: _Course
) -> None:
    """Rounds of mending, until the gap is small enough."""
    gap = _gap(district, workers, course)
    for round_ in range(ROUNDS):
        if gap <= rolling.gap or workers.enough:
            return
        spans = _spans(district.hours, rolling, joins, round_)
        _mend_spans(district, workers, spans, course, 0.55 + 0.4 * round_ / ROUNDS)
        gap = _gap(district, workers, course)


def _spans(hours: int, rolling: Rolling, joins: list[int], round_: int) -> list[tuple[int, int]]:
    """What to solve anew: first only what is near the joins; then everything, in spans of one,
    two, two, four, four … windows that lie across the ends of those before. An hour between two
    spans keeps its prices, so that each span can be solved by itself."""
    if round_ == 0:
        reach = min(rolling.overlap, max(rolling.window // 2 - 1, 1))
        return [(max(at - reach, 0), min(at + reach, hours)) for at in joins[1:-1]]
    length = rolling.window * 2 ** (round_ // 2)
    first = length // 2 if round_ % 2 else 0
    ends = [0, *range(first or length, hours - rolling.window // 2, length), hours]
    return [(begin, end if end == hours else end - 1) for begin, end in itertools.pairwise(ends)]


def _mend_spans(
    district: District,
    workers: Workers,
    spans: Sequence[tuple[int, int]],
    course: _Course,
    share: float,
) -> None:
    def mend(span: tuple[int, int]) -> Callable[[], tuple[Decisions, Prices]]:
        held, valued = _held(district, course, *span), _valued(district, course, *span)
        return lambda: (
            solve_window(district, held, workers.stopped)[0],
            solve_window(district, valued, workers.stopped)[1],
        )

    parts = workers.run([mend(span) for span in spans], "joins", lambda: share)
    for (first, last), (decisions, prices) in zip(spans, parts, strict=True):
        course.take_decisions(decisions, first, last - first)
        course.take_prices(prices, first, last - first)


def _held(district: District, course: _Course, first: int, last: int) -> Window:
    """The window with the levels of the course at both ends."""
    target = None if last == district.hours else _levels(course.decisions, last, district)
    return Window(first, last, _levels(course.decisions, first, district), target=target)


def _valued(district: District, course: _Course, first: int, last: int) -> Window:
    """The window with open levels at both ends, at the values that the prices beyond them give."""
    prices, building = course.prices, district.tank_building
    entry = leave = levels = None
    if first == 0:
        levels = _initial(district)
    else:
        entry = Stores(prices.stored[:, first - 1], prices.heat[building, first - 1])
    if last < district.hours:
        leave = Stores(
            district.battery_keep * prices.stored[:, last],
            district.tank_keep * prices.heat[building, last],
        )
    return Window(first, last, levels, entry=entry, exit=leave)


def _gap(district: District, workers: Workers, course: _Course) -> float:
    operation = settle(district, course.decisions)
    objective = operation_totals(district, operation).objective
    possible, _moved = possible_prices(district, course.prices)
    bound = lower_bound(district, possible)
    gap = (objective - bound) / money_moved(district, operation)
    workers.known(objective, bound, gap)
    return gap


def _initial(district: District) -> Stores:
    return Stores(district.battery_initial, district.tank_initial)


def _levels(decisions: Decisions, hour: int, district: District) -> Stores:
    """What is stored when the hour begins, within capacity to the last bit."""
    if hour == 0:
        return _initial(district)
    return Stores(
        np.clip(decisions.stored[:, hour - 1], 0.0, district.battery_capacity),
        np.clip(decisions.tanks[:, hour - 1], 0.0, district.tank_capacity),
    )


def _empty(district: District) -> tuple[Decisions, Prices]:
    def rows(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        return np.zeros((count, district.hours))

    batteries = len(district.battery_capacity)
    decisions = Decisions(
        stored=rows(batteries),
        tanks=rows(len(district.tank_capacity)),
        pumps=rows(len(district.pump_power)),
        pipes=rows(len(district.pipe_source)),
        boilers=rows(len(district.boiler_price)),
    )
    return decisions, Prices(np.zeros(district.hours), rows(len(district.heat)), rows(batteries))


def _copy(part: Decisions | Prices, whole: Decisions | Prices, first: int, count: int) -> None:
    for field in fields(part):
        getattr(whole, field.name)[..., first : first + count] = getattr(part, field.name)[
            ..., :count
        ]
