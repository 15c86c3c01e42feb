"""Why the planner refuses, stops, or withholds a plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _


@dataclasses.dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a problem.

    Attributes:
        part: ``"kind"``, ``"offer"``, ``"need"``, ``"processor"``, ``"input"``, ``"output"``,
            ``"rates"``, ``"arc"`` or ``"problem"``.
        id: of the part; for streams ``processor/kind``, for arcs ``source/sink``.
        field: name of the field that is wrong.
        problem, mend: sentences; ``fields`` fill their placeholders.
    """

    part: str
    id: str
    field: str
    problem: Any
    mend: Any
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        words = f"{self.problem} {self.mend}"
        return f"{self.part} {self.id}, {self.field}: {words % dict(self.fields)}"


class InvalidProblem(DomainError):
    """The problem contradicts itself; ``flaws`` lists everything that is wrong with it."""

    code = "invalid_problem"
    sentence = _("The planning data has %(count)s faults. The first: %(first)s")

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(count=len(flaws), first=flaws[0])
        self.flaws = tuple(flaws)


class Unsupported(DomainError):
    """The problem uses a field that this planner does not honour yet."""

    code = "planner_unsupported"
    status = HTTPStatus.NOT_IMPLEMENTED
    sentence = _(
        "The planner cannot take “%(feature)s” of %(part)s into account yet. "
        "Remove it, or plan without %(part)s."
    )


class Cancelled(DomainError):
    """Somebody asked the planner to stop. There is no plan."""

    code = "planning_cancelled"
    status = HTTPStatus.CONFLICT
    sentence = _("Planning was stopped before it was done. Start it again when you want a plan.")


class NotSolved(DomainError):
    """The solver came to no answer."""

    code = "plan_not_solved"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = _(
        "The solver stopped without an answer (%(reason)s). "
        "Check the data for extreme numbers and try again."
    )


class Uncertified(DomainError):
    """A plan did not pass its certificate and is therefore not shown."""

    code = "plan_uncertified"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = _(
        "The plan did not pass its own check and is withheld: %(first)s "
        "Report this with the planning data."
    )
