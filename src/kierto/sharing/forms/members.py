"""Forms about members: joining, enrolling at the desk, blocking, groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kierto.ledger.fields import set_choices
from kierto.parties.models import Agent
from kierto.sharing.models import Group, MembershipPlan
from kierto.sharing.words import Euros


def plan_name(plan: MembershipPlan) -> str:
    """Its name with what it costs and how long it lasts."""
    if not plan.price:
        return str(
            _("%(name)s: free of charge, %(months)s months")
            % {"name": plan.name, "months": plan.months}
        )
    return str(
        _("%(name)s: %(price)s for %(months)s months")
        % {"name": plan.name, "price": Euros(plan.price), "months": plan.months}
    )


class JoinForm(forms.Form):
    """Whoever joins chooses how, and agrees to the rules."""

    who = forms.ChoiceField(label=_("Who becomes a member?"))
    plan = forms.ChoiceField(label=_("How do you want to be a member?"), widget=forms.RadioSelect)
    agreed = forms.BooleanField(
        label=_("I have read the terms on this page and keep to them."),
        help_text=_("The staff of this collection then see your name and your phone number."),
    )

    def __init__(
        self,
        *args: Any,
        plans: Sequence[MembershipPlan],
        agents: Sequence[Agent],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.plans = {str(plan.pk): plan for plan in plans}
        self.agents = {str(agent.pk): agent for agent in agents}
        set_choices(self, "plan", [(pk, plan_name(plan)) for pk, plan in self.plans.items()])
        set_choices(self, "who", [(pk, agent.name) for pk, agent in self.agents.items()])
        if not plans:
            del self.fields["plan"]
        if len(agents) < 2:
            del self.fields["who"]

    def chosen_agent(self) -> Agent:
        """Who becomes a member."""
        chosen = self.cleaned_data.get("who")
        return self.agents[chosen] if chosen else next(iter(self.agents.values()))

    def chosen_plan(self) -> MembershipPlan | None:
        """How."""
        return self.plans.get(self.cleaned_data.get("plan", ""))


class EnrolForm(forms.Form):
    """At the desk: somebody without an account is written down; a name is enough.

    Whoever has an account joins by themselves: otherwise anybody with a collection of their own
    could learn the name behind an e-mail address.
    """

    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, required=False, initial=get_language
    )
    plan = forms.ChoiceField(label=_("Membership"), required=False)
    number = forms.CharField(
        label=_("Number of a card they have"),
        required=False,
        max_length=20,
        help_text=_("Leave it empty, and they get a number."),
    )
    signed = forms.BooleanField(label=_("They have agreed to the rules."), required=False)

    def __init__(self, *args: Any, plans: Sequence[MembershipPlan], **options: Any) -> None:
        super().__init__(*args, **options)
        self.plans = {str(plan.pk): plan for plan in plans}
        named = [(pk, plan_name(plan)) for pk, plan in self.plans.items()]
        set_choices(self, "plan", named or [("", _("Without an end"))])

    def chosen_language(self) -> str:
        """The language they chose, else that in which the page is read."""
        return str(self.cleaned_data["language"] or get_language() or settings.LANGUAGE_CODE)

    def chosen_plan(self) -> MembershipPlan | None:
        """The plan, if one was chosen."""
        return self.plans.get(self.cleaned_data["plan"])


class BlockForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=300,
        help_text=_("The member reads this."),
        widget=forms.Textarea({"rows": 2}),
    )


class GroupsForm(forms.Form):
    """In which groups a member is."""

    groups = forms.MultipleChoiceField(
        label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, groups: Sequence[Group], **options: Any) -> None:
        super().__init__(*args, **options)
        self.own_groups = {str(group.pk): group for group in groups}
        set_choices(self, "groups", [(pk, group.name) for pk, group in self.own_groups.items()])

    def chosen(self) -> list[Group]:
        """The groups."""
        return [self.own_groups[pk] for pk in self.cleaned_data["groups"]]


class SearchForm(forms.Form):
    """What narrows the list of members."""

    q = forms.CharField(
        label=_("Name or card number"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    only = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[
            ("", _("all")),
            ("blocked", _("blocked")),
            ("ended", _("ended")),
            ("unsigned", _("not agreed to the rules yet")),
        ],
    )
