"""Asking where something can be repaired, and what a workshop says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.parties.models import Agent, District, Place
from kierto.repair.forms.tickets import category_choices
from kierto.repair.models import Category, Repairer, Workshop


class WhereForm(forms.Form):
    """Where can this be repaired?"""

    category = forms.ChoiceField(label=_("What is broken?"), required=False)
    problem = forms.CharField(
        label=_("What is wrong with it?"),
        required=False,
        max_length=4000,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    district = forms.ChoiceField(label=_("District"), required=False)

    def __init__(
        self,
        *args: Any,
        categories: Sequence[Category],
        districts: Sequence[District],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._categories = {str(category.pk): category for category in categories}
        set_choices(self, "category", [("", _("anything")), *category_choices(categories)])
        named = [(district.slug, district.name) for district in districts]
        set_choices(self, "district", [("", _("anywhere")), *named])
        if len(named) < 2:
            del self.fields["district"]

    def chosen_category(self) -> Category | None:
        """The category that was chosen, if it can be read."""
        self.is_valid()
        return self._categories.get(self.cleaned_data.get("category", ""))

    def chosen_district(self) -> str:
        """Short name of the district that was chosen, or nothing."""
        self.is_valid()
        return str(self.cleaned_data.get("district", ""))


class WorkshopForm(forms.Form):
    """What a workshop says of itself."""

    name = forms.CharField(label=_("Name"), max_length=160)
    description = forms.CharField(
        label=_("What you do"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
    )
    contact = forms.CharField(
        label=_("How to reach it"),
        required=False,
        max_length=200,
        help_text=_("A telephone number or an address, shown to everybody."),
    )
    categories = forms.MultipleChoiceField(
        label=_("What it repairs"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none if it repairs everything."),
    )
    opening_hours = forms.CharField(
        label=_("Opening hours"),
        required=False,
        max_length=500,
        widget=forms.TextInput({"dir": "ltr"}),
        help_text=_("As in OpenStreetMap: Mo-Fr 10:00-18:00; Sa 10:00-14:00; PH off"),
    )
    holidays = forms.CharField(
        label=_("Country of the public holidays"),
        required=False,
        max_length=2,
        help_text=_("Two letters, such as FI."),
        initial="FI",
    )
    timezone = forms.CharField(label=_("Time zone"), max_length=60, initial="Europe/Helsinki")
    warranty_days = forms.IntegerField(label=_("Days of warranty"), min_value=0, initial=0)
    takes_tickets = forms.BooleanField(
        label=_("Takes repairs outside events"), required=False, initial=True
    )
    is_open = forms.BooleanField(label=_("Shown to everybody"), required=False, initial=True)

    def __init__(
        self,
        *args: Any,
        categories: Sequence[Category],
        workshop: Workshop | None = None,
        **options: Any,
    ) -> None:
        if workshop is not None:
            options["initial"] = {
                **{name: getattr(workshop, name) for name in type(self).base_fields},
                "categories": [str(pk) for pk in workshop.categories.values_list("pk", flat=True)],
            }
        super().__init__(*args, **options)
        self._categories = {str(category.pk): category for category in categories}
        set_choices(self, "categories", category_choices(categories))

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        chosen = [self._categories[pk] for pk in self.cleaned_data["categories"]]
        return {**self.cleaned_data, "categories": chosen}


class NewWorkshopForm(WorkshopForm):
    """A new workshop also has an owner and a place."""

    place = forms.ChoiceField(label=_("Where it is"))

    field_order = ("name", "place")

    def __init__(self, *args: Any, places: Sequence[tuple[Place, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = {str(place.pk): place for place, _name in places}
        set_choices(self, "place", [(str(place.pk), name) for place, name in places])

    def values(self) -> dict[str, Any]:
        """What ``create_workshop`` takes."""
        place = self._places[self.cleaned_data["place"]]
        return {**super().values(), "place": place, "agent": place.agent}


class PriceForm(forms.Form):
    """A line of the price list."""

    name = forms.CharField(label=_("What is done"), max_length=160)
    category = forms.ChoiceField(label=_("For which things"), required=False)
    low = DecimalTextField(label=_("From, in euros"))
    high = DecimalTextField(
        label=_("To, in euros"),
        required=False,
        help_text=_("Leave it empty if the price is fixed."),
    )

    def __init__(self, *args: Any, categories: Sequence[Category], **options: Any) -> None:
        super().__init__(*args, **options)
        self._categories = {str(category.pk): category for category in categories}
        set_choices(self, "category", [("", _("all")), *category_choices(categories)])

    def values(self) -> dict[str, Any]:
        """What ``set_price`` takes."""
        return {
            **self.cleaned_data,
            "category": self._categories.get(self.cleaned_data["category"]),
        }


class SkillsForm(forms.Form):
    """What somebody who repairs is good at."""

    skills = forms.MultipleChoiceField(
        label=_("Good at"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(
        self,
        *args: Any,
        categories: Sequence[Category],
        repairer: Repairer | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._categories = {str(category.pk): category for category in categories}
        set_choices(self, "skills", category_choices(categories))
        if repairer is not None:
            skills = repairer.skills.values_list("pk", flat=True)
            self.initial["skills"] = [str(pk) for pk in skills]
            self.initial["note"] = repairer.note

    def values(self) -> dict[str, Any]:
        """What ``change_repairer`` takes."""
        return {
            "skills": [self._categories[pk] for pk in self.cleaned_data["skills"]],
            "note": self.cleaned_data["note"],
        }


class RepairerForm(SkillsForm):
    """Somebody who repairs here from now on."""

    agent = forms.ChoiceField(label=_("Who"))

    field_order = ("agent",)

    def __init__(self, *args: Any, people: Sequence[tuple[Agent, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self._people = {str(agent.pk): agent for agent, _name in people}
        set_choices(self, "agent", [(str(agent.pk), name) for agent, name in people])

    def values(self) -> dict[str, Any]:
        """What ``add_repairer`` takes."""
        return {**super().values(), "agent": self._people[self.cleaned_data["agent"]]}
