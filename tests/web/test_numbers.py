"""Numbers as people read them, in every language of the interface."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.money import Money
from kierto.core.quantity import Quantity
from kierto.web.numbers import (
    amount_text,
    money_text,
    per_text,
    quantity_text,
    range_text,
    significant,
    symbol_of,
)

LANGUAGES = ["en", "fi", "it", "es", "ar"]


def plain(text: str) -> str:
    """No-break spaces as plain ones, and no marks of direction."""
    return text.translate({0xA0: " ", 0x202F: " ", 0x200F: None, 0x200E: None})


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12400, "kg", "12.4 t"),
        (999, "kg", "999 kg"),
        (Decimal("2.5"), "kg", "2.5 kg"),
        (12_437_000, "kg", "12,400 t"),
        (2500, "kWh", "2.5 MWh"),
        (3_000_000, "kWh", "3 GWh"),
        (0.3333, "m3", "0.333 m³"),
        (25_000, "m2", "2.5 ha"),
        (1, "item", "1 item"),
        (12, "item", "12 items"),
        (88_200, "kgCO2e", "88.2 t CO₂e"),
        (0.534, "ratio", "53%"),
        (0.034, "share", "3.4%"),
        (12, "percent", "12%"),
        (64210, "EUR", "€64,200"),
        (642.1, "EUR", "€642"),
        (0.72, "index", "0.72"),
        (-1500, "kg", "-1.5 t"),
        (0, "kg", "0 kg"),
        (None, "kg", "–"),
    ],
)
def test_amount_has_its_unit_and_a_prefix_that_reads_well(value: Any, unit: str, text: str) -> None:
    assert plain(amount_text(value, unit)) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "1,234.56 kg"), ("fi", "1 234,56 kg"), ("it", "1.234,56 kg"), ("ar", "1,234.56 kg")],
)
def test_exact_amount_is_grouped_by_locale(language: str, text: str) -> None:
    with translation.override(language):
        assert plain(amount_text(Decimal("1234.56"), "kg", None)) == text


def test_range_uses_one_prefix_for_all_three() -> None:
    assert plain(range_text(12437, 9123, 16222, "kgCO2e")) == "12.4 t CO₂e (9.1–16)"


def test_range_without_bounds_is_the_amount() -> None:
    assert plain(range_text(12437, None, None, "kg")) == "12.4 t"
    assert plain(range_text(5, 5, 5, "kg")) == "5 kg"


def test_range_of_a_share_has_bounds_in_percent() -> None:
    assert plain(range_text(0.5, 0.4, 0.6, "share")) == "50% (40–60)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.5, "€12.50"), (12, "€12"), (1234.56, "€1,235"), (Money(Decimal("0.5")), "€0.50")],
)
def test_money_drops_cents_from_a_hundred_up(value: Any, text: str) -> None:
    assert plain(money_text(value)) == text


def test_amount_per_period_is_a_sentence() -> None:
    assert plain(per_text("3 t", "week")) == "3 t a week"
    assert plain(per_text("€12", "m3")) == "€12 per m³"


def test_quantity_is_shown_as_it_was_entered() -> None:
    assert plain(quantity_text(Quantity(Decimal("2500.00"), "kg"))) == "2,500 kg"


def test_symbols_are_written_as_people_write_them() -> None:
    assert plain(symbol_of("kgCO2e/m3")) == "kg CO₂e/m3"
    assert symbol_of("m2") == "m²"


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(LANGUAGES))
def test_every_number_can_be_written_in_every_language(value: float, language: str) -> None:
    with translation.override(language):
        for unit in ("kg", "kWh", "item", "EUR", "ratio", "kgCO2e", "anything"):
            assert amount_text(value, unit)


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=4), st.integers(1, 6))
def test_rounding_keeps_significant_digits(value: Decimal, digits: int) -> None:
    shown = significant(value, digits)
    assert abs(shown - value) <= max(abs(value) * Decimal(5) / 10**digits, Decimal("5e-7"))


@pytest.mark.parametrize(("language", "text"), [("en", "2.5 t"), ("ar", "\u20682.5 t\u2069")])
def test_plain_amount_keeps_its_order_among_arabic_words(language: str, text: str) -> None:
    with translation.override(language):
        shown = Template('{{ 2500|amount:"kg" }}').render(Context())
    assert shown.replace("\xa0", " ") == text
