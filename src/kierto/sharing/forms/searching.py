"""What somebody looks for among the things to borrow, read from the address of the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.ledger.fields import set_choices
from kierto.parties.models import District
from kierto.sharing.catalogue import Wish
from kierto.sharing.models import Collection
from kierto.sharing.states import Sort

_ANY = ("", _("any"))
MOST_PEOPLE = 10_000


class MomentInput(forms.DateTimeInput):
    """A day and a time of day, with the browser's own picker."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", **attrs})


class ThingsForm(forms.Form):
    """The filters of the list. What cannot be read does not narrow; it is told at its field."""

    q = forms.CharField(
        label=_("What do you want to borrow?"),
        required=False,
        max_length=120,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    free = forms.ChoiceField(
        label=_("Free"),
        required=False,
        choices=[("", _("at any time")), ("now", _("now"))],
    )
    sort = forms.ChoiceField(label=_("Sort"), required=False, choices=[_ANY, *Sort.choices])
    collection = forms.ChoiceField(label=_("Collection"), required=False)
    free_from = forms.DateTimeField(label=_("Free from"), required=False, widget=MomentInput)
    free_until = forms.DateTimeField(label=_("Free until"), required=False, widget=MomentInput)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    district = forms.ChoiceField(label=_("District"), required=False)
    people = forms.IntegerField(
        label=_("For how many people?"), required=False, min_value=1, max_value=MOST_PEOPLE
    )
    features = forms.MultipleChoiceField(
        label=_("It has"), required=False, widget=forms.CheckboxSelectMultiple
    )
    view = forms.ChoiceField(
        required=False, choices=[("", "list"), ("map", "map")], widget=forms.HiddenInput
    )

    MORE = ("free_from", "free_until", "kind", "district", "people", "features")
    """What stands under “More filters”."""

    def __init__(
        self,
        *args: Any,
        collections: Sequence[Collection],
        kinds: Sequence[ResourceSpecification],
        districts: Sequence[District],
        features: Sequence[str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kinds = {kind.code: kind for kind in kinds}
        self.districts = {district.slug: district for district in districts}
        set_choices(self, "collection", [_ANY, *((one.slug, one.name) for one in collections)])
        set_choices(self, "kind", [_ANY, *((kind.code, _indented(kind)) for kind in kinds)])
        set_choices(self, "district", [_ANY, *((d.slug, d.name) for d in districts)])
        set_choices(self, "features", [(one, one) for one in features])
        if not features:
            del self.fields["features"]

    def clean(self) -> dict[str, Any]:
        """A time has two ends, the later one last; otherwise it does not narrow."""
        data = super().clean() or {}
        begins, ends = data.get("free_from"), data.get("free_until")
        if begins and ends and ends <= begins:
            self.add_error("free_until", _("This is before the beginning. Choose a later time."))
        elif begins and not ends and "free_until" not in self.errors:
            self.add_error("free_until", _("Say until when you need it."))
        elif ends and not begins and "free_from" not in self.errors:
            self.add_error("free_from", _("Say from when you need it."))
        return data

    def wish(self) -> Wish:
        """What the readable fields ask for."""
        self.is_valid()
        data = self.cleaned_data
        begins, ends = data.get("free_from"), data.get("free_until")
        has_span = bool(begins and ends)
        return Wish(
            words=data.get("q", ""),
            collection=data.get("collection", ""),
            sort=data.get("sort", ""),
            kind=self.kinds.get(data.get("kind", "")),
            district=data.get("district", ""),
            people=data.get("people"),
            features=tuple(data.get("features", ())),
            now=data.get("free") == "now" and not has_span,
            begins=begins if has_span else None,
            ends=ends if has_span else None,
        )

    @property
    def asks_for_more(self) -> bool:
        """Whether one of the further filters is in use or at fault, so that it must show."""
        data = self.cleaned_data if self.is_bound else {}
        return any(data.get(name) or name in self.errors for name in self.MORE)


def _indented(kind: ResourceSpecification) -> str:
    """Narrower kinds stand further in; no-break spaces, because plain ones fold."""
    return "\u00a0\u00a0" * (kind.path.strip("/").count("/")) + kind.label
