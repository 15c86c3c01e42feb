"""The form that narrows the list of who read what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kierto.hub.models import ReadLog
from kierto.parties.models import Agent

OTHERS, MINE = "others", "me"


class FindForm(forms.Form):
    """Who read, and what."""

    who = forms.ChoiceField(
        label=_("Read by"),
        required=False,
        choices=[("", _("everybody")), (OTHERS, _("others")), (MINE, _("me"))],
    )
    q = forms.CharField(
        label=_("Only where the name holds"),
        required=False,
        max_length=200,
        help_text=_("The title of a data set, or the id of an entry."),
    )

    def chosen(self) -> dict[str, Any]:
        """What is asked for; what means nothing is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrowed(self, reads: QuerySet[ReadLog], by: Agent) -> QuerySet[ReadLog]:
        """The reads that are asked for."""
        chosen = self.chosen()
        match chosen.get("who"):
            case "others":
                reads = reads.exclude(reader=by.pk)
            case "me":
                reads = reads.filter(reader=by.pk)
        text = chosen.get("q")
        if text:
            titled = reads.filter(data_set__title__icontains=text)
            reads = titled | reads.filter(entity_id__icontains=text)
        return reads
