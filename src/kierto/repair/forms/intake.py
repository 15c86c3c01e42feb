"""What is typed at the table: a thing taken in, a code, a result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.ledger.fields import DecimalTextField, set_choices
from kierto.parties.models import Agent
from kierto.repair.category_words import category_of
from kierto.repair.models import Category, Event
from kierto.repair.programme import is_now, zone_of
from kierto.repair.states import Barrier, Outcome


class MomentField(forms.DateTimeField):
    """A day and a time where the event is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
            **options,
        )


class _AtTheEvent(forms.Form):
    """A form with a time that is asked for only once the event is over."""

    at = MomentField(label=_("When it was"), required=False)

    def __init__(self, *args: Any, event: Event, **options: Any) -> None:
        self.event = event
        super().__init__(*args, **options)
        if is_now(event):
            del self.fields["at"]
        else:
            local = timezone.localtime(event.begins, zone_of(event))
            self.fields["at"].initial = f"{local:%Y-%m-%dT%H:%M}"

    def moment(self) -> datetime | None:
        """The time that was typed, as the event's place tells it; None for the usual one."""
        typed: datetime | None = self.cleaned_data.get("at")
        return None if typed is None else typed.replace(tzinfo=zone_of(self.event))


class IntakeForm(_AtTheEvent):
    """A thing taken in: a category and a problem are enough."""

    category = forms.CharField(
        label=_("What is it?"),
        required=False,
        max_length=80,
        widget=forms.TextInput({"list": "categories", "autocomplete": "off", "autofocus": True}),
        help_text=_("Type the beginning, or choose one of the buttons."),
    )
    common = forms.ChoiceField(label=_("Often brought"), required=False, widget=forms.RadioSelect)
    problem = forms.CharField(
        label=_("What is wrong?"),
        max_length=2000,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    thing = forms.CharField(
        label=_("Which one"),
        required=False,
        max_length=160,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("If the category does not say it all."),
    )
    brand = forms.CharField(
        label=_("Brand"),
        required=False,
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    age = DecimalTextField(label=_("Age in years"), required=False)
    visitor = forms.CharField(
        label=_("Visitor"),
        required=False,
        max_length=160,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_(
            "Empty is fine: the number is enough. Or the number or code of another thing of "
            "theirs, their e-mail address or whole name."
        ),
    )
    private = forms.BooleanField(label=_("Leave out of the open repair data"), required=False)

    field_order = (
        "category",
        "common",
        "problem",
        "thing",
        "brand",
        "age",
        "visitor",
        "private",
        "at",
    )

    def __init__(
        self,
        *args: Any,
        event: Event,
        categories: Sequence[Category],
        common: Sequence[Category],
        **options: Any,
    ) -> None:
        super().__init__(*args, event=event, **options)
        self.categories = categories
        set_choices(self, "common", [(str(each.pk), str(each)) for each in common])

    def clean(self) -> dict[str, Any]:
        """What was typed wins over the button."""
        data = super().clean() or self.cleaned_data
        typed, pressed = data.get("category", ""), data.get("common", "")
        if typed:
            found = category_of(typed, self.categories)
        else:
            found = next((each for each in self.categories if str(each.pk) == pressed), None)
        if found is None and typed:
            text = _("“%(text)s” is no category, or could be several. Choose one of the list.")
            self.add_error("category", ValidationError(text, params={"text": typed}))
        elif found is None:
            self.add_error("category", _("Say what it is, or choose one of the buttons."))
        data["category"] = found
        return data

    def values(self) -> dict[str, Any]:
        """What ``take_in`` takes, but the owner."""
        data = self.cleaned_data
        return {
            "category": data["category"],
            "thing": data["thing"],
            "problem": data["problem"],
            "brand": data["brand"],
            "age": data["age"],
            "shares_data": not data["private"],
            "at": self.moment(),
        }


class CodeForm(forms.Form):
    """The booking code of somebody who signed up."""

    code = forms.CharField(
        label=_("Booking code"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )


class ResultForm(_AtTheEvent):
    """What became of a thing."""

    outcome = forms.ChoiceField(
        label=_("What came of it?"), choices=Outcome, widget=forms.RadioSelect
    )
    barrier = forms.ChoiceField(
        label=_("If it could not be repaired: what prevented it?"),
        required=False,
        choices=[("", _("nothing of this, or not known")), *Barrier.choices],
    )
    advice = forms.CharField(
        label=_("What was done, and advice for the owner"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )
    worker = forms.ChoiceField(label=_("Who repaired"), required=False)
    minutes = forms.IntegerField(
        label=_("Minutes of work"),
        required=False,
        min_value=0,
        max_value=6000,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    photo = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )
    photo_description = forms.CharField(
        label=_("What the picture shows"), required=False, max_length=200
    )
    photo_public = forms.BooleanField(
        label=_("The owner agrees that everybody may see the picture"), required=False
    )

    field_order = (
        "outcome",
        "barrier",
        "advice",
        "worker",
        "minutes",
        "photo",
        "photo_description",
        "photo_public",
        "at",
    )

    def __init__(
        self,
        *args: Any,
        event: Event,
        workers: Sequence[tuple[Agent, str]],
        worker: Agent | None = None,
        minutes: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, event=event, **options)
        self.workers = {str(agent.pk): agent for agent, _name in workers}
        names = [(str(agent.pk), name) for agent, name in workers]
        set_choices(self, "worker", [("", _("nobody is named")), *names])
        self.fields["worker"].initial = str(worker.pk) if worker is not None else ""
        self.fields["minutes"].initial = minutes

    def values(self) -> dict[str, Any]:
        """What ``record_result`` takes."""
        data = self.cleaned_data
        photo = None
        if data["photo"] is not None:
            photo = {
                "image": data["photo"],
                "description": data["photo_description"],
                "is_public": data["photo_public"],
            }
        return {
            "outcome": data["outcome"],
            "barrier": data["barrier"],
            "advice": data["advice"],
            "worker": self.workers.get(data["worker"]),
            "minutes": data["minutes"],
            "photo": photo,
            "at": self.moment(),
        }
