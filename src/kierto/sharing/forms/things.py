"""Things as keepers write them down: one form that asks what matters for each sort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import Unit
from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.parties.models import Place
from kierto.sharing.codes import thing_by_code
from kierto.sharing.models import Collection, Thing
from kierto.sharing.states import Condition, Sort

EMPTY_ROWS = 3
FEWEST_ROWS = 4
MOST_PARTS = 60

_FIRST = ("name", "kind", "quantity")
_LAST = ("description", "safety", "place", "terms", "code")
_MADE = ("condition", "brand", "model", "serial_number", "value")
ASKED: dict[str, tuple[str, ...]] = {
    Sort.ITEM: (*_FIRST[:2], *_MADE, *_LAST),
    Sort.POOL: (*_FIRST, *_MADE, *_LAST),
    Sort.KIT: (*_FIRST[:2], "value", *_LAST),
    Sort.CONSUMABLE: (*_FIRST, "unit_price", "brand", *_LAST),
    Sort.SPACE: (*_FIRST[:2], "seats", "features", "accessibility", "opening_hours", *_LAST),
    Sort.VEHICLE: (
        *_FIRST[:2], *_MADE, "seats", "features", "accessibility", "opening_hours", *_LAST,
    ),
}  # fmt: skip
"""What is asked of each sort, in order."""

ONLY_NEW = ("kind", "quantity", "condition", "place")
"""What is said once; later it is counted, reported or moved."""


def _long(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
    )


def _line(label: Any, most: int, hint: Any = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, required=required, max_length=most)


class ThingForm(forms.Form):
    """A new thing of one sort, or what can be changed of one that is there."""

    name = _line(_("Name"), 160, _("What people would call it."), required=True)
    kind = forms.ChoiceField(label=_("Kind"), help_text=_("The nearest in the catalogue."))
    quantity = DecimalTextField(label=_("How many there are"))
    condition = forms.ChoiceField(
        label=_("Condition"), choices=Condition.choices, initial=Condition.GOOD
    )
    brand = _line(_("Brand"), 80)
    model = _line(_("Model"), 120)
    serial_number = _line(_("Serial number"), 80, _("Only the staff see it."))
    value = DecimalTextField(
        label=_("Value in euros"), required=False, help_text=_("What a new one would cost.")
    )
    unit_price = DecimalTextField(
        label=_("Price of one, in euros"),
        required=False,
        help_text=_("Leave it empty if it is only counted."),
    )
    seats = forms.IntegerField(
        label=_("For how many people"), required=False, min_value=1, max_value=100_000
    )
    features = _long(_("What it has"), _("One on each line: projector, sink, child seat."))
    accessibility = _long(_("Accessibility"), _("Steps, lift, width of the door, hearing loop."))
    opening_hours = _line(
        _("Opening hours"),
        500,
        _("As in OpenStreetMap: Mo-Fr 10:00-18:00; PH off. Empty: those of the collection."),
    )
    description = _long(_("Description"))
    safety = _long(_("Safety notes"), _("What one has to know before using it."))
    place = forms.ChoiceField(label=_("Where it is picked up"))
    terms = forms.ChoiceField(label=_("Lending terms"), required=False)
    code = _line(_("Code on the label"), 20, _("If it has a label already. Empty: it gets a code."))

    def __init__(
        self,
        *args: Any,
        collection: Collection,
        sort: str,
        kinds: Sequence[ResourceSpecification] = (),
        places: Sequence[Place] = (),
        thing: Thing | None = None,
        **options: Any,
    ) -> None:
        if thing is not None:
            options.setdefault("initial", _initial(thing))
        super().__init__(*args, **options)
        self.sort, self.collection = sort, collection
        self.kinds = {kind.code: kind for kind in kinds if fits(kind, sort)}
        self.places = {str(place.pk): place for place in places}
        self.own_terms = {str(each.pk): each for each in collection.terms.filter(is_default=False)}
        asked = [name for name in ASKED[sort] if thing is None or name not in ONLY_NEW]
        self.fields = {name: self.fields[name] for name in asked}
        self._set_choices()

    def _set_choices(self) -> None:
        if "kind" in self.fields:
            by_label = sorted((kind.label, code) for code, kind in self.kinds.items())
            set_choices(self, "kind", [("", "–"), *((code, label) for label, code in by_label)])
        if "place" in self.fields:
            set_choices(self, "place", [(pk, str(place)) for pk, place in self.places.items()])
            self.fields["place"].initial = str(self.collection.place_id)
        default = ("", _("those of the collection"))
        set_choices(self, "terms", [default, *((pk, t.name) for pk, t in self.own_terms.items())])
        if not self.own_terms:
            del self.fields["terms"]
        if len(self.places) == 1 and "place" in self.fields:
            del self.fields["place"]

    def changes(self) -> dict[str, Any]:
        """What ``change_thing`` takes."""
        data = {k: v for k, v in self.cleaned_data.items() if k not in ONLY_NEW}
        if "terms" in data:
            data["terms"] = self.own_terms.get(data["terms"])
        if "features" in data:
            lines = (line.strip() for line in data["features"].splitlines())
            data["features"] = list(dict.fromkeys(filter(None, lines)))
        return data

    def values(self) -> dict[str, Any]:
        """What ``add_thing`` takes."""
        data, changes = self.cleaned_data, self.changes()
        values = {
            "sort": self.sort,
            "kind": self.kinds[data["kind"]],
            "name": changes.pop("name"),
            "code": changes.pop("code"),
            "place": self.places.get(data.get("place", "")),
            "changes": changes,
        }
        for name in ("quantity", "condition"):
            if name in self.fields:
                values[name] = data[name]
        return values


class PartsForm(forms.Form):
    """What a kit is made of: rows of a code and a number; empty rows do not count."""

    def __init__(
        self, *args: Any, collection: Collection, kit: Thing | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.collection = collection
        rows = [(p.part.code, p.quantity) for p in _parts(kit)] if kit is not None else []
        count = max(FEWEST_ROWS, len(rows) + EMPTY_ROWS, self._sent())
        for number in range(min(count, MOST_PARTS)):
            code, quantity = rows[number] if number < len(rows) else ("", None)
            self.fields[f"part-{number}"] = forms.CharField(
                label=_("Part %(number)s: its code") % {"number": number + 1},
                required=False,
                max_length=20,
                initial=code,
                widget=forms.TextInput({"list": "things", "autocomplete": "off"}),
            )
            self.fields[f"number-{number}"] = forms.IntegerField(
                label=_("How many"), required=False, min_value=1, max_value=10_000, initial=quantity
            )

    def _sent(self) -> int:
        """How many rows came back, so that none is lost when a page has grown."""
        return sum(1 for name in self.data if str(name).startswith("part-"))

    def rows(self) -> Iterator[tuple[Any, Any]]:
        """The two fields of each row."""
        for number in range(len(self.fields) // 2):
            yield self[f"part-{number}"], self[f"number-{number}"]

    def parts(self) -> list[tuple[Thing, int]]:
        """Things and how many of each; one unless a number is given."""
        return [(thing, number) for thing, number in self.cleaned_data["parts"]]

    def clean(self) -> dict[str, Any]:
        """Every code is that of a thing of this collection."""
        data = super().clean() or {}
        found = []
        for number in range(len(self.fields) // 2):
            text = data.get(f"part-{number}", "")
            if not text:
                continue
            thing = thing_by_code(text)
            if thing is None or thing.collection_id != self.collection.pk:
                self.add_error(
                    f"part-{number}", ValidationError(_("There is no thing with this code here."))
                )
                continue
            found.append((thing, data.get(f"number-{number}") or 1))
        data["parts"] = found
        return data


class MoreForm(forms.Form):
    """So many more."""

    quantity = DecimalTextField(label=_("How many more"))
    note = _line(_("Where they come from"), 300)


class LessForm(forms.Form):
    """So many fewer."""

    quantity = DecimalTextField(label=_("How many fewer"))
    note = _line(_("What became of them"), 300, _("Broken, lost, sold, given to …"), required=True)


class PlaceForm(forms.Form):
    """Picked up elsewhere."""

    place = forms.ChoiceField(label=_("New place"))

    def __init__(self, *args: Any, thing: Thing, places: Sequence[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = {str(place.pk): place for place in places if place.pk != thing.place_id}
        set_choices(self, "place", [(pk, str(place)) for pk, place in self.places.items()])

    def chosen(self) -> Place:
        """The place that was chosen."""
        return self.places[self.cleaned_data["place"]]


class ThingPhotoForm(forms.Form):
    """One picture with its words."""

    photo = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, at most 8 MB. We remove where and when it was taken."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )
    photo_description = _line(
        _("What the picture shows"), 200, _("For those who cannot see it."), required=True
    )


class PaperForm(forms.Form):
    """One manual."""

    file = forms.FileField(
        label=_("Paper"),
        help_text=_("A PDF of at most 20 MB."),
        widget=forms.FileInput({"accept": "application/pdf,.pdf"}),
    )
    title = _line(_("Title"), 160, _("For example: user manual."), required=True)
    language = forms.ChoiceField(label=_("Language of the paper"), required=False)

    def __init__(self, *args: Any, languages: Sequence[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        set_choices(self, "language", [("", "–"), *languages])


class TableForm(forms.Form):
    """A table of things."""

    table = forms.FileField(
        label=_("Table"),
        help_text=_("CSV or XLSX, with one thing on each line."),
        widget=forms.FileInput({"accept": ".csv,.xlsx,text/csv"}),
    )


def fits(kind: ResourceSpecification, sort: str) -> bool:
    """Whether things of this sort can be of this kind: what is lent is counted."""
    if sort == Sort.CONSUMABLE:
        return kind.unit in (Unit.ITEM, Unit.KILOGRAM, Unit.CUBIC_METRE, Unit.SQUARE_METRE)
    return kind.unit == Unit.ITEM


def _parts(kit: Thing) -> Any:
    return kit.parts.select_related("part")


def _initial(thing: Thing) -> dict[str, Any]:
    names = set(ASKED[thing.sort]) - {*ONLY_NEW, "terms", "features"}
    return {
        **{name: getattr(thing, name) for name in names},
        "terms": str(thing.terms_id or ""),
        "features": "\n".join(str(each) for each in thing.features),
    }
