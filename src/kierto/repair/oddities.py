"""What is odd about a row of open repair data: noticed, named, and never mended in silence.

A row with oddities is taken all the same, its cells as they stand. What cannot be believed (an
age of 120 years, a date to come) is not used in statistics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.repair.ords import Line
from kierto.repair.states import Barrier, Outcome

OLDEST = 100.0
"""Years; an older product is taken for a slip. Forms that begin with 1901 give 120 and more."""

FIRST_EVENT = date(2009, 10, 18)
"""The first Repair Café, in Amsterdam. Source: Repair Café International, about us (unverified)."""

STAND_INS = {(1, 1), (12, 24), (12, 25), (12, 26), (12, 31)}
"""Days (month, day) on which hardly anybody repairs in public; often only the year was known."""

ODDITIES: Mapping[str, tuple[str, Any]] = {
    "key_missing": ("id", _("There is no id.")),
    "key_twice": ("id", _("The id stands in this file twice; the first row counts.")),
    "key_elsewhere": ("id", _("The id stands in another data set; that row counts.")),
    "provider_missing": ("data_provider", _("Nobody is named who gave the data.")),
    "country_unknown": ("country", _("The country is no code of three letters.")),
    "category_unknown": ("product_category_id", _("The category is not one of the standard.")),
    "category_contradiction": (
        "product_category",
        _("The category and its number do not belong together; the number counts."),
    ),
    "label_variant": (
        "repair_status",
        _("A status, barrier or category is written otherwise than in the standard."),
    ),
    "status_unknown": ("repair_status", _("The status is not one of the standard.")),
    "barrier_unknown": (
        "repair_barrier_if_end_of_life",
        _("The barrier is not one of the standard."),
    ),
    "barrier_missing": (
        "repair_barrier_if_end_of_life",
        _("It was the end of life, and nobody says what prevented the repair."),
    ),
    "barrier_unexpected": (
        "repair_barrier_if_end_of_life",
        _("A barrier is given though it was not the end of life; it is not counted."),
    ),
    "age_missing": ("product_age", _("The age is not known.")),
    "age_implausible": (
        "product_age",
        _("The age is no number of years from 0 to 100; it is not counted."),
    ),
    "age_contradiction": (
        "product_age",
        _("The age and the year of manufacture differ by more than a year."),
    ),
    "year_implausible": (
        "year_of_manufacture",
        _("The year of manufacture lies in the future of the event or 100 years before it."),
    ),
    "date_implausible": (
        "event_date",
        _("The date is none, lies in the future, or before the first repair café in 2009."),
    ),
    "date_doubtful": (
        "event_date",
        _("The date is a holiday around the turn of the year; perhaps only the year was known."),
    ),
}
"""By code: the column that it is about, and what is odd."""

_NUMBER = re.compile(r"\d+(\.\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR = re.compile(r"\d{4}")
_COUNTRY = re.compile(r"[A-Z]{3}")


def folded(text: str) -> str:
    """The words of a label without case, doubled spaces and punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


_STATUSES = {folded(value): value for value in Outcome.values}
_BARRIERS = {folded(value): value for value in Barrier.values} | {
    "item too worn out": Barrier.WORN_OUT.value,
    "product too worn out": Barrier.WORN_OUT.value,
}


@dataclass(slots=True)
class Reading:
    """What a row says, as far as it can be believed, and the codes of what is odd in it."""

    category: int | None
    outcome: str
    barrier: str
    country: str
    age: float | None
    happened_on: date | None
    odd: list[str]


class Judge:
    """Reads rows of one file. ``categories`` are those of the standard, name by id."""

    def __init__(self, categories: Mapping[int, str], today: date) -> None:
        self.categories = categories
        self.today = today
        self._by_name = {folded(name): number for number, name in categories.items()}

    def read(self, line: Line) -> Reading:
        """What this row says by itself; whether its id was seen before, the file tells."""
        odd: list[str] = []
        if not line["id"].strip():
            odd.append("key_missing")
        if not line["data_provider"].strip():
            odd.append("provider_missing")
        country = line["country"]
        if not _COUNTRY.fullmatch(country):
            odd.append("country_unknown")
            country = ""
        category = self._category(line, odd)
        outcome = self._outcome(line, odd)
        barrier = self._barrier(line, outcome, odd)
        happened = self._date(line, odd)
        age = self._age(line, happened, odd)
        return Reading(category, outcome, barrier, country, age, happened, list(dict.fromkeys(odd)))

    def _category(self, line: Line, odd: list[str]) -> int | None:
        number, name = line["product_category_id"], line["product_category"]
        by_name = self._by_name.get(folded(name))
        found = int(number) if number.isdecimal() and int(number) in self.categories else by_name
        if found is None or not number.isdecimal() or int(number) not in self.categories:
            odd.append("category_unknown")
        elif by_name != found:
            odd.append("category_contradiction")
        elif name != self.categories[found]:
            odd.append("label_variant")
        return found

    def _outcome(self, line: Line, odd: list[str]) -> str:
        found = _STATUSES.get(folded(line["repair_status"]))
        if found is None:
            odd.append("status_unknown")
            return Outcome.UNKNOWN.value
        if found != line["repair_status"]:
            odd.append("label_variant")
        return found

    def _barrier(self, line: Line, outcome: str, odd: list[str]) -> str:
        text = line["repair_barrier_if_end_of_life"]
        if not text.strip():
            if outcome == Outcome.END_OF_LIFE:
                odd.append("barrier_missing")
            return ""
        if outcome != Outcome.END_OF_LIFE:
            odd.append("barrier_unexpected")
            return ""
        found = _BARRIERS.get(folded(text))
        if found is None:
            odd.append("barrier_unknown")
            return ""
        if found != text:
            odd.append("label_variant")
        return found

    def _date(self, line: Line, odd: list[str]) -> date | None:
        day = _day(line["event_date"])
        if day is None or not FIRST_EVENT <= day <= self.today:
            odd.append("date_implausible")
            return None
        if (day.month, day.day) in STAND_INS:
            odd.append("date_doubtful")
        return day

    def _age(self, line: Line, happened: date | None, odd: list[str]) -> float | None:
        text, made = line["product_age"], line["year_of_manufacture"]
        latest = (happened or self.today).year
        year = int(made) if _YEAR.fullmatch(made) else None
        if made and (year is None or not latest - OLDEST <= year <= latest):
            odd.append("year_implausible")
        if not text:
            odd.append("age_missing")
            return None
        age = float(text) if _NUMBER.fullmatch(text) else None
        if age is None or age > OLDEST:
            odd.append("age_implausible")
            return None
        if year is not None and happened is not None and abs(latest - year - age) > 1:
            odd.append("age_contradiction")
        return age


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
