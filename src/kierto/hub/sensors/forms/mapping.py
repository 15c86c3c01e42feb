"""The form in which somebody says how a device's messages are read."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors.declaring import FORMATS, MOST
from kierto.hub.sensors.faults import Fault
from kierto.ledger.fields import DecimalTextField

EMPTY_ROWS: Final = 1
NUMBERS: Final = ("factor", "offset", "low", "high", "jump", "stuck", "battery")
WORDS: Final = ("name", "path", "unit", "to")
_IN_ROW: Final = re.compile(r"attributes\[(\d+)\](?:\.(\w+))?")


def _code(label: Any, length: int, hint: Any = "", known: str = "", **options: Any) -> Any:
    attributes = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
    if known:
        attributes["list"] = known
    return forms.CharField(
        label=label,
        max_length=length,
        required=False,
        help_text=hint,
        widget=forms.TextInput(attributes),
        **options,
    )


def _number(label: Any, hint: Any = "") -> DecimalTextField:
    return DecimalTextField(label=label, required=False, help_text=hint)


class MappingForm(forms.Form):
    """What holds for the whole message: its shape, its time, its number; and a sample to try."""

    format = forms.ChoiceField(
        label=_("Who sends it?"),
        choices=[
            ("json", _("the device itself, or another program: plain JSON")),
            ("chirpstack", _("ChirpStack (LoRaWAN)")),
            ("ttn", _("The Things Stack (LoRaWAN)")),
            ("senml", _("a device that speaks SenML")),
        ],
    )
    time_path = _code(
        _("Where the time stands"),
        300,
        _("For example: at. Empty: the moment of arrival, or what the format says itself."),
    )
    time_format = _code(
        _("How the time is written"),
        60,
        _("iso, unix (seconds), unix_ms, or a pattern with percent signs."),
        "known-times",
    )
    time_zone = _code(
        _("Time zone"), 60, _("Of times that do not say theirs. Empty: UTC."), "known-zones"
    )
    counter = _code(
        _("Where the message’s number stands"), 300, _("If it counts its messages, name it.")
    )
    sample = forms.CharField(
        label=_("A message of the device"),
        required=False,
        help_text=_("Paste one as it was sent. What you paste is not kept."),
        widget=forms.Textarea(
            {"rows": 9, "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def head(self) -> dict[str, Any]:
        """The declaration without its attributes."""
        data = self.cleaned_data
        declared: dict[str, Any] = {"format": data["format"]}
        if data["time_path"]:
            said = {"path": data["time_path"], "format": data["time_format"] or "iso"}
            declared["time"] = said | ({"zone": data["time_zone"]} if data["time_zone"] else {})
        if data["counter"]:
            declared["counter"] = data["counter"]
        return declared


class AttributeForm(forms.Form):
    """One value: where it stands, what it is, and how it is converted and checked."""

    path = _code(_("Where it stands in the message"), 300, _("For example: level or data[0].v"))
    name = _code(_("What it is"), 260, _("The attribute, such as fillingLevel."), "known-names")
    kind = forms.ChoiceField(
        label=_("It is"),
        choices=[
            ("number", _("a number")),
            ("text", _("a text")),
            ("truth", _("yes or no")),
        ],
    )
    unit = _code(
        _("Unit it is sent in"),
        40,
        _("Such as degC, percent or mV; 1 for a plain number."),
        "known-units",
    )
    to = _code(_("Unit it is kept in"), 40, _("Empty: the same."), "known-units")
    factor = _number(_("Multiply by"), _("The number that is sent."))
    offset = _number(_("Then add"))
    low = _number(_("Lowest that can be"), _("Below it a reading is bad."))
    high = _number(_("Highest that can be"), _("Above it a reading is bad."))
    jump = _number(_("Largest step"), _("A larger one is doubtful."))
    stuck = _number(_("Alike in a row"), _("From so many on it is doubtful."))
    battery = _number(_("Battery is low below"), _("You are told then."))

    @property
    def is_refined(self) -> bool:
        """Whether more than place, name and unit is said, or wrong."""
        names = ("to", *NUMBERS)
        said = any(self[name].value() not in {None, ""} for name in names)
        return (
            said
            or self["kind"].value() not in {None, "", "number"}
            or any(name in self.errors for name in names)
        )

    def declared(self) -> dict[str, Any] | None:
        """The attribute as it is declared; None for an empty row."""
        data = self.cleaned_data
        if not any(data.get(name) for name in WORDS) and not any(
            data.get(name) is not None for name in NUMBERS
        ):
            return None
        found: dict[str, Any] = {"name": data["name"], "path": data["path"]}
        if data["kind"] != "number":
            found["kind"] = data["kind"]
        found |= {name: data[name] for name in ("unit", "to") if data[name]}
        for name in NUMBERS:
            if data[name] is not None:
                number = float(data[name])
                found[name] = int(number) if number.is_integer() else number
        return found


AttributeForms: type[BaseFormSet[AttributeForm]] = formset_factory(
    AttributeForm, extra=EMPTY_ROWS, max_num=MOST, absolute_max=MOST, validate_max=True
)


def initial_of(mapping: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The fields of both forms as a declaration has them."""
    clock = mapping.get("time") or {}
    head = {
        "format": mapping.get("format", FORMATS[0]),
        "time_path": clock.get("path", ""),
        "time_format": clock.get("format", ""),
        "time_zone": clock.get("zone", ""),
        "counter": mapping.get("counter", ""),
    }
    rows = [{"kind": "number", **row} for row in mapping.get("attributes", [])]
    # An empty field says that there is no unit, so the unit of plain numbers is written as 1.
    return head, [row | ({"unit": "1"} if row.get("unit") == "" else {}) for row in rows]


def declared_of(
    head: MappingForm, rows: BaseFormSet[AttributeForm]
) -> tuple[dict[str, Any], list[int]]:
    """The declaration, and of each of its attributes the row that it stands in."""
    found = [(place, form.declared()) for place, form in enumerate(rows)]
    there = [(place, row) for place, row in found if row is not None]
    declared = head.head() | {"attributes": [row for _place, row in there]}
    return declared, [place for place, _row in there]


def show_faults(
    head: MappingForm, rows: BaseFormSet[AttributeForm], faults: list[Fault], places: list[int]
) -> None:
    """Put each fault of a declaration at its field; one that has no field stands above all."""
    for fault in faults:
        inside = _IN_ROW.match(fault.path)
        if inside and int(inside[1]) < len(places):
            form = rows.forms[places[int(inside[1])]]
            field = inside[2] if inside[2] in form.fields else None
            form.add_error(field, str(fault.why))
        else:
            name = fault.path.replace("time.", "time_") if fault.path != "time" else "time_path"
            name = name or "sample"
            head.add_error(name if name in head.fields else None, str(fault.why))
