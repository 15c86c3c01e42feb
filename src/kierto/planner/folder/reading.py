"""From the tables of a folder to a problem; every fault of every file is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kierto.core.tables import Fault, FaultyFile, Row
from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw
from kierto.planner.folder.additions import read_blends, read_profiles, spread
from kierto.planner.folder.cells import Cells
from kierto.planner.folder.rates import FILE as RATES_FILE
from kierto.planner.folder.rates import RatesFile, line_in_rates, read_rates
from kierto.planner.folder.tables import BUYING, DISPOSAL, FALLBACK, TABLES, read_rows
from kierto.planner.model import (
    Arc,
    Blend,
    Fallback,
    Kind,
    Need,
    Offer,
    Problem,
    Processor,
    Rate,
    Rates,
    Storage,
    Stream,
)
from kierto.planner.validation import check, flaws_of

_NO_RATES = RatesFile(Rates(Rate(0.0, 0.0)))
"""Stands in for a faulty file while the tables are still searched for faults."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a folder holds: the problem, and words for the report."""

    problem: Problem
    title: str = ""
    note: str = ""


def read_folder(folder: Path, *, carbon_price: float | None = None) -> Problem:
    """The problem that a folder describes; ``carbon_price`` overrides the file's (EUR per kg).

    Raises:
        FaultyFile: with every fault of every file.
        Unsupported: the folder asks for something that is not solved yet.
    """
    return read_inputs(folder, carbon_price=carbon_price).problem


def read_inputs(folder: Path, *, carbon_price: float | None = None) -> Inputs:
    """As :func:`read_folder`, with the words for the report."""
    reading = _Reading(folder)
    inputs = reading.inputs(carbon_price)
    check(inputs.problem)
    return inputs


class _Reading:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.rows: dict[tuple[str, str], list[Row]] = {}
        self.cells = Cells({})
        self.periods = 1
        self.profiles: Mapping[str, Mapping[int, float]] = {}
        self.blends: Mapping[str, tuple[Blend, ...]] = {}

    def inputs(self, carbon_price: float | None) -> Inputs:
        tables = {
            name: read_rows(self.folder, table, self.faults) for name, table in TABLES.items()
        }
        rates = read_rates(self.folder / RATES_FILE, self.faults)
        complete = rates is not None and None not in tables.values()
        read = {name: rows or [] for name, rows in tables.items()}
        self.cells = Cells({row["code"]: row["unit"] for row in read["kinds"]})
        problem = self._problem(read, rates, carbon_price)
        self.faults += self.cells.faults
        if complete:
            self.faults += self._faults_of(flaws_of(problem))
        if self.faults or rates is None:
            raise FaultyFile(sorted(self.faults, key=lambda each: (each.file, each.line)))
        return Inputs(problem, rates.title or self.folder.resolve().name, rates.note)

    def _problem(
        self, read: dict[str, list[Row]], rates: RatesFile | None, carbon_price: float | None
    ) -> Problem:
        rates = rates or _NO_RATES
        self.periods = rates.periods
        self._add(read)
        return Problem(
            kinds=tuple(self._kind(row) for row in read["kinds"]),
            offers=tuple(self._offer(row) for row in read["offers"]),
            needs=tuple(self._need(row) for row in read["needs"]),
            processors=self._processors(read["processors"], read["streams"]),
            rates=rates.rates,
            arcs=tuple(self._arc(row) for row in read["arcs"]) or None,
            carbon_price=rates.carbon_price if carbon_price is None else carbon_price,
            period=rates.period,
            periods=rates.periods,
            storages=tuple(self._storage(row) for row in read["storages"]),
            cyclic=rates.cyclic,
        )

    def _add(self, read: Mapping[str, list[Row]]) -> None:
        """Read what stands of ports in tables of their own."""
        kinds = {row["id"]: row["kind"] for name in ("offers", "needs") for row in read[name]}
        kinds |= {row["id"]: "" for row in read["processors"]}
        sinks = {row["id"]: ("need", row["id"]) for row in read["needs"]}
        for row in read["streams"]:
            if row["direction"].lower() == "in":
                owner, kind = row["processor"], row["kind"]
                sinks[f"{owner}:in:{kind}"] = ("input", f"{owner}/{kind}")
        self.profiles = read_profiles(
            read["profiles"], self.cells, kinds, self.periods, self._remember
        )
        self.blends = read_blends(read["blends"], self.cells, sinks, self._remember)

    def _profile(self, row: Row, amount: float) -> tuple[float, ...]:
        return spread(amount, self.profiles.get(row["id"]), self.periods)

    def _remember(self, part: str, id_: str, row: Row) -> None:
        self.rows.setdefault((part, id_), []).append(row)

    def _kind(self, row: Row) -> Kind:
        self._remember("kind", row["code"], row)
        return Kind(self.cells.text(row, "code"), row["unit"], row["parent"] or None, row["label"])

    def _offer(self, row: Row) -> Offer:
        self._remember("offer", row["id"], row)
        cells = self.cells
        amount = cells.amount(row, "amount", row["kind"])
        return Offer(
            id=row["id"],
            agent=cells.text(row, "agent"),
            kind=row["kind"],
            amount=amount,
            place=cells.place(row),
            fallback=self._fallback(row, DISPOSAL),
            quality=cells.quality(row),
            minimum_lot=cells.amount(row, "minimum_lot", row["kind"]) if row["minimum_lot"] else 0,
            profile=self._profile(row, amount),
        )

    def _need(self, row: Row) -> Need:
        self._remember("need", row["id"], row)
        cells = self.cells
        amount = cells.amount(row, "amount", row["kind"])
        return Need(
            id=row["id"],
            agent=cells.text(row, "agent"),
            kind=row["kind"],
            amount=amount,
            place=cells.place(row),
            fallback=self._fallback(row, BUYING),
            limits=cells.limits(row),
            blends=self.blends.get(row["id"], ()),
            profile=self._profile(row, amount),
        )

    def _fallback(self, row: Row, columns: tuple[str, str]) -> Fallback:
        return Fallback(self.cells.number(row, columns[0]), self.cells.number(row, columns[1], 0.0))

    def _processors(self, rows: list[Row], streams: list[Row]) -> tuple[Processor, ...]:
        ids = {row["id"] for row in rows}
        sides: dict[tuple[str, str], list[Stream]] = {}
        for row in streams:
            direction = self._direction(row)
            if row["processor"] not in ids:
                self.faults.append(
                    row.fault(
                        "processor",
                        _("There is no processor “%(id)s”."),
                        _("Correct it, or add it to processors.csv."),
                        id=row["processor"],
                    )
                )
            part = "input" if direction == "in" else "output"
            self._remember(part, f"{row['processor']}/{row['kind']}", row)
            sides.setdefault((row["processor"], direction), []).append(self._stream(row, direction))
        return tuple(self._processor(row, sides) for row in rows)

    def _direction(self, row: Row) -> str:
        direction = row["direction"].lower()
        if direction not in {"in", "out"}:
            self.faults.append(
                row.fault(
                    "direction",
                    _("“%(text)s” is not a direction."),
                    _("Write in or out."),
                    text=row["direction"],
                )
            )
        return direction

    def _stream(self, row: Row, direction: str) -> Stream:
        given = bool(row["fallback_cost"])
        if row["fallback_emissions"] and not given:
            self.faults.append(
                row.fault(
                    "fallback_cost",
                    _("The fallback has emissions but no cost."),
                    _("Write the cost too; 0 counts."),
                )
            )
        port = f"{row['processor']}:in:{row['kind']}"
        return Stream(
            kind=row["kind"],
            yield_=self.cells.number(row, "amount", least=0),
            fallback=self._fallback(row, FALLBACK) if given else None,
            quality=self.cells.quality(row) if direction == "out" else {},
            limits=self.cells.limits(row) if direction == "in" else {},
            blends=self.blends.get(port, ()) if direction == "in" else (),
        )

    def _processor(self, row: Row, sides: dict[tuple[str, str], list[Stream]]) -> Processor:
        self._remember("processor", row["id"], row)
        cells = self.cells
        capacity = cells.number(row, "capacity", least=0)
        return Processor(
            id=row["id"],
            agent=cells.text(row, "agent"),
            place=cells.place(row),
            inputs=tuple(sides.get((row["id"], "in"), ())),
            outputs=tuple(sides.get((row["id"], "out"), ())),
            capacity=capacity,
            cost=cells.number(row, "cost", 0.0),
            emissions=cells.number(row, "emissions", 0.0),
            minimum=cells.number(row, "minimum", 0.0, least=0),
            opening_cost=cells.number(row, "opening_cost", 0.0, least=0),
            profile=self._profile(row, capacity),
        )

    def _storage(self, row: Row) -> Storage:
        self._remember("storage", row["id"], row)
        cells = self.cells
        return Storage(
            id=row["id"],
            agent=cells.text(row, "agent"),
            kind=row["kind"],
            place=cells.place(row),
            capacity=cells.amount(row, "capacity", row["kind"]),
            cost=cells.number(row, "cost", 0.0, least=0),
            emissions=cells.number(row, "emissions", 0.0, least=0),
            loss=cells.number(row, "loss", 0.0, least=0),
        )

    def _arc(self, row: Row) -> Arc:
        self._remember("arc", f"{row['source']}/{row['sink']}", row)
        return Arc(
            source=row["source"],
            sink=row["sink"],
            cost=self.cells.number(row, "cost"),
            emissions=self.cells.number(row, "emissions", 0.0),
            km=self.cells.optional(row, "km"),
        )

    def _faults_of(self, flaws: list[Flaw]) -> list[Fault]:
        """The problem's flaws at the lines they come from, unless the cell is faulty already."""
        known = {(fault.file, fault.line, fault.column) for fault in self.faults}
        fresh: dict[str, Fault] = {}
        for flaw in flaws:
            fault = self._fault_of(flaw)
            if (fault.file, fault.line, fault.column) not in known:
                fresh.setdefault(str(fault), fault)
        return list(fresh.values())

    def _fault_of(self, flaw: Flaw) -> Fault:
        fields = dict(flaw.fields)
        if flaw.part in {"rates", "problem"}:
            section = "default" if flaw.id == "default" else f"kinds.{flaw.id}" if flaw.id else ""
            line = line_in_rates(self.folder / RATES_FILE, flaw.field, section)
            return Fault(RATES_FILE, line, flaw.field, flaw.problem, flaw.mend, fields)
        added = ("blend", f"{flaw.part} {flaw.id} {flaw.field.removeprefix('blend ')}")
        if flaw.field.startswith("profile "):
            added = ("profile", f"{flaw.id} {flaw.field.removeprefix('profile ')}")
        row = self.rows.get(added, self.rows.get((flaw.part, flaw.id), []))[-1]
        return row.fault(_column(flaw), flaw.problem, flaw.mend, **fields)


def _column(flaw: Flaw) -> str:
    """The column that a field is read from."""
    side = {"offer": "disposal", "need": "buying"}.get(flaw.part, "fallback")
    renamed = {
        "yield_": "amount",
        "fallback": "fallback_cost",
        "fallback_cost": f"{side}_cost",
        "fallback_emissions": f"{side}_emissions",
        "inputs": "id",
    }
    added = {"quality": "quality", "limit": "limits", "blend": "low", "profile": "amount"}
    first, space, _rest = flaw.field.partition(" ")
    if space and first in added:
        return added[first]
    return renamed.get(flaw.field, flaw.field)
