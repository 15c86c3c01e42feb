"""Finding, describing and asking for data sets; answering who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.hub.datasets.choices import Choosable
from kierto.hub.datasets.contents import DAYS
from kierto.hub.datasets.exports import EXPORTS
from kierto.hub.datasets.licences import LICENCES
from kierto.hub.datasets.names import asker_name
from kierto.hub.datasets.states import Kind, Openness
from kierto.hub.datasets.words import REFRESHED, THEMES
from kierto.ledger.fields import DayField, set_choices
from kierto.parties.models import Agent, District

_EDGES = ("west", "south", "east", "north")


class FindForm(forms.Form):
    """What is looked for in the catalogue."""

    q = forms.CharField(label=_("Words"), required=False, max_length=200)
    theme = forms.ChoiceField(label=_("Theme"), required=False)
    openness = forms.ChoiceField(label=_("May be read by"), required=False)
    licence = forms.ChoiceField(label=_("Licence"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    district = forms.ChoiceField(label=_("District"), required=False)

    def __init__(
        self,
        *args: Any,
        owners: Sequence[tuple[str, str]],
        districts: Sequence[District],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        places = [(district.slug, district.name) for district in districts]
        anything = {"owner": owners, "district": places, "openness": Openness.choices}
        anything["theme"] = list(THEMES.items())
        anything["licence"] = [(key, licence.name) for key, licence in LICENCES.items()]
        for name, choices in anything.items():
            set_choices(self, name, [("", _("any")), *choices])
        if not places:
            del self.fields["district"]

    def chosen(self) -> dict[str, str]:
        """What is asked for; what cannot be read asks nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class DataSetForm(forms.Form):
    """What a data set is and holds. Fields that do not fit its kind are not there."""

    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        help_text=_("What it is about and where. For example: Filling of the bins in Kera."),
    )
    description = forms.CharField(
        label=_("What it holds"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "What one row is, how it comes about, and what it cannot tell. Needed to publish it."
        ),
    )
    owner = forms.ChoiceField(label=_("Whose data are they?"))
    types = forms.MultipleChoiceField(
        label=_("Kinds of things"), widget=forms.CheckboxSelectMultiple
    )
    attributes = forms.MultipleChoiceField(label=_("Readings"), widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("Days back"), min_value=1, max_value=DAYS, initial=365)
    export = forms.ChoiceField(label=_("Records"))
    q = forms.CharField(
        label=_("Only where"),
        required=False,
        max_length=4000,
        help_text=_('For example state=="open";fillingLevel>0.8. “;” means and, “|” means or.'),
    )
    west = forms.FloatField(label=_("West"), required=False, min_value=-180, max_value=180)
    south = forms.FloatField(label=_("South"), required=False, min_value=-90, max_value=90)
    east = forms.FloatField(label=_("East"), required=False, min_value=-180, max_value=180)
    north = forms.FloatField(label=_("North"), required=False, min_value=-90, max_value=90)
    openness = forms.ChoiceField(
        label=_("Who may read it?"),
        initial=Openness.OPEN,
        widget=forms.RadioSelect,
        help_text=_("Everybody may know that the data set is there, whoever may read it."),
    )
    licence = forms.ChoiceField(label=_("Licence"), initial="CC-BY-4.0")
    refresh = forms.ChoiceField(
        label=_("Refreshed"), choices=list(REFRESHED.items()), initial="IRREG"
    )
    themes = forms.MultipleChoiceField(
        label=_("Themes"),
        required=False,
        choices=list(THEMES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("At least one is needed to publish it."),
    )
    keywords = forms.CharField(
        label=_("Keywords"), required=False, max_length=600, help_text=_("Separated by commas.")
    )
    district = forms.ChoiceField(label=_("About which district?"), required=False)
    contact = forms.CharField(
        label=_("Contact"),
        required=False,
        max_length=200,
        help_text=_(
            "An e-mail or web address of the organisation. Everybody can read it. Needed to publish it."
        ),
    )
    quality_note = forms.CharField(
        label=_("What should one know about its quality?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Rows, freshness and completeness are measured; you need not write them."),
    )

    def __init__(
        self,
        *args: Any,
        kind: str,
        openness: Sequence[tuple[str, Any]],
        choosable: Choosable,
        districts: Sequence[District],
        owners: Sequence[Agent] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._kind = kind
        self._owners = {str(agent.pk): agent for agent in owners}
        self._districts = {district.slug: district for district in districts}
        set_choices(self, "openness", openness)
        set_choices(self, "types", choosable.types)
        set_choices(self, "attributes", choosable.attributes)
        set_choices(self, "export", [(key, one.label) for key, one in EXPORTS.items()])
        set_choices(self, "licence", [(key, one.name) for key, one in LICENCES.items()])
        set_choices(self, "owner", [(key, agent.name) for key, agent in self._owners.items()])
        places = [(slug, district.name) for slug, district in self._districts.items()]
        set_choices(self, "district", [("", _("none in particular")), *places])
        for name in self._left_out():
            del self.fields[name]

    def _left_out(self) -> list[str]:
        readings, platform = self._kind == Kind.HISTORY, self._kind == Kind.PLATFORM
        left = [] if self._owners else ["owner"]
        left += ["types", "q", *_EDGES] if platform else ["export"]
        return left if readings else [*left, "attributes", "days"]

    @property
    def chosen_owner(self) -> Agent:
        """Whose data they are."""
        return self._owners[self.cleaned_data["owner"]]

    def clean(self) -> dict[str, Any]:
        """A box has four edges."""
        values = super().clean() or {}
        edges = [values.get(name) for name in _EDGES]
        if any(edge is not None for edge in edges) and None in edges:
            self.add_error("west", _("A box needs all four edges. Fill them, or leave all empty."))
        return values

    @property
    def has_box(self) -> bool:
        """Whether something stands in the part that is folded away."""
        return any(self[name].value() not in {None, ""} for name in _EDGES if name in self.fields)

    def asked(self) -> dict[str, Any]:
        """Which rows, as a data set keeps it."""
        values = self.cleaned_data
        if self._kind == Kind.PLATFORM:
            return {"export": values.get("export", "")}
        found: dict[str, Any] = {"types": values.get("types", []), "q": values.get("q", "")}
        if values.get("west") is not None:
            found["bbox"] = [values[name] for name in _EDGES]
        if self._kind == Kind.HISTORY:
            found |= {"attributes": values.get("attributes", []), "days": values["days"]}
        return found

    def said(self) -> dict[str, Any]:
        """What is said of the data set, for the actions."""
        values = self.cleaned_data
        plain = (
            "title", "description", "licence", "themes", "contact", "refresh", "openness",
            "quality_note",
        )  # fmt: skip
        return {name: values[name] for name in plain} | {
            "keywords": values["keywords"].split(","),
            "district": self._districts.get(values["district"]),
            "asked": self.asked(),
        }


class AskForm(forms.Form):
    """Who asks, and what for."""

    agent = forms.ChoiceField(label=_("Who will use the data?"))
    purpose = forms.CharField(
        label=_("What for?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What you want to find out or build, and who will see what comes of it."),
    )

    def __init__(self, *args: Any, agents: Sequence[Agent], **options: Any) -> None:
        super().__init__(*args, **options)
        self._agents = {str(agent.pk): agent for agent in agents}
        named = [(key, asker_name(agent)) for key, agent in self._agents.items()]
        set_choices(self, "agent", named)

    @property
    def chosen(self) -> Agent:
        """For whom it is asked."""
        return self._agents[self.cleaned_data["agent"]]


class AnswerForm(forms.Form):
    """Until when, and why."""

    until = DayField(label=_("Until"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Whoever asked reads this."),
    )

    def __init__(self, *args: Any, needs_reason: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = needs_reason
