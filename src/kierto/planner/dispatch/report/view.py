"""What the report shows of a dispatch: the hours of its week, and the layers of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from kierto.core.text import Sentence as _
from kierto.planner.dispatch.district import District, Floats
from kierto.planner.dispatch.model import DispatchProblem
from kierto.planner.dispatch.operation import changes
from kierto.planner.dispatch.plan import DispatchPlan
from kierto.planner.dispatch.report.pictures import Layer
from kierto.planner.dispatch.series import read_operation

WEEK = 168


class DispatchView:
    """One dispatch, looked at by the report's parts."""

    def __init__(self, problem: DispatchProblem, plan: DispatchPlan, times: Sequence[str]) -> None:
        self.problem, self.plan, self.times = problem, plan, times
        self.district = District(problem)
        self.operation, self.roofs = read_operation(self.district, plan)

    @property
    def gap(self) -> float:
        """What the certificate leaves open."""
        return max(self.plan.certificate.gap, 0.0)

    @property
    def cut(self) -> bool:
        """Whether the pictures show a part of the hours only."""
        return self.problem.hours > WEEK

    @cached_property
    def span(self) -> slice:
        """The hours of the pictures: all of a week, else the days around the highest import."""
        hours = self.problem.hours
        if not self.cut:
            return slice(0, hours)
        peak = int(np.argmax(self.operation.imports))
        first = min(max(peak - WEEK // 2, 0), hours - WEEK)
        begins = [hour for hour, _date in self._all_days if hour <= first]
        first = begins[-1] if begins else 0
        return slice(first, min(first + WEEK, hours))

    @property
    def ends(self) -> dict[str, str]:
        """The first and the last hour of the pictures."""
        shown = self.times[self.span]
        return {"first": plain_time(shown[0]), "last": plain_time(shown[-1])}

    @property
    def days(self) -> list[tuple[int, str]]:
        """Where days begin within the span, each with its date."""
        first, last = self.span.start, self.span.stop
        return [(hour - first, date) for hour, date in self._all_days if first <= hour < last]

    @cached_property
    def _all_days(self) -> list[tuple[int, str]]:
        dates = [time.partition("T")[0] for time in self.times]
        if "T" not in self.times[0]:
            return [(hour, time) for hour, time in enumerate(self.times) if hour % 24 == 0]
        return [
            (hour, date) for hour, date in enumerate(dates) if hour == 0 or dates[hour - 1] != date
        ]

    def by_day(self, values: Floats) -> list[float]:
        """Hourly values added up by day."""
        begins = [hour for hour, _date in self._all_days]
        return [float(total) for total in np.add.reduceat(values, begins)]

    @property
    def dates(self) -> list[str]:
        """The dates of all days."""
        return [date for _hour, date in self._all_days]

    def shown(self, values: Floats) -> Floats:
        """The values of the span."""
        return values[self.span]

    def electricity_layers(self) -> list[Layer]:
        """Sources of electricity that give anything in the span."""
        operation = self.operation
        return self._layers(
            [
                Layer(_("Sunshine"), 4, operation.solar),
                Layer(_("From batteries"), 2, operation.discharge.sum(axis=0)),
                Layer(_("Bought from the grid"), 0, operation.imports),
                Layer(_("Lacking"), 1, operation.shortage),
            ]
        )

    def heat_layers(self) -> list[Layer]:
        """Sources of heat that give anything in the span."""
        operation, district = self.operation, self.district
        change = changes(operation.tanks, district.tank_keep, district.tank_initial)
        arriving = district.pipe_keep[:, None] * operation.pipes
        return self._layers(
            [
                Layer(_("Waste heat"), 2, arriving.sum(axis=0)),
                Layer(_("Heat pumps"), 0, (district.cop * operation.pumps).sum(axis=0)),
                Layer(_("From tanks"), 5, np.maximum(-change, 0.0).sum(axis=0)),
                Layer(_("Boilers and bought heat"), 1, operation.boilers.sum(axis=0)),
                Layer(_("Lacking"), 3, operation.heat_shortage.sum(axis=0)),
            ]
        )

    def _layers(self, layers: list[Layer]) -> list[Layer]:
        cut = [Layer(each.name, each.colour, self.shown(each.values)) for each in layers]
        return [each for each in cut if each.values.any()]


def plain_time(time: str) -> str:
    """Date and time of day as people write them; the offset stays where there is one."""
    return time.replace("T", " ")
