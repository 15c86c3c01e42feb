from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.quantity import (
    NotANumber,
    Quantity,
    Unit,
    UnknownUnit,
    WrongDimension,
    parse_number,
    unit_factor,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.5", "2.5"),
        ("2,5", "2.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("-3", "-3"),
        ("0", "0"),
        ("1e-05", "0.00001"),
    ],
)
def test_parse_number_reads_european_spellings(text, number):
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "abc", "1,234,5", "1.2.3", "12,34.5", "NaN", "Infinity", "9" * 14, "--1"]
)
def test_parse_number_refuses_what_it_would_have_to_guess(text):
    with pytest.raises(NotANumber):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("2,5 t", "2500", Unit.KILOGRAM),
        ("3.6 MJ", "1", Unit.KILOWATT_HOUR),
        ("500 l", "0.5", Unit.CUBIC_METRE),
        ("4 m³", "4", Unit.CUBIC_METRE),
        ("2 m²", "2", Unit.SQUARE_METRE),
        ("12 pieces", "12", Unit.ITEM),
        ("90 min", "1.5", Unit.HOUR),
    ],
)
def test_quantity_is_kept_as_entered_and_counted_in_the_canonical_unit(text, amount, unit):
    quantity = Quantity.parse(text)
    assert quantity.canonical == Decimal(amount)
    assert quantity.canonical_unit == unit
    assert quantity.amount_in(unit) == Decimal(amount)


def test_a_bare_number_takes_the_default_unit():
    assert Quantity.parse("7", "kg") == Quantity(Decimal(7), "kg")


def test_a_bare_number_without_default_unit_is_refused():
    with pytest.raises(NotANumber):
        Quantity.parse("7")


def test_an_unknown_unit_is_named_with_the_known_ones():
    with pytest.raises(UnknownUnit, match="bushel.*kg, t, kWh"):
        Quantity.parse("7 bushel")


def test_kilograms_do_not_pass_for_hours():
    with pytest.raises(WrongDimension, match="kg.*h"):
        Quantity.parse("7 kg").amount_in(Unit.HOUR)


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_tonnes_and_kilograms_agree(value):
    assert Quantity(value, "t").canonical == Quantity(value * 1000, "kg").canonical


@given(st.sampled_from(["g", "t", "MWh", "MJ", "l", "ha", "day"]))
def test_every_unit_converts_by_a_positive_factor(unit):
    factor, _canonical = unit_factor(unit)
    assert factor > 0
