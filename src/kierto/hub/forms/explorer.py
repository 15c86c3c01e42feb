"""A question to the data platform, in the words of its query language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.ngsild.times import write_time

NOW, HISTORY = "now", "history"

DAYS = 30
"""How far back changes are shown where nobody says."""

_FOLDED = ("id", "attrs", "latitude", "longitude", "metres", "since", "limit", "others")


class QuestionForm(forms.Form):
    """What is asked for, where, of when, and how it is shown."""

    type = forms.CharField(
        label=_("Kind of thing"),
        required=False,
        max_length=400,
        help_text=_("For example Offer, or Vehicle|Thing for either. Empty: any kind."),
    )
    q = forms.CharField(
        label=_("Only where"),
        required=False,
        max_length=4000,
        help_text=_('For example state=="open";resourceQuantity>100. “;” means and, “|” means or.'),
    )
    id = forms.CharField(
        label=_("Only these ids"),
        required=False,
        max_length=4000,
        help_text=_("Separated by commas."),
    )
    attrs = forms.CharField(
        label=_("Only these attributes"),
        required=False,
        max_length=1000,
        help_text=_("Separated by commas. Empty: all."),
    )
    latitude = forms.FloatField(
        label=_("Near latitude"), required=False, min_value=-90, max_value=90
    )
    longitude = forms.FloatField(
        label=_("Near longitude"), required=False, min_value=-180, max_value=180
    )
    metres = forms.IntegerField(
        label=_("At most so far away (metres)"),
        required=False,
        min_value=1,
        max_value=20_000_000,
    )
    when = forms.ChoiceField(
        label=_("Of when"),
        required=False,
        choices=[(NOW, _("as it is now")), (HISTORY, _("how it changed"))],
    )
    since = forms.DateTimeField(
        label=_("Changes since"),
        required=False,
        help_text=_("Empty: of the last 30 days."),
    )
    form = forms.ChoiceField(
        label=_("Written"),
        required=False,
        choices=[
            ("simplified", _("values only")),
            ("concise", _("short, with units and times")),
            ("normalized", _("in full")),
        ],
    )
    limit = forms.IntegerField(label=_("At most"), required=False, min_value=1, max_value=100)
    offset = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    others = forms.BooleanField(label=_("Ask joined cities too"), required=False)

    def __init__(self, *args: Any, types: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        if types:
            self.fields["type"].widget.attrs["list"] = "known-types"

    def clean(self) -> dict[str, Any]:
        """A circle needs its middle and its size."""
        values = super().clean() or {}
        circle = [values.get(name) for name in ("latitude", "longitude", "metres")]
        if any(part is not None for part in circle) and None in circle and not self.errors:
            raise forms.ValidationError(
                _("To look near a point, give its latitude, its longitude and how far away.")
            )
        return values

    @property
    def is_narrowed(self) -> bool:
        """Whether something is asked in the part that is folded away."""
        return any(self.data.get(name) for name in _FOLDED) or any(
            name in self.errors for name in (*_FOLDED, "__all__")
        )

    def path(self) -> str:
        """Where the question goes."""
        history = self.cleaned_data.get("when") == HISTORY
        return "/temporal/entities" if history else "/entities"

    def parameters(self) -> dict[str, str]:
        """The question as the interface wants it."""
        values = self.cleaned_data
        history = values.get("when") == HISTORY
        found = {name: values.get(name) or "" for name in ("type", "q", "id", "attrs")}
        if values.get("metres"):
            found |= {
                "georel": f"near;maxDistance=={values['metres']}",
                "geometry": "Point",
                "coordinates": f"[{values['longitude']},{values['latitude']}]",
            }
        if history:
            found["timeproperty"] = "modifiedAt"
            since = values.get("since") or timezone.now() - timedelta(days=DAYS)
            found |= {"timerel": "after", "timeAt": write_time(since)}
        form = values.get("form") or "simplified"
        found["format"] = "temporalValues" if history and form == "simplified" else form
        found["limit"] = str(values.get("limit") or 20)
        found["offset"] = str(values.get("offset") or "")
        if not history:
            found["count"] = "true"
        if not values.get("others"):
            found["local"] = "true"
        return found
