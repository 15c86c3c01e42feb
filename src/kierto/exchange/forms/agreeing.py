"""Answering a proposal, and recording what was delivered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.core.quantity import Quantity
from kierto.exchange.models import Proposal
from kierto.ledger.fields import DecimalTextField, set_choices, units_for
from kierto.parties.models import Agent


class AnswerForm(forms.Form):
    """Yes, or no with a reason; the button that was pressed says which."""

    reason = forms.CharField(
        label=_("Your reason, if you decline"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_(
            "The other party and the operator read it. The next plan leaves this pair out."
        ),
    )


class DeliveryForm(forms.Form):
    """What was weighed, when, by which side."""

    quantity = DecimalTextField(label=_("Weighed or counted amount"))
    unit = forms.ChoiceField(label=_("Unit"))
    happened_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    agent = forms.ChoiceField(label=_("You record for"))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )
    photo = forms.FileField(
        label=_("Picture, for example of the weighing slip"),
        required=False,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )

    def __init__(self, *args: Any, proposal: Proposal, sides: list[Agent], **options: Any) -> None:
        now = timezone.localtime().replace(second=0, microsecond=0)
        options.setdefault("initial", {"happened_at": now})
        super().__init__(*args, **options)
        self.sides = {str(agent.pk): agent for agent in sides}
        set_choices(self, "unit", units_for(proposal.kind.unit))
        set_choices(self, "agent", [(pk, agent.name) for pk, agent in self.sides.items()])
        if len(sides) == 1:
            self.fields["agent"].widget = forms.HiddenInput()
            self.fields["agent"].initial = str(sides[0].pk)

    def values(self) -> dict[str, Any]:
        """What ``record_delivery`` takes."""
        data = self.cleaned_data
        return {
            "quantity": Quantity(data["quantity"], data["unit"]),
            "happened_at": data["happened_at"],
            "agent": self.sides[data["agent"]],
            "note": data["note"],
            "photo": data["photo"],
        }


class DisputeForm(forms.Form):
    """Why a delivery is not right."""

    reason = forms.CharField(
        label=_("What is not right?"), max_length=1000, widget=forms.Textarea({"rows": 2})
    )
