"""What the live map is narrowed to."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.hub.live import wording
from kierto.hub.live.queries import Asked
from kierto.ngsild.errors import BadRequestData
from kierto.parties.models import District


class NarrowForm(forms.Form):
    """Kind of thing, what is measured, district. What is unknown narrows to nothing there is."""

    kind = forms.CharField(
        label=_("Kind of thing"), required=False, max_length=400, widget=forms.Select
    )
    attribute = forms.CharField(
        label=_("What is measured"), required=False, max_length=400, widget=forms.Select
    )
    district = forms.CharField(
        label=_("District"), required=False, max_length=100, widget=forms.Select
    )

    def asked(self, districts: Iterable[District]) -> Asked:
        """What was chosen; a district that there is not narrows nothing."""
        chosen = self.cleaned_data if self.is_valid() else {}
        slug = chosen.get("district", "")
        return Asked(
            kind=_iri(chosen.get("kind", ""), of_type=True),
            attribute=_iri(chosen.get("attribute", "")),
            district=next((each for each in districts if each.slug == slug), None),
        )

    def offer(
        self, kinds: Iterable[str], attributes: Iterable[str], districts: Iterable[District]
    ) -> None:
        """Fill the lists with what this reader can choose."""
        kinds_by_name = sorted((wording.kind_text(iri), wording.term_of(iri)) for iri in kinds)
        measured = [
            (wording.term_of(iri), wording.attribute_text(iri).capitalize())
            for iri in sorted(attributes, key=wording.rank_of)
        ]
        self._choices("kind", [(term, text) for text, term in kinds_by_name])
        self._choices("attribute", measured)
        self._choices("district", [(each.slug, each.name) for each in districts])

    def _choices(self, name: str, found: list[tuple[str, str]]) -> None:
        chosen = self.data.get(name, "")
        if chosen and chosen not in {value for value, _text in found}:
            found = [*found, (chosen, chosen[:60])]
        self.fields[name].widget.choices = [("", _("all")), *found]


def _iri(term: str, *, of_type: bool = False) -> str:
    """The IRI of a chosen name; what means nothing stays as it is, and nothing has it."""
    if not term:
        return ""
    try:
        return wording.type_iri(term) if of_type else wording.iri_of(term)
    except BadRequestData:
        return term
