"""Emission factors from the flat file of the UK government, and from our own table."""

from __future__ import annotations

from collections import Counter

import pytest

from kierto.catalogue.importers import import_factors
from kierto.catalogue.importers.shipped import shipped as file_of
from kierto.catalogue.models import EmissionFactor
from kierto.core.tables import FaultyFile

pytestmark = pytest.mark.django_db

FLAT = (
    "ID,Scope,Level 1,Level 2,Level 3,Level 4,Column Text,UOM,GHG/Unit,"
    "GHG Conversion Factor 2025\r\n"
)


def flat(*rows: str) -> bytes:
    return (FLAT + "\r\n".join(rows)).encode()


def row(**given: str) -> str:
    """A row of the flat file."""
    known = {
        "id": "1_2_3", "scope": "Scope 3", "one": "Waste disposal", "two": "Other",
        "three": "Wood", "four": "", "text": "Landfill", "uom": "tonnes", "gas": "kg CO2e",
        "value": "925.3",
    }  # fmt: skip
    return ",".join({**known, **given}.values())


def reasons(intake) -> list[str]:
    return [str(each.reason) for each in intake.left]


@pytest.mark.parametrize(
    ("name", "rows", "taken", "left"),
    [
        ("waste_disposal", 294, 134, {"The source gives no value here.": 160}),
        ("material_use", 168, 70, {"The source gives no value here.": 98}),
        (
            "freighting_goods",
            1352,
            289,
            {
                "The source gives no value here.": 49,
                **{
                    f"The row states one gas only (kg CO2e of {gas} per unit); "
                    "the row with all of them is taken.": 338
                    for gas in ("CO2", "CH4", "N2O")
                },
            },
        ),
    ],
)
def test_all_rows_of_the_published_files_are_accounted_for(
    system, real_files, name, rows, taken, left
):
    path = real_files / "factors" / f"uk-2025-{name}.csv"
    intake = import_factors(path, by=system)
    assert len(intake.rows) == rows
    assert intake.counts == {
        "added": taken, "changed": 0, "unchanged": 0, "left": rows - taken,
    }  # fmt: skip
    assert Counter(reasons(intake)) == left
    assert EmissionFactor.objects.count() == taken
    again = import_factors(path, by=system)
    assert again.counts == {
        "added": 0, "changed": 0, "unchanged": taken, "left": rows - taken,
    }  # fmt: skip


def test_what_we_ship_from_that_source_agrees_with_it(shipped, system, real_files):
    import_factors(real_files / "factors" / "uk-2025-material_use.csv", by=system)
    ours = EmissionFactor.objects.get(code="production-clothing")
    theirs = EmissionFactor.objects.get(
        activity="Material use: Other: Clothing: Primary material production"
    )
    assert ours.value == theirs.value


def test_tonnes_become_kilograms_with_a_range_by_quality(system):
    import_factors(flat(row(value="1000")), name="uk.csv", by=system)
    (factor,) = EmissionFactor.objects.all()
    assert (factor.code, factor.unit, factor.value) == ("uk-2025-1-2-3", "kg", 1.0)
    assert (factor.low, factor.high, factor.quality, factor.year) == (0.7, 1.3, 3, 2025)
    assert factor.activity == "Waste disposal: Other: Wood: Landfill"
    assert factor.region == "UK"
    assert factor.source.endswith("row 1_2_3")


@pytest.mark.parametrize(
    ("uom", "unit", "value"),
    [
        ("tonne.km", "tkm", 36.0),
        ("km", "km", 36.0),
        ("miles", "km", 36 / 1.609344),
        ("kWh (Net CV)", "kWh", 36.0),
        ("GJ", "kWh", 36 * 3.6 / 1000),
        ("litres", "m3", 36_000.0),
        ("cubic metres", "m3", 36.0),
        ("kg", "kg", 36.0),
    ],
)
def test_units_are_converted(system, uom, unit, value):
    intake = import_factors(flat(row(uom=uom, value="36")), name="uk.csv", by=system)
    assert reasons(intake) == []
    (factor,) = EmissionFactor.objects.all()
    assert (factor.unit, factor.value) == (unit, pytest.approx(value))


def test_rows_that_cannot_be_taken_are_left_with_their_reason(system):
    intake = import_factors(
        flat(
            row(id="a", value=""),
            row(id="b", gas="kg CO2e of CH4 per unit"),
            row(id="c", uom="barrels"),
            row(id="d", value="many"),
            row(id="e"),
            row(id="e"),
        ),
        name="uk.csv",
        by=system,
    )
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 5}
    empty, gas, unit, number, twice = reasons(intake)
    assert empty == "The source gives no value here."
    assert gas.startswith("The row states one gas only (kg CO2e of CH4 per unit)")
    assert unit.startswith("“barrels” is not a unit of ours. We know: tonnes, kg, tonne.km")
    assert number.startswith("“many” is not a number we can read.")
    assert twice == "This code stands in line 6 already."


def test_a_changed_value_is_noted_as_changed(system):
    import_factors(flat(row(value="1000")), name="uk.csv", by=system)
    intake = import_factors(flat(row(value="2000")), name="uk.csv", by=system)
    assert intake.counts == {"added": 0, "changed": 1, "unchanged": 0, "left": 0}
    assert EmissionFactor.objects.get().value == 2.0


def test_our_own_table_states_its_range(system):
    intake = import_factors(file_of("factors.csv"), name="factors.csv", by=system)
    assert intake.left == []
    table = (
        b"code,activity,value,unit,low,high,source,year,region,quality\n"
        b'good,Making,"1,5",kg,1,2,A book,2020,EU,2\n'
        b"narrow,Making,3,kg,1,2,A book,2020,EU,2\n"
        b"bare,Making,1,kg,1,2,,2020,EU,2\n"
        b"odd code,Making,1,kg,1,2,A book,2020,EU,2\n"
        b"best,Making,1,kg,1,2,A book,2020,EU,9\n"
    )
    intake = import_factors(table, name="own.csv", by=system)
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 4}
    assert reasons(intake) == [
        "The value must lie between low and high.",
        "source is empty.",
        "The code may hold letters, digits and hyphens only.",
        "quality is 9; it must lie between 1 and 5.",
    ]
    assert EmissionFactor.objects.get(code="good").value == 1.5


@pytest.mark.parametrize(
    "table",
    [
        b"",
        b"code,value\nx,1\n",
        FLAT.replace("Column Text", "Text").encode() + row().encode(),
        FLAT.replace("GHG Conversion Factor 2025", "Factor").encode() + row().encode(),
        FLAT.replace("Level 2", "Level 1").encode() + row().encode(),
        FLAT.encode() + row(two="Caf\xe9").encode("latin-1"),
        FLAT.encode() + row(two="x" * 10_000_001).encode(),
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04 this says it is a workbook",
    ],
    ids=[
        "empty", "few columns", "header misspelt", "no year", "header twice", "latin-1",
        "10 MB cell", "picture", "no workbook",
    ],
)  # fmt: skip
def test_a_file_of_a_wrong_shape_is_refused_whole(system, table):
    with pytest.raises(FaultyFile) as caught:
        import_factors(table, name="uk.csv", by=system)
    assert len(caught.value.faults) >= 1
    for fault in caught.value.faults:
        assert str(fault.problem) != ""
        assert str(fault.mend) != ""
    assert EmissionFactor.objects.count() == 0
