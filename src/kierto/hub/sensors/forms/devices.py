"""Forms of a device: what it is and where, which ones are listed, and what is said of an alarm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.core.geography import Point
from kierto.hub.models import Device, Openness
from kierto.hub.sensors.actions import LONGEST_NOTE
from kierto.hub.sensors.states import DeviceState
from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.parties.models import Agent, Place

SPANS: Final = (
    (86_400, "days", _("days")),
    (3_600, "hours", _("hours")),
    (60, "minutes", _("minutes")),
    (1, "seconds", _("seconds")),
)


class DeviceForm(forms.Form):
    """Name, place, readers and interval: what stays the owner's to change."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What it measures and where. For example: bin at the north gate."),
    )
    place = forms.ChoiceField(label=_("A place that is known here"), required=False)
    latitude = DecimalTextField(
        label=_("Latitude"), required=False, help_text=_("In degrees. For example: 60.217")
    )
    longitude = DecimalTextField(
        label=_("Longitude"), required=False, help_text=_("In degrees. For example: 24.756")
    )
    every = forms.IntegerField(
        label=_("It sends every"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text=_(
            "When it misses two and a half of these, you are told. Empty: it sends when it likes."
        ),
    )
    span = forms.ChoiceField(
        label=_("Unit of time"), choices=[(key, label) for _size, key, label in SPANS]
    )
    openness = forms.TypedChoiceField(
        label=_("Who may read what it measures, besides you?"),
        choices=Openness.choices,
        coerce=int,
        initial=Openness.PRIVATE,
        widget=forms.RadioSelect,
    )
    topic = forms.CharField(
        label=_("Topic on an outside MQTT broker"),
        required=False,
        max_length=300,
        help_text=_("Only where a broker of another system brings its messages."),
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, places: Iterable[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = {str(place.pk): place for place in places}
        rows = [(key, str(place)) for key, place in self._places.items()]
        set_choices(self, "place", [("", _("none of these")), *rows])
        self.fields["span"].initial = "minutes"

    def clean(self) -> dict[str, Any]:
        """A place or degrees, and both degrees or none."""
        data = super().clean() or {}
        place = self._places.get(data.get("place", ""))
        latitude, longitude = data.get("latitude"), data.get("longitude")
        data["point"] = place.point if place is not None else None
        if (latitude is None) != (longitude is None) and not self.errors:
            lacking = "latitude" if latitude is None else "longitude"
            self.add_error(lacking, _("Give both, latitude and longitude, or none."))
        elif latitude is not None and longitude is not None:
            if place is not None:
                self.add_error("place", _("Choose a place or give degrees, not both."))
            try:
                data["point"] = Point(float(latitude), float(longitude))
            except ValueError:
                self.add_error("latitude", _("There is no such place on Earth."))
        sizes = {key: size for size, key, _label in SPANS}
        every = data.get("every")
        data["interval"] = None if every is None else every * sizes.get(data.get("span", ""), 60)
        return data

    def values(self) -> dict[str, Any]:
        """What ``change_device`` takes."""
        names = ("name", "point", "openness", "interval", "topic")
        return {name: self.cleaned_data[name] for name in names}


class NewDeviceForm(DeviceForm):
    """Also whose it is, and what it measures: these never change."""

    owner = forms.ChoiceField(label=_("Whose is it?"))
    entity_type = forms.CharField(
        label=_("What does it measure?"),
        max_length=100,
        help_text=_(
            "A word without spaces. Best one of Smart Data Models, such as WasteContainer, so that "
            "programs of other cities understand it."
        ),
        widget=forms.TextInput(
            {"list": "known-kinds", "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    entity_id = forms.CharField(
        label=_("Identifier of the thing"),
        required=False,
        max_length=300,
        help_text=_("Empty: it gets one. Otherwise it begins with urn:"),
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )

    field_order = ("name", "owner", "entity_type")

    def __init__(self, *args: Any, owners: Sequence[Agent], by: Agent, **options: Any) -> None:
        super().__init__(*args, **options)
        self._owners = {str(agent.pk): agent for agent in owners}
        rows = [
            (key, _("mine") if agent.pk == by.pk else agent.name)
            for key, agent in self._owners.items()
        ]
        set_choices(self, "owner", rows)
        if len(rows) > 1 and len(rows) < 10:
            self.fields["owner"].initial = rows[1][0]

    def values(self) -> dict[str, Any]:
        """What ``add_device`` takes."""
        names = ("entity_type", "entity_id")
        return (
            super().values()
            | {name: self.cleaned_data[name].strip() for name in names}
            | {"agent": self._owners[self.cleaned_data["owner"]]}
        )


class FilterForm(forms.Form):
    """Which devices are listed."""

    owner = forms.ChoiceField(label=_("Owner"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("all but retired ones")),
            ("alarm", _("with an alarm")),
            *DeviceState.choices,
        ],
    )
    kind = forms.ChoiceField(label=_("What they measure"), required=False)

    def __init__(
        self, *args: Any, owners: Iterable[Agent], kinds: Iterable[str], by: Agent, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        rows = [(str(agent.pk), agent.name) for agent in owners if agent.pk != by.pk]
        first = [("", _("everybody")), ("mine", _("me and my organisations"))]
        set_choices(self, "owner", [*first, *sorted(rows, key=lambda row: row[1])])
        set_choices(self, "kind", [("", _("everything")), *((kind, kind) for kind in kinds)])

    def chosen(self) -> dict[str, str]:
        """What was chosen; nothing where it makes no sense."""
        return self.cleaned_data if self.is_valid() else {}


class NoteForm(forms.Form):
    """What was found or done about an alarm."""

    note = forms.CharField(label=_("Note"), required=False, max_length=LONGEST_NOTE)


def initial_of(device: Device) -> dict[str, Any]:
    """The form's fields as the device has them."""
    seconds = device.interval or 0
    size, span = (
        next((s, k) for s, k, _l in SPANS if not seconds % s) if seconds else (60, "minutes")
    )
    return {
        "name": device.name,
        "latitude": device.latitude,
        "longitude": device.longitude,
        "every": seconds // size or None,
        "span": span,
        "openness": device.openness,
        "topic": device.topic,
    }
