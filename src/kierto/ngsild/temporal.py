"""Queries in time, and how histories are written (clauses 4.11, 4.5.6 to 4.5.9, 4.5.19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from kierto.ngsild.aggregation import Duration

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context
    from kierto.ngsild.representations import Shape

History: TypeAlias = dict[str, Any]
"""``{"id", "type": […], "scope"?, "attributes": {iri: [Instance, …in time order]}}``."""


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """Which instances of a history are meant.

    Attributes:
        timerel: ``before``, ``after``, ``between``, or None for all times.
        time_at: normalised; of ``after`` and ``between`` inclusive, of ``before`` exclusive.
        end_time_at: of ``between``, exclusive.
        timeproperty: ``observedAt``, ``createdAt``, ``modifiedAt`` or ``deletedAt``.
        last_n: only the last ones of each attribute, latest first.
        aggr_methods: methods of aggregation, in the order asked.
        aggr_period: length of a period; None is the whole time asked.
    """

    timerel: str | None = None
    time_at: str | None = None
    end_time_at: str | None = None
    timeproperty: str = "observedAt"
    last_n: int | None = None
    aggr_methods: tuple[str, ...] = ()
    aggr_period: Duration | None = None

    def accepts(self, instance: dict[str, Any]) -> bool:
        """Whether the time of an instance is meant; one without the timeproperty never is."""
        raise NotImplementedError


def parse_temporal(
    *,
    timerel: str | None = None,
    time_at: str | None = None,
    end_time_at: str | None = None,
    timeproperty: str | None = None,
    last_n: str | int | None = None,
    aggr_methods: str | None = None,
    aggr_period: str | None = None,
    aggregated: bool = False,
    required: bool = False,
) -> TemporalQuery:
    """Read the parameters of a temporal query.

    Args:
        aggregated: whether aggregated values are asked, so that methods are needed.
        required: whether ``timerel`` is.

    Raises:
        BadRequestData: they are none; a part of them is missing.
    """
    raise NotImplementedError


def select(history: History, query: TemporalQuery) -> History:
    """The history with the instances meant: in time, the last N of each attribute."""
    raise NotImplementedError


def write_history(
    history: History, context: Context, shape: Shape, query: TemporalQuery
) -> dict[str, Any]:
    """A selected history as JSON (without @context).

    ``shape.format`` ``normalized`` or ``concise`` gives instances, ``simplified`` the temporal
    values; with ``query.aggr_methods`` it is the aggregated values, whatever the format.

    Raises:
        InvalidRequest: an attribute asked for has no value a method can aggregate.
    """
    raise NotImplementedError
