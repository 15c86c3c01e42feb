"""Forms of those who run a collection: its details, terms, groups and plans. Actions judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.core import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.parties.models import Agent, Place
from kierto.sharing.actions.terms import MONEY
from kierto.sharing.models import Collection, Group, MembershipPlan, Terms
from kierto.sharing.opening import has_holidays
from kierto.sharing.states import Per, Within
from kierto.sharing.words import DAY, HOUR

LENGTHS = {
    "shortest_minutes": _("Shortest booking"),
    "longest_minutes": _("Longest booking"),
    "step_minutes": _("Times go in steps of"),
    "notice_minutes": _("Book ahead at least"),
    "buffer_before_minutes": _("Free before each booking"),
    "buffer_after_minutes": _("Free after each booking"),
    "grace_minutes": _("Waits to be picked up for"),
}
"""Fields that are kept in minutes and asked for in the unit that reads best."""

UNITS = [(1, _("minutes")), (HOUR, _("hours")), (DAY, _("days"))]
COUNTS = {
    "horizon_days": _("Book ahead at most (days)"),
    "hold_hours": _("Held for whoever waited (hours)"),
    "renewals": _("How often a loan can be renewed"),
    "most_at_once": _("Most things that one may have or have booked"),
}


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Countries whose public holidays are known, by name."""
    names = Locale.parse(language).territories
    known = [(code, name) for code, name in names.items() if len(code) == 2 and has_holidays(code)]
    return tuple(sorted(known, key=lambda each: each[1].casefold()))


class CollectionForm(forms.Form):
    """What a collection tells about itself. Whoever opens one also says for whom."""

    owner = forms.ChoiceField(label=_("Who owns it?"))
    name = forms.CharField(label=_("Name"), max_length=160)
    description = forms.CharField(
        label=_("What is in it, and for whom?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )
    place = forms.ChoiceField(label=_("Where is it?"))
    contact = forms.CharField(
        label=_("How to reach the desk"),
        required=False,
        max_length=200,
        help_text=_("Everybody can read it: a phone number, an address, who to ask for."),
    )
    opening_hours = forms.CharField(
        label=_("Opening hours"),
        max_length=500,
        initial="Mo-Fr 10:00-18:00; PH off",
        help_text=_(
            "As in OpenStreetMap. Mo-Fr 10:00-18:00; Sa 10:00-14:00; PH off means: closed on "
            "public holidays. We 16:00-19:00 is one evening a week. 24/7 is always."
        ),
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )
    holidays = forms.ChoiceField(
        label=_("Public holidays of"),
        required=False,
        help_text=_("“PH” in the opening hours means these days."),
    )
    timezone = forms.CharField(
        label=_("Time zone"),
        max_length=60,
        widget=forms.TextInput({"dir": "ltr", "list": "timezones", "autocomplete": "off"}),
    )
    repairer = forms.ChoiceField(
        label=_("Who repairs its things?"),
        required=False,
        help_text=_("Maintenance that needs a repairer goes there as a ticket."),
    )

    def __init__(
        self,
        *args: Any,
        owners: Sequence[Agent] = (),
        places: Sequence[Place] = (),
        repairers: Sequence[Agent] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.owners = {str(agent.pk): agent for agent in owners}
        self.places = {str(place.pk): place for place in places}
        self.repairers = {str(agent.pk): agent for agent in repairers or ()}
        self._choose()
        if not owners:
            del self.fields["owner"]
        if repairers is None:
            del self.fields["repairer"]

    def _choose(self) -> None:
        set_choices(self, "owner", [(pk, agent.name) for pk, agent in self.owners.items()])
        set_choices(self, "place", [(pk, _place_name(one)) for pk, one in self.places.items()])
        mended = [(pk, agent.name) for pk, agent in self.repairers.items()]
        set_choices(self, "repairer", [("", _("Nobody yet")), *mended])
        language = (get_language() or "en").split("-")[0]
        set_choices(self, "holidays", [("", _("None that are known here")), *countries(language)])

    def timezones(self) -> list[str]:
        """Names to choose from while typing."""
        return sorted(zone for zone in available_timezones() if "/" in zone)

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        data = dict(self.cleaned_data)
        data["place"] = self.places[data["place"]]
        if "owner" in data:
            data["owner"] = self.owners[data["owner"]]
        if "repairer" in data:
            data["repairer"] = self.repairers.get(data["repairer"])
        return data


def _place_name(place: Place) -> str:
    return ", ".join(filter(None, [place.name, place.street, place.locality])) or str(place)


def initial_of(collection: Collection) -> dict[str, Any]:
    """What the form shows first."""
    names = ("name", "description", "contact", "opening_hours", "timezone")
    known = collection.holidays if has_holidays(collection.holidays) else ""
    return {
        **{name: getattr(collection, name) for name in names},
        "holidays": known,
        "place": str(collection.place_id),
        "repairer": str(collection.repairer_id or ""),
    }


class TermsForm(forms.Form):
    """The rules of borrowing, in the units that people use."""

    name = forms.CharField(
        label=_("Name of these terms"), max_length=80, help_text=_("For example: Large tools.")
    )
    membership_needed = forms.BooleanField(label=_("Only members borrow"), required=False)
    groups = forms.MultipleChoiceField(
        label=_("Only for these groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none, and everybody may who meets the rest."),
    )
    approval_needed = forms.BooleanField(label=_("The desk approves each booking"), required=False)
    within = forms.ChoiceField(
        label=_("How a booking lies in the opening hours"), choices=Within.choices
    )
    price = DecimalTextField(label=_("Price in euros"), required=False)
    price_per = forms.ChoiceField(label=_("Price for"), choices=Per.choices)
    deposit = DecimalTextField(label=_("Deposit in euros"), required=False)
    fine_per_day = DecimalTextField(label=_("Fine in euros for each day late"), required=False)
    fine_most = DecimalTextField(
        label=_("Highest fine in euros"),
        required=False,
        help_text=_("Leave it empty for a fine without an upper end."),
    )

    def __init__(self, *args: Any, groups: Sequence[Group] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in LENGTHS.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=0)
            self.fields[f"{name}_unit"] = forms.TypedChoiceField(
                label=_("Unit"), choices=UNITS, coerce=int
            )
        for name, label in COUNTS.items():
            self.fields[name] = forms.IntegerField(
                label=label, min_value=0, required=name != "most_at_once"
            )
        self.fields["most_at_once"].help_text = _("Leave it empty for no limit.")
        self.own_groups = {str(group.pk): group for group in groups}
        set_choices(self, "groups", [(pk, group.name) for pk, group in self.own_groups.items()])
        if not groups:
            del self.fields["groups"]

    def lengths(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Each length and its unit."""
        for name in LENGTHS:
            yield self[name], self[f"{name}_unit"]

    def counts(self) -> Iterator[forms.BoundField]:
        """The plain numbers."""
        for name in COUNTS:
            yield self[name]

    def values(self) -> dict[str, Any]:
        """What ``set_terms`` takes as changes."""
        data = self.cleaned_data
        plain = ("name", "membership_needed", "approval_needed", "within", "price_per", *COUNTS)
        return {
            **{name: data[name] for name in plain},
            **{name: data[name] * data[f"{name}_unit"] for name in LENGTHS},
            **{name: data[name] or Decimal(0) for name in MONEY},
        }

    def chosen_groups(self) -> list[Group] | None:
        """The groups; None where the collection has none to choose from."""
        if "groups" not in self.fields:
            return None
        return [self.own_groups[pk] for pk in self.cleaned_data["groups"]]


def initial_of_terms(terms: Terms) -> dict[str, Any]:
    """What the form shows first: each length in the largest unit that fits it."""
    plain = ("name", "membership_needed", "approval_needed", "within", "price_per", *COUNTS)
    initial: dict[str, Any] = {name: getattr(terms, name) for name in plain}
    for name in LENGTHS:
        minutes = getattr(terms, name)
        unit = next((u for u in (DAY, HOUR) if minutes and minutes % u == 0), 1)
        initial |= {name: minutes // unit, f"{name}_unit": unit}
    for name in MONEY:
        amount = getattr(terms, name)
        initial[name] = f"{amount:f}" if amount else ""
    if terms.pk:
        initial["groups"] = [str(pk) for pk in terms.groups.values_list("pk", flat=True)]
    return initial


class PlanForm(forms.Form):
    """A way of being a member."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("For example: Household."))
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=120, initial=12)
    price = DecimalTextField(label=_("Price in euros"), required=False)
    group = forms.ChoiceField(
        label=_("Group"),
        required=False,
        help_text=_("Whoever has this membership counts as one of the group."),
    )
    is_open = forms.BooleanField(label=_("Open to new members"), required=False, initial=True)

    def __init__(self, *args: Any, groups: Sequence[Group] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.groups = {str(group.pk): group for group in groups}
        named = [(pk, group.name) for pk, group in self.groups.items()]
        set_choices(self, "group", [("", _("None")), *named])

    def values(self) -> dict[str, Any]:
        """What ``set_plan`` takes as changes."""
        data = dict(self.cleaned_data)
        data["price"] = data["price"] or Decimal(0)
        data["group"] = self.groups.get(data["group"])
        return data


def initial_of_plan(plan: MembershipPlan) -> dict[str, Any]:
    """What the form shows first."""
    return {
        "name": plan.name,
        "months": plan.months,
        "price": f"{plan.price:f}" if plan.price else "",
        "group": str(plan.group_id or ""),
        "is_open": plan.is_open,
    }


class GroupForm(forms.Form):
    """The name of a group."""

    name = forms.CharField(label=_("Name of the group"), max_length=80)
