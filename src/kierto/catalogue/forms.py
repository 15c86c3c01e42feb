"""Filters of the catalogue's lists, and the form that takes a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Theme
from kierto.core.tables import LARGEST_FILE

LONGEST_QUESTION = 100
ANY = ("", _("All"))


class KindFilter(forms.Form):
    """Words, theme and hazard."""

    q = forms.CharField(label=_("Words"), required=False, max_length=LONGEST_QUESTION)
    theme = forms.ChoiceField(label=_("Theme"), required=False, choices=[ANY, *Theme.choices])
    hazard = forms.ChoiceField(
        label=_("Hazard"),
        required=False,
        choices=[ANY, ("yes", _("Hazardous only")), ("no", _("Not hazardous"))],
    )


class WordFilter(forms.Form):
    """Words only."""

    q = forms.CharField(label=_("Words"), required=False, max_length=LONGEST_QUESTION)


class ImportForm(forms.Form):
    """A file for the catalogue, and what it holds."""

    SUFFIXES = {
        "kinds": (".csv", ".xlsx"),
        "factors": (".csv", ".xlsx"),
        "displacements": (".csv", ".xlsx"),
        "processes": (".yaml", ".yml", ".zip"),
    }

    what = forms.ChoiceField(
        label=_("What the file holds"),
        choices=[
            ("factors", _("Emission factors (CSV or XLSX)")),
            ("kinds", _("Kinds (CSV or XLSX)")),
            ("displacements", _("Displacements of loans and repairs (CSV or XLSX)")),
            ("processes", _("Processes (YAML, or a ZIP of YAML files)")),
        ],
    )
    file = forms.FileField(label=_("File"), help_text=_("At most 50 MB."))

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(
                _("The file is larger than 50 MB. Split it and import the parts one by one.")
            )
        return file

    def clean(self) -> dict[str, Any]:
        """The ending must fit what the file is said to hold; its content is judged on reading."""
        cleaned = super().clean() or self.cleaned_data
        file, what = cleaned.get("file"), cleaned.get("what")
        if file and what and not file.name.lower().endswith(self.SUFFIXES[what]):
            self.add_error(
                "file",
                forms.ValidationError(
                    _("Such a file ends in %(endings)s. Choose another file, or what it holds."),
                    params={"endings": ", ".join(self.SUFFIXES[what])},
                ),
            )
        return cleaned
