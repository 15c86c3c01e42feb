"""What somebody looks for, read from the address of the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification, Theme
from kierto.core.geography import Point
from kierto.exchange.market import Wish
from kierto.exchange.models import Direction
from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.parties.models import District, Place

_ANY = ("", _("any"))


class MarketForm(forms.Form):
    """The filters of the market. What cannot be read does not narrow; it is told at its field."""

    q = forms.CharField(
        label=_("What are you looking for?"),
        required=False,
        max_length=120,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    direction = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("offers and needs")),
            (Direction.OFFER, _("offers")),
            (Direction.NEED, _("needs")),
        ],
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False, choices=[_ANY, *Theme.choices])
    near = forms.ChoiceField(label=_("Nearest to"), required=False)
    district = forms.ChoiceField(label=_("District"), required=False)
    hazard = forms.ChoiceField(
        label=_("Hazard"),
        required=False,
        choices=[_ANY, ("none", _("without hazardous")), ("only", _("only hazardous"))],
    )
    latitude = DecimalTextField(label=_("Latitude"), required=False)
    longitude = DecimalTextField(label=_("Longitude"), required=False)
    organization = forms.SlugField(required=False, widget=forms.HiddenInput)
    view = forms.ChoiceField(
        required=False, choices=[("", "list"), ("map", "map")], widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        kinds: Sequence[ResourceSpecification],
        districts: Sequence[District],
        places: Sequence[Place],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kinds = {kind.code: kind for kind in kinds}
        self.districts = {district.slug: district for district in districts}
        self.places = {str(place.pk): place for place in places}
        set_choices(
            self,
            "kind",
            [
                _ANY,
                *((kind.code, _indented(kind)) for kind in kinds),
            ],
        )
        set_choices(self, "district", [_ANY, *((d.slug, d.name) for d in districts)])
        set_choices(
            self,
            "near",
            [
                ("", _("anywhere")),
                *((f"place:{pk}", str(place)) for pk, place in self.places.items()),
                *(
                    (f"district:{d.slug}", _("the middle of %(name)s") % {"name": d.name})
                    for d in districts
                ),
            ],
        )

    def wish(self) -> Wish:
        """What the readable fields ask for."""
        self.is_valid()
        data = self.cleaned_data
        return Wish(
            words=data.get("q", ""),
            direction=data.get("direction", ""),
            kind=self.kinds.get(data.get("kind", "")),
            theme=data.get("theme", ""),
            district=data.get("district", ""),
            organization=data.get("organization", ""),
            hazard=data.get("hazard", ""),
            near=self._near(data),
        )

    def _near(self, data: dict[str, Any]) -> Point | None:
        latitude, longitude = data.get("latitude"), data.get("longitude")
        if latitude is not None and longitude is not None:
            try:
                return Point(float(latitude), float(longitude))
            except ValueError:
                self.add_error("latitude", _("There is no such place on Earth."))
                return None
        what, _colon, which = data.get("near", "").partition(":")
        if what == "place":
            return self.places[which].point
        return middle_of(self.districts[which]) if what == "district" else None


def middle_of(district: District) -> Point:
    """The middle of the box around a district's area."""
    corners = list(_corners(district.area["coordinates"]))
    longitudes = [corner[0] for corner in corners]
    latitudes = [corner[1] for corner in corners]
    return Point((min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2)


def _corners(part: Any) -> Any:
    if part and isinstance(part[0], int | float):
        yield part
    else:
        for inner in part:
            yield from _corners(inner)


def _indented(kind: ResourceSpecification) -> str:
    """Narrower kinds stand further in; no-break spaces, because plain ones fold."""
    return "\u00a0\u00a0" * (kind.path.strip("/").count("/")) + kind.label
