"""The floors of the house, read from the one place that states them: the import contract."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def floors() -> list[set[str]]:
    """App names, highest floor first; the names on one floor are siblings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["id"] == "floors"]
    return [{name.strip(" ()") for name in layer.split("|")} for layer in layers]


def floor_of(app: str) -> int:
    """Its number, 0 for the highest. Raises `KeyError` for an app that has no floor."""
    for number, names in enumerate(floors()):
        if app in names:
            return number
    raise KeyError(app)
