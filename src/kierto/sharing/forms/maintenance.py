"""The care of things: plans, a time kept free, out of service at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.sharing.actions.maintenance import LONGEST_HOURS
from kierto.sharing.actions.things import whole
from kierto.sharing.forms.booking import MomentField
from kierto.sharing.models import Maintenance, MaintenancePlan, Thing
from kierto.sharing.opening import zone_of

MOST = 100_000


def _number(label: Any, *, hint: Any = "", required: bool = False, most: int = MOST) -> Any:
    return forms.IntegerField(
        label=label, help_text=hint, required=required, min_value=1, max_value=most
    )


def _note(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
    )


def _title(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, max_length=160)


class PlanForm(forms.Form):
    """What a thing needs again and again."""

    name = _title(_("What is done"), _("For example: sharpen the blades."))
    every_days = _number(_("Every so many days"), hint=_("Leave it empty if days do not matter."))
    every_uses = _number(_("Every so many uses"), hint=_("Leave it empty if uses do not matter."))
    takes_hours = _number(_("Takes so many hours"), required=True, most=LONGEST_HOURS)
    instructions = _note(_("How it is done"))
    makes_ticket = forms.BooleanField(label=_("The repairer does it"), required=False)
    is_active = forms.BooleanField(label=_("Keep time free for it"), required=False, initial=True)

    def __init__(
        self, *args: Any, thing: Thing, plan: MaintenancePlan | None = None, **options: Any
    ) -> None:
        options.setdefault("initial", {"takes_hours": 24} if plan is None else _values(plan))
        super().__init__(*args, **options)
        if plan is None:
            del self.fields["is_active"]
        _offer_repairer(self, thing)

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        return dict(self.cleaned_data)


class OutForm(forms.Form):
    """Out of service from now on."""

    title = _title(_("What is wrong, or what is done"))
    ends = MomentField(label=_("Until"), zone=timezone.get_default_timezone())
    quantity = _number(_("How many"))
    note = _note(_("Note"))
    makes_ticket = forms.BooleanField(label=_("The repairer does it"), required=False)

    def __init__(self, *args: Any, thing: Thing, **options: Any) -> None:
        there = whole(thing)
        start = _next_hour()
        options.setdefault(
            "initial", {"begins": start, "ends": start + timedelta(days=1), "quantity": there}
        )
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.zone = zone_of(thing)
        if there <= 1:
            del self.fields["quantity"]
        _offer_repairer(self, thing)

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        return dict(self.cleaned_data)


class ScheduleForm(OutForm):
    """A time kept free."""

    begins = MomentField(label=_("From"), zone=timezone.get_default_timezone())
    field_order = ("title", "begins", "ends", "quantity", "note", "makes_ticket")


class TimeForm(forms.Form):
    """Another time for the same care."""

    begins = MomentField(label=_("From"), zone=timezone.get_default_timezone())
    ends = MomentField(label=_("Until"), zone=timezone.get_default_timezone())

    def __init__(self, *args: Any, maintenance: Maintenance, **options: Any) -> None:
        options.setdefault("initial", {"begins": maintenance.begins, "ends": maintenance.ends})
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.zone = zone_of(maintenance.thing)
        if maintenance.state != "planned":
            del self.fields["begins"]

    def values(self) -> dict[str, Any]:
        """What the action takes; what is in work keeps its beginning."""
        return dict(self.cleaned_data)


def _offer_repairer(form: forms.Form, thing: Thing) -> None:
    """Only a collection with a repairer can give work to one."""
    if thing.collection.repairer is None:
        del form.fields["makes_ticket"]
    else:
        form.fields["makes_ticket"].help_text = _("%(repairer)s gets a ticket.") % {
            "repairer": thing.collection.repairer.name
        }


def _values(plan: MaintenancePlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in PlanForm.base_fields}


def _next_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
