"""What is asked of the statistics, read from the address; and the file of open data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kierto.core.tables import LARGEST_FILE
from kierto.ledger.fields import set_choices
from kierto.repair.states import Barrier, Outcome
from kierto.repair.statistics import AGES, OWN, Filters, Offered, source_name

ANY = ("", _("any"))


class StatisticsForm(forms.Form):
    """The filters. What cannot be read does not narrow; it is told at its field."""

    category = forms.ChoiceField(label=_("Category"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    barrier = forms.ChoiceField(label=_("What prevented it"), required=False)
    age = forms.ChoiceField(
        label=_("Age"),
        required=False,
        choices=[ANY, *((code, name) for code, _from, _below, name in AGES)],
    )
    since = forms.ChoiceField(label=_("From year"), required=False)
    until = forms.ChoiceField(label=_("Until year"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)

    def __init__(
        self, *args: Any, offered: Offered, categories: dict[int, str], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        by_name = sorted(categories.items(), key=lambda item: item[1])
        years = [(str(year), str(year)) for year in offered.years]
        choices: dict[str, Iterable[tuple[str, Any]]] = {
            "category": [(str(number), name) for number, name in by_name],
            "outcome": Outcome.choices,
            "barrier": Barrier.choices,
            "since": years,
            "until": years,
            "country": [(each, each) for each in offered.countries],
            "source": [(each, source_name(each)) for each in (OWN, *offered.sources)],
        }
        for name, own in choices.items():
            set_choices(self, name, [ANY, *own])

    def filters(self) -> Filters:
        """What is asked for, as far as it can be read."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        for name in ("category", "since", "until"):
            if name in given:
                given[name] = int(given[name])
        return Filters(**given)


class OpenDataForm(forms.Form):
    """A file of the Open Repair Data Standard, where it is from, and under which licence."""

    file = forms.FileField(
        label=_("File"), help_text=_("CSV with the 14 columns of the standard; at most 50 MB.")
    )
    source_note = forms.CharField(
        label=_("Where it is from"),
        required=False,
        max_length=400,
        help_text=_("Who published it, the edition, and the address."),
    )
    licence = forms.CharField(
        label=_("Licence"), required=False, max_length=80, initial="CC BY-SA 4.0"
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(
                _("The file is larger than 50 MB. Split it and import the parts one by one.")
            )
        return file
