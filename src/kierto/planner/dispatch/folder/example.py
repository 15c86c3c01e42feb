"""A problem written as the folder that it could have been read from.

    python -m kierto.planner.dispatch.folder.example FOLDER

writes the small district of ``examples/energy-district``: made up, as its notes say.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kierto.core.tables import write_csv
from kierto.planner.dispatch.folder.hours import told_hours
from kierto.planner.dispatch.folder.profiles import PRICE_COLUMNS
from kierto.planner.dispatch.folder.reading import (
    ASSET_COLUMNS,
    ASSET_OPTIONS,
    BUILDING_COLUMNS,
    USED,
)
from kierto.planner.dispatch.model import DispatchProblem, Hours
from kierto.planner.dispatch.typical import typical_district
from kierto.planner.dispatch.validation import PARTS

TITLE = "Eight buildings and a data centre, one week in March"
ZONE = "Europe/Helsinki"
NOTE = (
    "Made up: profiles from stated assumptions (docs/explanation/planner-dispatch.md), "
    "not measured ones."
)


def write_dispatch_folder(
    problem: DispatchProblem, folder: Path, *, title: str = "", note: str = "", zone: str = "UTC"
) -> None:
    """Write ``buildings.csv``, ``profiles.csv``, ``assets.csv``, ``prices.csv`` and
    ``district.toml``. Times carry the offset of ``problem.start``, which must be given."""
    folder.mkdir(parents=True, exist_ok=True)
    times = told_hours(problem.start, problem.hours)
    profiles: dict[str, Hours] = {}
    buildings = []
    for building in problem.buildings:
        names = [f"{building.id}_electricity", f"{building.id}_heat"]
        profiles |= zip(names, (building.electricity, building.heat), strict=True)
        buildings.append((building.id, *names, building.label))
    assets = [_asset_row(PARTS[field], asset, profiles) for field, asset in problem.assets()]
    grid = problem.grid
    prices = zip(times, *(getattr(grid, name) for name in PRICE_COLUMNS), strict=True)
    files = {
        "buildings.csv": write_csv((*BUILDING_COLUMNS, "label"), buildings),
        "assets.csv": write_csv((*ASSET_COLUMNS, *ASSET_OPTIONS), assets),
        "prices.csv": write_csv(("time", *PRICE_COLUMNS), prices),
        "profiles.csv": write_csv(("time", *profiles), zip(times, *profiles.values(), strict=True)),
        "district.toml": _sheet(problem, title, note, zone),
    }
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def _asset_row(kind: str, asset: Any, profiles: dict[str, Hours]) -> list[Any]:
    cells: Mapping[str, Any] = {name: getattr(asset, name, "") for name in ASSET_OPTIONS}
    row = dict.fromkeys(ASSET_OPTIONS, "") | {name: cells[name] for name in USED[kind]}
    if "profile" in USED[kind]:
        series = asset.cop if kind == "heat_pump" else asset.available
        known = [name for name, values in profiles.items() if values == series]
        row["profile"] = known[0] if known else asset.id
        row["factor"] = 1
        profiles[row["profile"]] = series
    where = ";".join(asset.buildings) if kind == "waste_heat" else asset.building
    numbers = ["" if value is None else value for value in row.values()]
    return [kind, asset.id, where, *numbers]


def _sheet(problem: DispatchProblem, title: str, note: str, zone: str) -> str:
    lines = [f'title = "{title}"', f'note = "{note}"', f'timezone = "{zone}"']
    lines += [f"carbon_price = {problem.carbon_price}"]
    lines += [
        f"{name} = {limit}"
        for name in ("import_limit", "export_limit")
        if (limit := getattr(problem.grid, name)) is not None
    ]
    return "\n".join([*lines, f"shortage_price = {problem.shortage_price}", ""])


if __name__ == "__main__":
    write_dispatch_folder(
        typical_district(8, 168, seed=8), Path(sys.argv[1]), title=TITLE, note=NOTE, zone=ZONE
    )
