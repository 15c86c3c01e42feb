"""Which labels are printed, and on what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.sharing.labels import SHEETS


class LabelsForm(forms.Form):
    """The paper, and how it is filled. The things are chosen in the list beside it."""

    sheet = forms.ChoiceField(
        label=_("Paper"), choices=[(name, sheet.label) for name, sheet in SHEETS.items()]
    )
    skip = forms.IntegerField(
        label=_("Labels already used on the first sheet"),
        required=False,
        min_value=0,
        max_value=max(sheet.size for sheet in SHEETS.values()) - 1,
    )
    each = forms.BooleanField(label=_("One label for each of several equal items"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {"sheet": "3x8"})
        super().__init__(*args, **options)
