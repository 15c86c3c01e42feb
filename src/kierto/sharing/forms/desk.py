"""Forms of the desk: as few fields as the moment needs, the rest folded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError
from kierto.ledger.fields import DecimalTextField, add_domain_error, set_choices
from kierto.sharing.forms.booking import MomentField
from kierto.sharing.handover import Handover
from kierto.sharing.models import Loan, Thing
from kierto.sharing.states import Condition, Reason, Sort

ANY_ZONE = ZoneInfo("UTC")
NOTE_LENGTH = 300
MOST = 10_000
EARLIER = _("Leave empty for now. An earlier time needs a note.")


class Pictures(forms.FileInput):
    """Several pictures at once, from the camera where there is one."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        accept = "image/jpeg,image/png,image/webp"
        super().__init__({"accept": accept, "multiple": True})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PicturesField(forms.FileField):
    """A list of uploads; the action looks into each."""

    widget = Pictures

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(PicturesField, self).clean(each, initial) for each in data or []]


def refuse(form: forms.Form, error: DomainError) -> None:
    """Show a refusal, and everything else that stands against it."""
    for each in (error, *error.others):
        add_domain_error(form, each)


class DeskForm(forms.Form):
    """A form whose times are those of the collection; ``at`` and ``note`` stand in each."""

    at = MomentField(
        label=_("When it really was"), zone=ANY_ZONE, required=False, help_text=EARLIER
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, zone: ZoneInfo, **options: Any) -> None:
        super().__init__(*args, **options)
        for each in self.fields.values():
            if isinstance(each, MomentField):
                each.zone = zone

    def refuse(self, error: DomainError) -> None:
        """Show a refusal, and everything else that stands against it."""
        refuse(self, error)


class LendForm(DeskForm):
    """How many, and until when; a note goes over what the desk may override."""

    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST, initial=1)
    due_at = MomentField(label=_("Due back"), zone=ANY_ZONE)

    def __init__(self, *args: Any, thing: Thing, **options: Any) -> None:
        super().__init__(*args, **options)
        if thing.sort not in (Sort.POOL, Sort.KIT):
            self.fields["quantity"].widget = forms.HiddenInput()
        self.order_fields(["quantity", "due_at", "note", "at"])


class HandOutForm(DeskForm):
    """How many of each go out now."""

    def __init__(self, *args: Any, rows: Sequence[Handover], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = list(rows)
        for number, row in enumerate(self.rows):
            self.fields[f"row-{number}"] = forms.IntegerField(
                label=row.thing.name,
                min_value=0,
                max_value=row.quantity,
                initial=row.quantity,
                help_text=_("%(number)s booked. Code on the label: %(code)s")
                % {"number": row.quantity, "code": row.thing.code},
            )
        self.order_fields([*(f"row-{n}" for n in range(len(self.rows))), "note", "at"])

    def chosen(self) -> list[tuple[Any, Thing, int]]:
        """Lines, things and how many, without what stays here."""
        counts = [self.cleaned_data[f"row-{n}"] for n in range(len(self.rows))]
        pairs = zip(self.rows, counts, strict=True)
        return [(row.line, row.thing, count) for row, count in pairs if count]


class BackForm(DeskForm):
    """How many came back, and in what shape."""

    quantity = forms.IntegerField(label=_("How many came back"), min_value=1, max_value=MOST)
    condition = forms.ChoiceField(label=_("Condition"), required=False)
    photos = PicturesField(label=_("Pictures"), required=False)

    def __init__(self, *args: Any, loan: Loan, **options: Any) -> None:
        super().__init__(*args, **options)
        quantity = self.fields["quantity"]
        quantity.initial = loan.quantity
        if loan.quantity == 1:
            quantity.widget = forms.HiddenInput()
        set_choices(self, "condition", [("", _("as before")), *Condition.choices])
        self.order_fields(["quantity", "condition", "note", "photos", "at"])


class ChargeForm(forms.Form):
    """Something to pay that does not follow from a return by itself."""

    REASONS = (Reason.DAMAGE, Reason.FINE, Reason.PRICE, Reason.DEPOSIT)

    amount = DecimalTextField(label=_("Euros"))
    reason = forms.ChoiceField(label=_("For"), choices=[(r.value, r.label) for r in REASONS])
    note = forms.CharField(label=_("Note"), required=False, max_length=NOTE_LENGTH)


class OutOfUseForm(forms.Form):
    """For how long a thing is out of use, and why."""

    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=365, initial=7)
    title = forms.CharField(label=_("What has to be done"), max_length=160)
    makes_ticket = forms.BooleanField(label=_("It goes to the repairer"), required=False)
