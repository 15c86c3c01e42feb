"""From the tables of a folder to a dispatch problem; every fault of every file is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kierto.core.tables import Fault, FaultyFile, Row, read_table
from kierto.core.text import Sentence as _
from kierto.planner.dispatch.folder.profiles import PRICES, PROFILES, Prices, Profiles, read_prices
from kierto.planner.dispatch.folder.sheet import FILE as SHEET
from kierto.planner.dispatch.folder.sheet import Sheet, line_in_sheet, read_sheet
from kierto.planner.dispatch.model import (
    Battery,
    Boiler,
    Building,
    DispatchProblem,
    Grid,
    HeatPump,
    Solar,
    Tank,
    WasteHeat,
)
from kierto.planner.dispatch.validation import dispatch_flaws
from kierto.planner.errors import Flaw
from kierto.planner.folder.cells import Cells

BUILDINGS = "buildings.csv"
ASSETS = "assets.csv"
BUILDING_COLUMNS = ("id", "electricity", "heat")
BUILDING_OPTIONS = ("label", "electricity_factor", "heat_factor", "source")
ASSET_COLUMNS = ("kind", "id", "building")
STORE = ("capacity", "loss", "initial")
POWERS = ("charge", "discharge", "charge_efficiency", "discharge_efficiency")
USED: Mapping[str, tuple[str, ...]] = {
    "solar": ("profile", "factor"),
    "battery": (*STORE, *POWERS, "cost"),
    "heat_pump": ("power", "profile", "factor"),
    "tank": STORE,
    "waste_heat": ("profile", "factor", "cost", "emissions", "loss"),
    "boiler": ("cost", "emissions", "power"),
}
"""The columns that each kind of asset uses, beside kind, id and building."""

ASSET_OPTIONS = (*STORE, *POWERS, "power", "profile", "factor", "cost", "emissions", "source")


@dataclass(frozen=True, slots=True)
class DispatchInputs:
    """What a folder holds: the problem, its time zone, and words for the report."""

    problem: DispatchProblem
    zone: ZoneInfo
    title: str = ""
    note: str = ""


def read_dispatch_folder(folder: Path, *, carbon_price: float | None = None) -> DispatchInputs:
    """The problem that a folder describes; ``carbon_price`` overrides the file's (EUR per kg).

    Raises:
        FaultyFile: with every fault of every file.
    """
    return _Reading(folder).inputs(carbon_price)


class _Reading:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cells = Cells({})
        self.rows: dict[tuple[str, str], Row] = {}
        self.made: dict[str, list[Any]] = {kind: [] for kind in USED}

    def inputs(self, carbon_price: float | None) -> DispatchInputs:
        faults = self.cells.faults
        sheet = read_sheet(self.folder / SHEET, faults)
        prices = read_prices(self.folder / PRICES, sheet.zone, self.cells)
        profiles = Profiles(self.folder / PROFILES, sheet.zone, prices.hours, self.cells)
        buildings = tuple(
            self._building(row, profiles)
            for row in self._table(BUILDINGS, BUILDING_COLUMNS, BUILDING_OPTIONS)
        )
        for row in self._table(ASSETS, ASSET_COLUMNS, ASSET_OPTIONS, may_lack=True):
            self._asset(row, profiles)
        if not faults:
            problem = self._problem(buildings, prices, sheet, carbon_price)
            faults += [self._fault_of(flaw, prices) for flaw in dispatch_flaws(problem)]
        if faults:
            raise FaultyFile(sorted(faults, key=lambda each: (each.file, each.line)))
        title = sheet.title or self.folder.resolve().name
        return DispatchInputs(problem, sheet.zone, title, sheet.note)

    def _problem(
        self,
        buildings: tuple[Building, ...],
        prices: Prices,
        sheet: Sheet,
        carbon_price: float | None,
    ) -> DispatchProblem:
        made = {kind: tuple(found) for kind, found in self.made.items()}
        start = prices.hours[0].astimezone(sheet.zone).isoformat(timespec="minutes")
        return DispatchProblem(
            buildings=buildings,
            grid=Grid(
                **prices.series,
                import_limit=sheet.import_limit,
                export_limit=sheet.export_limit,
            ),
            solar=made["solar"],
            batteries=made["battery"],
            heat_pumps=made["heat_pump"],
            tanks=made["tank"],
            waste_heat=made["waste_heat"],
            boilers=made["boiler"],
            carbon_price=sheet.carbon_price if carbon_price is None else carbon_price,
            shortage_price=sheet.shortage_price,
            start=start,
        )

    def _table(
        self,
        name: str,
        required: tuple[str, ...],
        optional: tuple[str, ...],
        *,
        may_lack: bool = False,
    ) -> list[Row]:
        path = self.folder / name
        if not path.is_file():
            if not may_lack:
                self.cells.faults.append(
                    Fault(
                        name,
                        0,
                        "",
                        _("The file is missing."),
                        _("Put it into the folder, with the columns %(columns)s."),
                        {"columns": ", ".join(required)},
                    )
                )
            return []
        try:
            return read_table(path, required=required, known=(*required, *optional))
        except FaultyFile as error:
            self.cells.faults.extend(error.faults)
            return []

    def _building(self, row: Row, profiles: Profiles) -> Building:
        self.rows["building", row["id"]] = row
        cells = self.cells
        return Building(
            id=cells.text(row, "id"),
            electricity=profiles.value(
                row, "electricity", cells.number(row, "electricity_factor", 1.0)
            ),
            heat=profiles.value(row, "heat", cells.number(row, "heat_factor", 1.0)),
            label=row["label"],
        )

    def _asset(self, row: Row, profiles: Profiles) -> None:
        kind, faults = row["kind"].lower(), self.cells.faults
        if kind not in USED:
            faults.append(
                row.fault(
                    "kind",
                    _("“%(text)s” is not a kind of asset."),
                    _("Write one of: %(known)s."),
                    text=row["kind"],
                    known=", ".join(USED),
                )
            )
            return
        faults.extend(
            row.fault(
                column,
                _("This does not belong to the kind %(kind)s."),
                _("Empty the cell; the kind uses: %(known)s."),
                kind=kind,
                known=", ".join(USED[kind]),
            )
            for column in ASSET_OPTIONS
            if column != "source" and column not in USED[kind] and row[column]
        )
        self.rows[kind, row["id"]] = row
        self.made[kind].append(getattr(self, f"_{kind}")(row, self.cells.text(row, "id"), profiles))

    def _solar(self, row: Row, id_: str, profiles: Profiles) -> Solar:
        return Solar(id_, row["building"], self._profile(row, profiles))

    def _battery(self, row: Row, id_: str, _profiles: Profiles) -> Battery:
        number = self.cells.number
        charge = number(row, "charge")
        return Battery(
            id_,
            row["building"],
            number(row, "capacity"),
            charge,
            number(row, "discharge", charge),
            number(row, "charge_efficiency", 1.0),
            number(row, "discharge_efficiency", 1.0),
            number(row, "loss", 0.0),
            number(row, "cost", 0.0),
            number(row, "initial", 0.0),
        )

    def _heat_pump(self, row: Row, id_: str, profiles: Profiles) -> HeatPump:
        power = self.cells.number(row, "power")
        return HeatPump(id_, row["building"], power, self._profile(row, profiles))

    def _tank(self, row: Row, id_: str, _profiles: Profiles) -> Tank:
        number = self.cells.number
        capacity = number(row, "capacity")
        loss, initial = number(row, "loss", 0.0), number(row, "initial", 0.0)
        return Tank(id_, row["building"], capacity, loss, initial)

    def _waste_heat(self, row: Row, id_: str, profiles: Profiles) -> WasteHeat:
        number = self.cells.number
        return WasteHeat(
            id_,
            self._profile(row, profiles),
            tuple(filter(None, (part.strip() for part in row["building"].split(";")))),
            number(row, "cost", 0.0),
            number(row, "emissions", 0.0),
            number(row, "loss", 0.0),
        )

    def _boiler(self, row: Row, id_: str, _profiles: Profiles) -> Boiler:
        number = self.cells.number
        return Boiler(
            id_,
            row["building"],
            number(row, "cost"),
            number(row, "emissions", 0.0),
            number(row, "power") if row["power"] else None,
        )

    def _profile(self, row: Row, profiles: Profiles) -> tuple[float, ...]:
        return profiles.value(row, "profile", self.cells.number(row, "factor", 1.0))

    def _fault_of(self, flaw: Flaw, prices: Prices) -> Fault:
        fields = dict(flaw.fields)
        column = {"available": "profile", "cop": "profile", "buildings": "building"}.get(
            flaw.field, flaw.field
        )
        if row := self.rows.get((flaw.part, flaw.id)):
            return row.fault(column, flaw.problem, flaw.mend, **fields)
        hour = fields.get("hour")
        if flaw.part == "grid" and isinstance(hour, int):
            return prices.rows[hour - 1].fault(column, flaw.problem, flaw.mend, **fields)
        files = {"buildings": BUILDINGS, "import_price": PRICES}
        file = files.get(flaw.field, SHEET)
        line = line_in_sheet(self.folder / SHEET, flaw.field) if file == SHEET else 0
        return Fault(file, line, flaw.field, flaw.problem, flaw.mend, fields)
