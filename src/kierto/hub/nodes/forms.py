"""Forms of the pages about other cities."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class JoinForm(forms.Form):
    """Joins another city by the link it sent."""

    link = forms.CharField(
        label=_("Link of the invitation"),
        help_text=_("The administrators of the other city send it to you. It works once."),
        max_length=500,
    )
    address = forms.CharField(
        label=_("Address of this node"),
        help_text=_("As the other city reaches it, for example https://prato.example."),
        max_length=300,
    )
    trusted = forms.BooleanField(
        label=_("The other city may also see what only partners may see here"),
        required=False,
        initial=True,
    )


class KindForm(forms.Form):
    """Which kind of things is looked for in other cities."""

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"] = forms.ChoiceField(
            label=_("What are you looking for?"),
            required=False,
            choices=[("", _("Choose a kind")), *kinds],
        )
