"""Forms of the ledger explorer. They read; the actions judge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.ledger.models import Action
from kierto.parties.models import District, Organization


class KindChoice(forms.ModelChoiceField):
    """Kinds by their names, narrower ones indented below broader ones."""

    def label_from_instance(self, kind: Any) -> str:
        """The kind's name after as many dashes as there are kinds above it."""
        return "– " * (kind.path.count("/") - 2) + kind.label


class FilterForm(forms.Form):
    """What narrows the list of events and the exports."""

    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = KindChoice(
        label=_("Kind"),
        queryset=ResourceSpecification.objects.prefetch_related("labels"),
        to_field_name="code",
        required=False,
        empty_label=_("All kinds"),
    )
    action = forms.ChoiceField(
        label=_("What happened"),
        required=False,
        choices=[("", _("Everything")), *Action.choices],
    )
    organization = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organization.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All organisations"),
    )
    district = forms.ModelChoiceField(
        label=_("District"),
        queryset=District.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All districts"),
    )

    def narrowing(self) -> dict[str, Any]:
        """The filters that could be read, for ``queries.narrowed``."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ReversalForm(forms.Form):
    """Why an event is to be taken back."""

    reason = forms.CharField(
        label=_("Why is it to be taken back?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
