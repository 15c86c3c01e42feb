"""``profiles.csv`` and ``blends.csv``: what is said of ports in tables of their own.

Both name a port of another table; what names none is a fault. Each returns what it says by port,
and remembers the rows, so that a flaw found later is shown at its line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kierto.core.tables import Row
from kierto.core.text import Sentence as _
from kierto.planner.folder.cells import Cells
from kierto.planner.model import Blend

Remember = Callable[[str, str, Row], None]
"""Keeps a row under the name of what it says."""


def read_profiles(
    rows: Sequence[Row], cells: Cells, kinds: Mapping[str, str], periods: int, remember: Remember
) -> dict[str, dict[int, float]]:
    """By id of an offer, need or processor, the amounts of the periods that are listed.

    ``kinds`` gives the kind of each id, empty for a processor (whose level has no unit).
    """
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        id_, period = row["id"], _period(row, cells, periods)
        if id_ not in kinds:
            cells.note(
                row,
                "id",
                _("There is no offer, need or processor “%(id)s”."),
                _("Correct it, or add it to its own table."),
                id=id_,
            )
            continue
        amount = cells.amount(row, "amount", kinds[id_])
        if period is None:
            continue
        if period in found.setdefault(id_, {}):
            cells.note(row, "period", _("The period stands twice."), _("Keep one of the rows."))
        found[id_][period] = amount
        remember("profile", f"{id_} {period}", row)
    return found


def _period(row: Row, cells: Cells, periods: int) -> int | None:
    number = cells.number(row, "period", 1.0)
    if number == int(number) and 1 <= number <= periods:
        return int(number)
    cells.note(
        row,
        "period",
        _("There is no period %(text)s."),
        _("Write a whole number from 1 to %(periods)s; rates.toml says how many there are."),
        text=row["period"],
        periods=str(periods),
    )
    return None


def spread(amount: float, listed: Mapping[int, float] | None, periods: int) -> tuple[float, ...]:
    """The profile: what is listed, and the amount of the main table elsewhere."""
    if not listed:
        return ()
    return tuple(listed.get(period, amount) for period in range(1, periods + 1))


def read_blends(
    rows: Sequence[Row], cells: Cells, sinks: Mapping[str, tuple[str, str]], remember: Remember
) -> dict[str, tuple[Blend, ...]]:
    """By sink port, its blends; ``sinks`` gives the part and id by which flaws name each port."""
    found: dict[str, tuple[Blend, ...]] = {}
    for row in rows:
        sink = row["sink"]
        if sink not in sinks:
            cells.note(
                row,
                "sink",
                _("There is no need or processor's input “%(id)s”."),
                _("Use the id of a need, or processor:in:kind."),
                id=sink,
            )
            continue
        blend = Blend(
            quality=cells.text(row, "quality"),
            per=row["per"],
            low=cells.optional(row, "low"),
            high=cells.optional(row, "high"),
        )
        found[sink] = (*found.get(sink, ()), blend)
        remember("blend", f"{' '.join(sinks[sink])} {blend.quality}", row)
    return found
