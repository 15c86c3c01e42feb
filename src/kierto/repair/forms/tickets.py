"""What is asked about a repair: by its owner, and by those who work on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.ledger.fields import DayField, DecimalTextField, set_choices
from kierto.parties.models import Agent
from kierto.repair.models import Category, Repairer, Ticket
from kierto.repair.states import Alternative, Barrier, Outcome

NONE = ("", _("– none –"))
UNNAMED = "unnamed"


def category_choices(categories: Iterable[Category]) -> list[tuple[str, str]]:
    """Categories by their name in the reader's language."""
    named = [(str(category.pk), str(category)) for category in categories]
    return sorted(named, key=lambda choice: choice[1].casefold())


class ThingForm(forms.Form):
    """The thing and its problem. Only three answers are needed."""

    category = forms.ChoiceField(label=_("What sort of thing is it?"))
    thing = forms.CharField(
        label=_("What do you call it?"),
        max_length=160,
        help_text=_("For example “kettle” or “winter coat”."),
    )
    problem = forms.CharField(
        label=_("What is wrong with it?"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("When does it happen, and what have you tried?"),
    )
    brand = forms.CharField(label=_("Brand"), required=False, max_length=80)
    model = forms.CharField(label=_("Model"), required=False, max_length=120)
    serial_number = forms.CharField(
        label=_("Serial number"),
        required=False,
        max_length=80,
        help_text=_("It tells the workshop whether the thing is under its warranty."),
    )
    made_year = forms.IntegerField(label=_("Made in the year"), required=False)
    age = DecimalTextField(label=_("Age in years"), required=False)
    shares_data = forms.BooleanField(
        label=_("The result may be counted in open repair data, without anybody's name"),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, categories: Sequence[Category], **options: Any) -> None:
        super().__init__(*args, **options)
        self._categories = {str(category.pk): category for category in categories}
        set_choices(self, "category", [("", _("Choose …")), *category_choices(categories)])

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        return {**self.cleaned_data, "category": self._categories[self.cleaned_data["category"]]}


class AskForm(ThingForm):
    """A new ticket: the thing, and for whom it is asked."""

    owner = forms.ChoiceField(label=_("Whose is it?"))

    field_order = ("category", "thing", "problem")

    def __init__(
        self,
        *args: Any,
        owners: Sequence[tuple[Agent, Any]],
        at_the_counter: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._owners: dict[str, Agent | None] = {str(agent.pk): agent for agent, _name in owners}
        named = [(str(agent.pk), name) for agent, name in owners]
        if at_the_counter:
            self._owners[UNNAMED] = None
            named = [(UNNAMED, _("a visitor without a name")), *named]
        set_choices(self, "owner", named)
        self.fields["owner"].initial = named[0][0]
        if len(named) == 1:
            self.fields["owner"].widget = forms.HiddenInput()

    def values(self) -> dict[str, Any]:
        """What ``open_ticket`` takes; an owner of None is a visitor without a name."""
        return {**super().values(), "owner": self._owners[self.cleaned_data["owner"]]}


class EstimateForm(forms.Form):
    """What it would cost, and by when."""

    low = DecimalTextField(label=_("From, in euros"))
    high = DecimalTextField(label=_("To, in euros"))
    minutes = forms.IntegerField(label=_("Minutes of work"), required=False, min_value=0)
    ready_on = DayField(label=_("Ready by"), required=False)
    note = forms.CharField(
        label=_("What would be done"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, ticket: Ticket, **options: Any) -> None:
        known = {
            "low": ticket.estimate_low,
            "high": ticket.estimate_high,
            "minutes": ticket.estimate_minutes,
            "ready_on": ticket.ready_on,
            "note": ticket.estimate_note,
        }
        super().__init__(*args, **{"initial": known, **options})


class FinishForm(forms.Form):
    """What came of it, in the words of the Open Repair Data Standard."""

    outcome = forms.ChoiceField(
        label=_("What came of it?"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    barrier = forms.ChoiceField(
        label=_("If it could not be repaired: what prevented it?"),
        required=False,
        choices=[NONE, *Barrier.choices],
    )
    advice = forms.CharField(
        label=_("What was done, and advice"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
    )
    price = DecimalTextField(label=_("Price in euros"), required=False)
    warranty_until = DayField(
        label=_("Warranty until"),
        required=False,
        help_text=_("Leave it empty for the workshop's usual warranty."),
    )
    warranty_note = forms.CharField(
        label=_("What the warranty covers"), required=False, max_length=300
    )


class WorkForm(forms.Form):
    """Hours of somebody."""

    hours = DecimalTextField(label=_("Hours"), help_text=_("For example 0.5 for half an hour."))
    worker = forms.ChoiceField(label=_("Who worked"))
    note = forms.CharField(label=_("What was done"), required=False, max_length=300)

    def __init__(self, *args: Any, workers: Sequence[tuple[Agent, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self._workers = {str(agent.pk): agent for agent, _name in workers}
        set_choices(self, "worker", [(str(agent.pk), name) for agent, name in workers])

    def values(self) -> dict[str, Any]:
        """What ``log_work`` takes."""
        return {
            "hours": self.cleaned_data["hours"],
            "worker": self._workers[self.cleaned_data["worker"]],
            "note": self.cleaned_data["note"],
        }


class PartForm(forms.Form):
    """A spare part that is wanted."""

    name = forms.CharField(label=_("Which part"), max_length=160)
    kind = forms.ChoiceField(
        label=_("Kind in the catalogue"),
        required=False,
        help_text=_("With a kind it is looked for in the exchange, and taken from the stock."),
    )
    quantity = forms.IntegerField(label=_("How many"), initial=1, min_value=1)
    price = DecimalTextField(label=_("Price in euros"), required=False)

    def __init__(self, *args: Any, kinds: Sequence[ResourceSpecification], **options: Any) -> None:
        super().__init__(*args, **options)
        self._kinds = {kind.code: kind for kind in kinds}
        named = sorted(((kind.code, kind.label) for kind in kinds), key=lambda c: c[1].casefold())
        set_choices(self, "kind", [NONE, *named])

    def values(self) -> dict[str, Any]:
        """What ``add_part`` takes."""
        return {**self.cleaned_data, "kind": self._kinds.get(self.cleaned_data["kind"])}


class AssignForm(forms.Form):
    """Who repairs it, and by when."""

    repairer = forms.ChoiceField(label=_("Who repairs it"), required=False)
    ready_on = DayField(label=_("Ready by"), required=False)

    def __init__(
        self,
        *args: Any,
        ticket: Ticket,
        repairers: Sequence[tuple[Repairer, Any]],
        **options: Any,
    ) -> None:
        known = {"repairer": ticket.repairer_id or "", "ready_on": ticket.ready_on}
        super().__init__(*args, **{"initial": known, **options})
        self._repairers = {str(repairer.pk): repairer for repairer, _name in repairers}
        named = [(str(repairer.pk), name) for repairer, name in repairers]
        set_choices(self, "repairer", [("", _("nobody yet")), *named])

    def chosen(self) -> Repairer | None:
        """Whom it goes to."""
        return self._repairers.get(self.cleaned_data["repairer"])


class PaidForm(forms.Form):
    """Euros that were paid at the counter."""

    amount = DecimalTextField(label=_("Paid, in euros"))


class PhotoForm(forms.Form):
    """A picture, its words, and whether everybody may see it."""

    photo = forms.ImageField(label=_("Picture"), widget=forms.FileInput({"accept": "image/*"}))
    description = forms.CharField(label=_("What it shows"), max_length=200)
    is_public = forms.BooleanField(
        label=_("The owner agrees that everybody may see it"), required=False
    )


class ReasonForm(forms.Form):
    """Why something is declined, or had back."""

    reason = forms.CharField(label=_("Why?"), max_length=300, widget=forms.Textarea({"rows": 2}))


class AnswerForm(forms.Form):
    """The one question."""

    alternative = forms.ChoiceField(
        label=_("What would you have done without the repair?"),
        choices=Alternative.choices,
        widget=forms.RadioSelect,
    )
