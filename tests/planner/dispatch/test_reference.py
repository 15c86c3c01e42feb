"""The reference names everything that is public, and every column that is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kierto.planner import dispatch
from kierto.planner.dispatch import folder
from kierto.planner.dispatch.folder.profiles import PRICE_COLUMNS
from kierto.planner.dispatch.folder.reading import (
    ASSET_COLUMNS,
    ASSET_OPTIONS,
    BUILDING_COLUMNS,
    BUILDING_OPTIONS,
    USED,
)
from kierto.planner.dispatch.folder.sheet import NUMBERS, TEXTS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "dispatch.md").read_text("utf-8")
PUBLIC = sorted({*dispatch.__all__, *folder.__all__} - {"DispatchInputs"})
COLUMNS = sorted(
    {
        *PRICE_COLUMNS,
        *ASSET_COLUMNS,
        *ASSET_OPTIONS,
        *BUILDING_COLUMNS,
        *BUILDING_OPTIONS,
        *USED,
        *NUMBERS,
        *TEXTS,
    }
)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    assert f"`{name}" in PAGE


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_in_the_reference(column: str) -> None:
    assert f"`{column}`" in PAGE
