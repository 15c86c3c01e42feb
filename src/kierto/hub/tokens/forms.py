"""The form that makes a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.hub.tokens.actions import LONGEST_DAYS
from kierto.parties.models import Agent

SCOPE_LABELS = {
    "read": _("read data"),
    "subscribe": _("be told when data changes"),
    "write": _("write and delete entries"),
    "register": _("register other sources of data"),
    "admin": _("host contexts and purge"),
}


class TokenForm(forms.Form):
    """For whom, for what and for how long."""

    name = forms.CharField(
        label=_("Which program is it for?"),
        max_length=100,
        help_text=_("For example: dashboard of the town hall."),
    )
    days = forms.IntegerField(
        label=_("Valid for (days)"), min_value=1, max_value=LONGEST_DAYS, initial=365
    )

    def __init__(
        self, *args: Any, agents: Sequence[Agent], scopes: Sequence[str], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._agents = {str(agent.pk): agent for agent in agents}
        self.fields["owner"] = forms.ChoiceField(
            label=_("On whose behalf?"),
            choices=[(key, agent.name) for key, agent in self._agents.items()],
        )
        self.fields["scopes"] = forms.MultipleChoiceField(
            label=_("What may it do?"),
            choices=[(scope, SCOPE_LABELS[scope]) for scope in scopes],
            widget=forms.CheckboxSelectMultiple,
            initial=["read"],
        )

    @property
    def agent(self) -> Agent:
        """The chosen owner."""
        return self._agents[self.cleaned_data["owner"]]
