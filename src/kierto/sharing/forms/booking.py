"""What, from when to when, how often: the form with which residents book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError
from kierto.ledger.fields import DayField, set_choices
from kierto.parties.models import Agent
from kierto.sharing import opening
from kierto.sharing.forms.searching import MomentInput
from kierto.sharing.models import Booking, Terms, Thing
from kierto.sharing.rules import terms_of
from kierto.sharing.states import Within

DAY_MINUTES = 24 * 60
MOST_TIMES = 200
MOST_QUANTITY = 10_000
LINE = "line-"
YEARS = range(2000, 2200)
"""Years that calendars and time zones can reckon with."""

EVERY = {
    "daily": (DAILY, 1),
    "weekly": (WEEKLY, 1),
    "fortnightly": (WEEKLY, 2),
    "monthly": (MONTHLY, 1),
}
_NAMES = {DAILY: "DAILY", WEEKLY: "WEEKLY", MONTHLY: "MONTHLY"}


def is_by_day(terms: Terms) -> bool:
    """Whether these terms lend for whole days, so that nobody has to say a time of day."""
    whole = terms.within == Within.ANY and terms.step_minutes % DAY_MINUTES == 0
    return whole or terms.shortest_minutes >= DAY_MINUTES


def last_step(now: datetime, terms: Terms, zone: ZoneInfo) -> datetime:
    """The step in which we are, by the clocks of the place: one can still begin there."""
    local = now.astimezone(zone).replace(second=0, microsecond=0)
    since = (local.hour * 60 + local.minute) % min(terms.step_minutes, DAY_MINUTES)
    return (local - timedelta(minutes=since)).astimezone(UTC)


class MomentField(forms.DateTimeField):
    """A day and time in the time zone of a collection.

    The hour that the clocks leave out in spring is refused; of the one that comes twice in
    autumn, the first is meant.
    """

    widget = MomentInput

    def __init__(self, *, zone: ZoneInfo, **options: Any) -> None:
        super().__init__(**options)
        self.zone = zone

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        local = _parsed(str(value))
        if local is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        moment = local.replace(tzinfo=self.zone).astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None) != local:
            raise ValidationError(
                _("This hour does not exist: the clocks go forward. Choose another.")
            )
        return moment

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(self.zone).replace(tzinfo=None)
        return value


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _parsed(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        return None
    return found if found is not None and found.year in YEARS else None


@dataclass(frozen=True, slots=True)
class Line:
    """A further thing in the form."""

    thing: Thing
    quantity: int
    name: str


class BookingForm(forms.Form):
    """From when to when, how many, what for; further things; and how often.

    ``things`` are those of the same collection that can be taken along.
    """

    quantity = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=MOST_QUANTITY, initial=1
    )
    purpose = forms.CharField(label=_("What for"), required=False, max_length=300)
    borrower = forms.ChoiceField(label=_("In whose name?"), required=False)
    also = forms.ChoiceField(label=_("Take something else along"), required=False)
    every = forms.ChoiceField(
        label=_("Again"),
        required=False,
        choices=[
            ("", _("only this once")),
            ("daily", _("every day")),
            ("weekly", _("every week")),
            ("fortnightly", _("every two weeks")),
            ("monthly", _("every month")),
        ],
    )
    last_day = DayField(label=_("Until"), required=False)
    times = forms.IntegerField(
        label=_("Or how many times"), required=False, min_value=2, max_value=MOST_TIMES
    )
    all_or_nothing = forms.BooleanField(
        label=_("Book all of them or none"),
        required=False,
        help_text=_("Otherwise we book those that are free, and tell you about the others."),
    )
    field_order = ("begins", "ends", "quantity")

    SERIES = ("every", "last_day", "times", "all_or_nothing")

    def __init__(
        self,
        *args: Any,
        thing: Thing,
        borrowers: Sequence[Agent] = (),
        things: Sequence[Thing] = (),
        most: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.thing = thing
        self.zone = ZoneInfo(thing.collection.timezone)
        self.borrowers = {str(agent.pk): agent for agent in borrowers}
        self.things = {other.code: other for other in things}
        # What was asked for, kept when a refusal takes it out of ``cleaned_data``.
        self.asked: dict[str, Any] = {}
        self.terms = terms_of(thing)
        self.by_day = is_by_day(self.terms)
        self._add_times(self.terms.step_minutes)
        if len(self.borrowers) < 2:
            del self.fields["borrower"]
        else:
            set_choices(self, "borrower", [(pk, a.name) for pk, a in self.borrowers.items()])
        if not self.things:
            del self.fields["also"]
        else:
            choices = [(code, other.name) for code, other in self.things.items()]
            set_choices(self, "also", [("", _("nothing else")), *choices])
        if most <= 1:
            self.fields["quantity"].widget = forms.HiddenInput()
            self.fields["quantity"].required = False

    def _add_times(self, step: int) -> None:
        if self.by_day:
            self.fields["begins"] = DayField(label=_("First day"))
            self.fields["ends"] = DayField(label=_("Last day"))
        else:
            for name, label in (("begins", _("From")), ("ends", _("Until"))):
                widget = MomentInput(step=str(step * 60))
                self.fields[name] = MomentField(zone=self.zone, label=label, widget=widget)
        self.order_fields(self.field_order)

    # ------------------------------------------------------------------ what was asked for

    def clean_quantity(self) -> int:
        """Nothing said is one."""
        return int(self.cleaned_data.get("quantity") or 1)

    def clean(self) -> dict[str, Any]:
        """Days become opening hours; who books again and again says until when."""
        data = super().clean() or {}
        begins, ends = data.get("begins"), data.get("ends")
        if self.by_day and begins and ends:
            if begins.year not in YEARS or ends.year not in YEARS:
                raise ValidationError(_("Choose days that are not so far away."))
            if ends < begins:
                self.add_error("ends", _("The last day is before the first day."))
            data["begins"], data["ends"] = self._opening(begins), self._closing(ends)
        if data.get("every"):
            self._check_end(data, begins)
        self.asked = dict(data)
        return data

    def _check_end(self, data: dict[str, Any], begins: date | None) -> None:
        last_day = data.get("last_day")
        if not data.get("times") and not last_day:
            if not {"times", "last_day"} & set(self.errors):
                self.add_error("last_day", _("Say until when, or how many times."))
        elif begins and last_day and last_day < _day(begins, self.zone):
            self.add_error("last_day", _("This is before the first time."))

    def _opening(self, day: date) -> datetime:
        """When the thing can be fetched that day; today, as soon as it can be booked."""
        if self.terms.within == Within.ANY:
            return _midnight(day, self.zone)
        now = timezone.now()
        spans = [(start, end) for start, end in opening.spans(self.thing, day) if end > now]
        if not spans:
            return _midnight(day, self.zone)
        return max(spans[0][0], last_step(now, self.terms, self.zone))

    def _closing(self, day: date) -> datetime:
        """When the thing has to be back that day."""
        spans = [] if self.terms.within == Within.ANY else opening.spans(self.thing, day)
        return spans[-1][1] if spans else _midnight(day + timedelta(days=1), self.zone)

    def chosen_borrower(self, by: Agent) -> Agent:
        """In whose name: the one chosen, or the person."""
        return self.borrowers.get(str(self.asked.get("borrower", "")), by)

    def extra_lines(self) -> list[Line]:
        """The further things that were chosen so far, read from the raw form."""
        if not self.is_bound:
            return []
        lines = []
        for name in self.data:
            thing = self.things.get(name.removeprefix(LINE)) if name.startswith(LINE) else None
            if thing is not None and (quantity := _whole(self.data[name])):
                lines.append(Line(thing, quantity, name))
        added = self.things.get(str(self.data.get("also", "")))
        if added is not None and all(line.thing.pk != added.pk for line in lines):
            lines.append(Line(added, 1, LINE + added.code))
        return lines

    def lines(self) -> list[tuple[Thing, int]]:
        """All things with how many of each, as the actions take them."""
        first = (self.thing, self.asked["quantity"])
        return [first, *((line.thing, line.quantity) for line in self.extra_lines())]

    def rule(self) -> str:
        """How often, as an RRULE with COUNT; empty for once.

        Days until a last day are counted here, in the collection's own time, so that the rule
        means the same whoever reads it.
        """
        every = self.asked.get("every", "")
        if not every:
            return ""
        frequency, interval = EVERY[every]
        count = self.asked.get("times") or self._count(frequency, interval)
        return f"FREQ={_NAMES[frequency]};INTERVAL={interval};COUNT={count}"

    def _count(self, frequency: int, interval: int) -> int:
        start = self.asked["begins"].astimezone(self.zone).replace(tzinfo=None)
        until = datetime.combine(self.asked["last_day"], time(23, 59, 59))
        days = rrule(frequency, dtstart=start, interval=interval, until=until)
        return sum(1 for _day, _number in zip(days, range(MOST_TIMES), strict=False))

    @property
    def repeats(self) -> bool:
        """Whether the part about recurring bookings is in use or at fault."""
        if not self.is_bound:
            return False
        return bool(self.data.get("every")) or any(name in self.errors for name in self.SERIES)

    # ------------------------------------------------------------------ what was refused

    def refuse(self, error: DomainError) -> None:
        """Show a refusal, and all that were found with it, each at its field."""
        for one in _with_others(error):
            name = {"lines": "also", "rule": "every", "until": "last_day"}.get(
                one.field or "", one.field or ""
            )
            self.add_error(name if name in self.fields else None, str(one))


class ChangeForm(forms.Form):
    """Another time, or another number of each thing, for a booking that stands."""

    def __init__(self, *args: Any, booking: Booking, **options: Any) -> None:
        super().__init__(*args, **options)
        self.booking_lines = list(booking.lines.select_related("thing__collection"))
        zone = ZoneInfo(booking.collection.timezone)
        for name, label, value in (
            ("begins", _("From"), booking.begins),
            ("ends", _("Until"), booking.ends),
        ):
            self.fields[name] = MomentField(zone=zone, label=label, initial=value)
        for line in self.booking_lines:
            self.fields[f"{LINE}{line.pk}"] = forms.IntegerField(
                label=line.thing.name,
                min_value=0,
                max_value=MOST_QUANTITY,
                initial=line.quantity,
                help_text=_("0 takes it out of the booking.")
                if len(self.booking_lines) > 1
                else "",
            )

    def lines(self) -> list[tuple[Thing, int]]:
        """All things with how many of each; those with none are left out."""
        return [
            (line.thing, quantity)
            for line in self.booking_lines
            if (quantity := self.cleaned_data[f"{LINE}{line.pk}"])
        ]

    def refuse(self, error: DomainError) -> None:
        """Show a refusal, and all that were found with it, each at its field."""
        for one in _with_others(error):
            self.add_error(one.field if one.field in self.fields else None, str(one))


def _with_others(error: DomainError) -> Iterator[DomainError]:
    yield error
    yield from getattr(error, "others", ())


def _whole(text: Any) -> int:
    try:
        return min(max(int(str(text)), 0), MOST_QUANTITY)
    except ValueError:
        return 0


def _day(moment: date, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
