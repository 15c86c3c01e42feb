"""The three steps to post an offer or a need, and the same on one page to edit one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.core.errors import DomainError
from kierto.core.quantity import Quantity
from kierto.exchange.models import Direction, Frequency, Intent, today
from kierto.exchange.quality import read_limits, read_measured, write_quality
from kierto.exchange.states import Visibility
from kierto.ledger.fields import DayField, DecimalTextField, set_choices, units_for
from kierto.parties.models import Agent, Place

NEW_PLACE = "new"


class WhatForm(forms.Form):
    """Step 1: what it is, in one's own words, and which kind that is."""

    title = forms.CharField(
        max_length=160, help_text=_("In your own words, for example “denim offcuts”.")
    )
    kind = forms.ChoiceField(label=_("Which of these is it?"), widget=forms.RadioSelect)
    description = forms.CharField(
        label=_("More about it"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Colour, condition, packaging, what it was used for: what others ask first."),
    )

    def __init__(
        self, *args: Any, direction: str, kinds: Sequence[ResourceSpecification], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["title"].label = (
            _("What do you offer?") if direction == Direction.OFFER else _("What do you need?")
        )
        set_choices(self, "kind", [(kind.code, kind.label) for kind in kinds])
        self.fields["kind"].error_messages["required"] = _(
            "Choose the kind that fits best. Press “Find kinds” to see suggestions."
        )

    field_order = ("title", "kind", "description")


class AmountForm(forms.Form):
    """Step 2: how much and when."""

    quantity = DecimalTextField(label=_("How much"))
    unit = forms.ChoiceField(label=_("Unit"))
    every = forms.ChoiceField(
        label=_("How often"), choices=Frequency.choices, initial=Frequency.WEEK
    )
    available_from = DayField(label=_("From"), initial=today)
    available_until = DayField(
        label=_("Until"), required=False, help_text=_("Leave it empty if there is no end.")
    )
    minimum_lot = DecimalTextField(
        label=_("Smallest amount"),
        required=False,
        help_text=_("If less is not worth the trouble: in the same unit."),
    )
    quality = forms.CharField(
        required=False, max_length=1000, widget=forms.Textarea({"rows": 2, "dir": "ltr"})
    )
    fallback_cost = DecimalTextField(required=False)

    def __init__(
        self, *args: Any, direction: str, kind: ResourceSpecification, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.direction = direction
        self.kind = kind
        entered = str((self.initial or {}).get("unit", ""))
        set_choices(self, "unit", units_for(kind.unit, entered))
        offers = direction == Direction.OFFER
        unit = kind.get_unit_display()
        if offers:
            self._word("quality", _("Measured quality"), _("One on each line: moisture = 0.6"))
            self._word(
                "fallback_cost",
                _("What getting rid of it costs you otherwise"),
                _("Euros per %(unit)s. Leave it empty to use the catalogue's price.")
                % {"unit": unit},
            )
        else:
            self._word(
                "quality", _("Quality you accept"), _("One on each line: moisture = 0.2 to 0.7")
            )
            self._word(
                "fallback_cost",
                _("What buying it new costs you"),
                _("Euros per %(unit)s. Leave it empty to use the catalogue's price.")
                % {"unit": unit},
            )

    def _word(self, name: str, label: Any, hint: Any) -> None:
        self.fields[name].label = label
        self.fields[name].help_text = hint

    def clean_quality(self) -> str:
        """Keep the text; refuse what cannot be read."""
        text: str = self.cleaned_data["quality"]
        self._read(text)
        return text

    def _read(self, text: str) -> dict[str, Any]:
        try:
            if self.direction == Direction.OFFER:
                return dict(read_measured(text))
            return dict(read_limits(text))
        except DomainError as error:
            raise ValidationError(str(error)) from error

    def clean_quantity(self) -> Decimal | None:
        """More than nothing."""
        value: Decimal | None = self.cleaned_data["quantity"]
        if value is not None and value <= 0:
            raise ValidationError(_("Enter more than zero."))
        return value

    def clean(self) -> dict[str, Any]:
        """The two days and the two amounts fit together; the actions judge the same again."""
        data = super().clean() or {}
        start, end = data.get("available_from"), data.get("available_until")
        if start and end and end < start:
            self.add_error("available_until", _("The last day is before the first day."))
        lot, quantity = data.get("minimum_lot"), data.get("quantity")
        if lot is not None and quantity is not None and lot > quantity:
            self.add_error("minimum_lot", _("This is more than the whole amount."))
        return data

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        data = self.cleaned_data
        lot = data["minimum_lot"]
        cost = data["fallback_cost"]
        return {
            "quantity": Quantity(data["quantity"], data["unit"]),
            "every": data["every"],
            "available_from": data["available_from"],
            "available_until": data["available_until"],
            "minimum_lot": None if lot is None else Quantity(lot, data["unit"]),
            "quality": self._read(data["quality"]),
            "fallback_cost": None if cost is None else float(cost),
        }


class WhereForm(forms.Form):
    """Step 3: where it is, in whose name, and who sees it."""

    place = forms.ChoiceField(label=_("Where is it?"))
    agent = forms.ChoiceField(
        label=_("In whose name?"),
        required=False,
        help_text=_("Only for another place: the ones above are somebody's already."),
    )
    place_name = forms.CharField(label=_("Name of the place"), required=False, max_length=200)
    street = forms.CharField(label=_("Street and number"), required=False, max_length=200)
    postcode = forms.CharField(label=_("Postcode"), required=False, max_length=20)
    locality = forms.CharField(label=_("Town"), required=False, max_length=120)
    latitude = DecimalTextField(
        label=_("Latitude"), required=False, help_text=_("Degrees, for example 60.217.")
    )
    longitude = DecimalTextField(
        label=_("Longitude"), required=False, help_text=_("Degrees, for example 24.756.")
    )
    visibility = forms.ChoiceField(
        label=_("Who sees it?"),
        choices=Visibility.choices,
        widget=forms.RadioSelect,
        initial=Visibility.PUBLIC,
    )

    def __init__(
        self, *args: Any, agents: Sequence[Agent], places: Sequence[Place], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.agents = {str(agent.pk): agent for agent in agents}
        self.places = {str(place.pk): place for place in places}
        set_choices(
            self,
            "place",
            [
                *(
                    (agent.name, [(str(p.pk), str(p)) for p in places if p.agent_id == agent.pk])
                    for agent in agents
                    if any(p.agent_id == agent.pk for p in places)
                ),
                (NEW_PLACE, _("Another place, entered below")),
            ],
        )
        set_choices(self, "agent", [(pk, agent.name) for pk, agent in self.agents.items()])
        if not places:
            self.fields["place"].initial = NEW_PLACE

    def clean(self) -> dict[str, Any]:
        """Another place needs a point, and somebody whose it is."""
        data = super().clean() or {}
        if data.get("place") == NEW_PLACE:
            for name in ("locality", "latitude", "longitude"):
                if data.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, _("This is needed for another place."))
        return data

    def asks_for_new_place(self) -> bool:
        """Whether the fields of another place are of interest: chosen, or nothing else there."""
        return not self.places or self["place"].value() == NEW_PLACE

    def chosen_place(self) -> Place | None:
        """The place that was chosen; None when another one is to be added."""
        return self.places.get(self.cleaned_data["place"])

    def chosen_agent(self) -> Agent:
        """In whose name: the place's owner, or the one chosen for another place."""
        place = self.chosen_place()
        if place is not None:
            return self.agents[str(place.agent_id)]
        return self.agents.get(self.cleaned_data["agent"]) or next(iter(self.agents.values()))

    def new_place(self) -> dict[str, Any]:
        """What ``add_place`` takes."""
        data = self.cleaned_data
        return {
            "name": data["place_name"] or data["street"] or data["locality"],
            "street": data["street"],
            "postcode": data["postcode"],
            "locality": data["locality"],
            "latitude": float(data["latitude"]),
            "longitude": float(data["longitude"]),
        }


class PhotoForm(forms.Form):
    """One picture with its words."""

    photo = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, at most 8 MB. We remove where and when it was taken."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )
    photo_description = forms.CharField(
        label=_("What the picture shows"),
        max_length=300,
        help_text=_("For those who cannot see it."),
    )


class OptionalPhotoForm(PhotoForm):
    """At the end of the steps a picture may be added, or not."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.required = False


class EditForm(AmountForm):
    """All that can be edited later, on one page. The kind stays: another kind is another offer."""

    title = forms.CharField(label=_("Title"), max_length=160)
    description = forms.CharField(
        label=_("More about it"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )
    place = forms.ChoiceField(label=_("Where is it?"))
    visibility = forms.ChoiceField(
        label=_("Who sees it?"), choices=Visibility.choices, widget=forms.RadioSelect
    )
    field_order = ("title", "description")

    def __init__(self, *args: Any, intent: Intent, places: Sequence[Place], **options: Any) -> None:
        options.setdefault("initial", _initial(intent))
        super().__init__(*args, direction=intent.direction, kind=intent.kind, **options)
        self.places = {str(place.pk): place for place in places}
        set_choices(self, "place", [(pk, str(place)) for pk, place in self.places.items()])

    def values(self) -> dict[str, Any]:
        """What ``change_intent`` takes."""
        data = self.cleaned_data
        return {
            **super().values(),
            "title": data["title"],
            "description": data["description"],
            "place": self.places[data["place"]],
            "visibility": data["visibility"],
        }


def _initial(intent: Intent) -> dict[str, Any]:
    lot = ""
    if intent.minimum_lot:
        factor = Quantity(Decimal(1), intent.entered_unit).canonical
        lot = f"{(intent.minimum_lot / factor).normalize():f}"
    return {
        "title": intent.title,
        "description": intent.description,
        "quantity": intent.entered_value,
        "unit": intent.entered_unit,
        "every": intent.every,
        "available_from": intent.available_from,
        "available_until": intent.available_until,
        "minimum_lot": lot,
        "quality": write_quality(intent.quality),
        "fallback_cost": "" if intent.fallback_cost is None else f"{intent.fallback_cost:g}",
        "place": str(intent.place_id),
        "visibility": intent.visibility,
    }
