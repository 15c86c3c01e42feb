"""A fair split as one reader may see it.

What somebody pays tells more than what it gives. So participants see their own accounts, those
who run the district see all, and everybody sees the totals and what is promised of the split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kierto.catalogue.labels import label_of
from kierto.core.quantity import Unit
from kierto.planner.fair import FairSplit, Participant
from kierto.planner.fair.result import PortPrice
from kierto.planning.explaining import figure
from kierto.planning.reading import RESIDENT, End, Reading

CENT = 0.005
"""Ranges narrower than this are one figure."""

LARGER = {Unit.KILOGRAM: ("t", 1000.0), Unit.KILOWATT_HOUR: ("MWh", 1000.0)}
"""Prices are read per tonne and per megawatt-hour; of other kinds per their own unit."""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One port of a participant, priced per ``unit``; euros with carbon at its price."""

    end: End
    label: str
    gives: bool
    amount: float
    amount_unit: str
    unit: str
    price: float
    lowest: float | None
    highest: float | None
    fallback: float | None

    @property
    def has_room(self) -> bool:
        """Whether other prices would be as stable."""
        return (
            self.lowest is not None
            and self.highest is not None
            and (self.highest - self.lowest > CENT)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One participant: names, the account, the words, its prices."""

    name: str
    mine: bool
    account: Participant
    text: str
    prices: tuple[PriceRow, ...]

    @property
    def has_room(self) -> bool:
        """Whether another share would be as stable."""
        return self.account.highest - self.account.lowest > CENT


@dataclass(frozen=True, slots=True)
class ShownSplit:
    """The split with the rows that the reader may see; own ones first, then by gain."""

    split: FairSplit
    label: str
    rows: list[Row]
    unseen: int
    gaining: int


def split_for(reading: Reading, *, number: Callable[[float], str] = figure) -> ShownSplit | None:
    """The run's split for the reader; None where the run has none."""
    if reading.run.split is None:
        return None
    split = FairSplit.from_dict(reading.run.split)
    ends = {str(end.agent): end for end in reading.ends.values()}
    rows = [
        _row(reading, each, ends[each.agent], number)
        for each in split.participants
        if reading.everything or ends[each.agent].mine
    ]
    rows.sort(key=lambda row: (not row.mine, -row.account.gain, row.name))
    return ShownSplit(
        split=split,
        label=split.label(number),
        rows=rows,
        unseen=len(split.participants) - len(rows),
        gaining=sum(not each.gains_nothing for each in split.participants),
    )


def _row(reading: Reading, account: Participant, end: End, number: Callable[[float], str]) -> Row:
    name = end.name or str(RESIDENT)
    prices = tuple(_price(reading, each) for each in account.ports)
    return Row(name, end.mine, account, account.text(number, name=name), prices)


def _price(reading: Reading, port: PortPrice) -> PriceRow:
    unit, times = LARGER.get(Unit(port.unit), (port.unit, 1.0))

    def per(value: float | None) -> float | None:
        return None if value is None else value * times

    return PriceRow(
        end=reading.end(port.port),
        label=label_of(reading.kinds[port.kind]),
        gives=port.side == "source",
        amount=port.amount,
        amount_unit=port.unit,
        unit=unit,
        price=port.price * times,
        lowest=per(port.lowest),
        highest=per(port.highest),
        fallback=per(port.fallback),
    )
