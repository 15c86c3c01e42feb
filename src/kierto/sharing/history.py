"""A thing's whole history: what the ledger knows, who booked it, how it was, and its care.

One line of time out of five sources, each asked for its moments first, so that a page costs the
same whatever the length of the history. Who borrowed it is for the staff; everybody else reads
that somebody did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kierto.core.quantity import Unit
from kierto.ledger.hashing import amount_text
from kierto.ledger.models import Action, EconomicEvent
from kierto.ledger.queries import visible_events
from kierto.ledger.sentences import quantity_text
from kierto.parties.models import Agent
from kierto.sharing import queries
from kierto.sharing.models import BookingLine, ConditionReport, Loan, Maintenance, Thing
from kierto.sharing.permissions import is_staff
from kierto.sharing.states import BookingState

OF_LOANS = (Action.TRANSFER_CUSTODY, Action.USE)
"""Events that loans tell in their own words."""

NEVER_CAME = (
    BookingState.CANCELLED,
    BookingState.DECLINED,
    BookingState.MISSED,
    BookingState.HELD,
)


class Mark(NamedTuple):
    """A moment of the history: when, of which source, and which row."""

    at: datetime
    source: str
    key: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, a sort for its sign, a sentence, a note, where to read more, and pictures."""

    at: datetime
    sort: str
    text: str
    note: str = ""
    href: str = ""
    photos: tuple[str, ...] = ()


class History:
    """The ``marks`` of a thing, newest first, and what they mean to a reader.

    What ``by`` may know is decided here: notes and names for the staff, drafts for nobody else.
    """

    def __init__(self, thing: Thing, by: Agent | None) -> None:
        self.thing, self.by = thing, by
        self.for_staff = is_staff(by, thing.collection)
        self.marks = sorted(self._marks(), key=lambda mark: (mark.at, mark.source), reverse=True)

    def entries(self, marks: Iterable[Mark]) -> list[Entry]:
        """The lines of some marks, in a constant number of queries."""
        wanted: dict[str, list[Any]] = {}
        for mark in marks:
            wanted.setdefault(mark.source, []).append(mark.key)
        found = {source: self._tellers()[source](keys) for source, keys in wanted.items()}
        return [found[mark.source][mark.key, mark.at] for mark in marks]

    # ------------------------------------------------------------------ moments

    def _marks(self) -> Iterable[Mark]:
        for source, rows, field in (
            ("event", self._events(), "has_end"),
            ("out", self._loans(), "out_at"),
            ("back", self._loans().filter(back_at__isnull=False), "back_at"),
            ("booking", self._lines(), "booking__begins"),
            ("report", self._reports(), "reported_at"),
            ("care", self._cares(), "begins"),
        ):
            for key, at in rows.order_by().values_list("pk", field):
                yield Mark(at, source, key)

    def _events(self) -> QuerySet[EconomicEvent]:
        if self.thing.resource_id is None:
            return EconomicEvent.objects.none()
        here = Q(resource=self.thing.resource_id) | Q(to_resource=self.thing.resource_id)
        return EconomicEvent.objects.filter(here).exclude(
            action__in=OF_LOANS, corrects__isnull=True, corrected_by__isnull=True
        )

    def _loans(self) -> QuerySet[Loan]:
        return Loan.objects.filter(Q(thing=self.thing) | Q(line__thing=self.thing))

    def _lines(self) -> QuerySet[BookingLine]:
        """Bookings that are still to come, or came without a loan (spaces)."""
        lines = BookingLine.objects.filter(thing=self.thing, loans__isnull=True)
        return lines.exclude(booking__state__in=NEVER_CAME)

    def _reports(self) -> QuerySet[ConditionReport]:
        return ConditionReport.objects.filter(thing=self.thing)

    def _cares(self) -> QuerySet[Maintenance]:
        return Maintenance.objects.filter(thing=self.thing).exclude(state="cancelled")

    # ------------------------------------------------------------------ sentences

    def _tellers(self) -> dict[str, Callable[[list[Any]], dict[Any, Entry]]]:
        return {
            "event": self._tell_events,
            "out": self._tell_out,
            "back": self._tell_back,
            "booking": self._tell_bookings,
            "report": self._tell_reports,
            "care": self._tell_cares,
        }

    def _tell_events(self, keys: list[Any]) -> dict[Any, Entry]:
        rows = EconomicEvent.objects.filter(pk__in=keys).select_related(
            "to_location", "conforms_to", "receiver__organization", "receiver__person"
        )
        shown = set(visible_events(self.by).filter(pk__in=keys).values_list("pk", flat=True))
        return {
            (row.pk, row.has_end): Entry(
                row.has_end,
                row.action,
                _event_text(row, self.for_staff),
                row.note if self.for_staff else "",
                reverse("ledger:event", args=[row.pk]) if row.pk in shown else "",
            )
            for row in rows
        }

    def _tell_out(self, keys: list[Any]) -> dict[Any, Entry]:
        rows = self._with_borrowers(Loan.objects.filter(pk__in=keys), "line__booking__borrower")
        names = self._names(row.line.booking.borrower for row in rows)
        return {
            (row.pk, row.out_at): Entry(
                row.out_at, "out", _lent(row, self._name(names, row)), self._note(row.note),
                self._booking_url(row.line.booking_id),
            )
            for row in rows
        }  # fmt: skip

    def _tell_back(self, keys: list[Any]) -> dict[Any, Entry]:
        rows = self._with_borrowers(Loan.objects.filter(pk__in=keys), "line__booking__borrower")
        names = self._names(row.line.booking.borrower for row in rows)
        return {
            (row.pk, row.back_at): Entry(
                row.back_at or row.out_at, "back", _came_back(row, self._name(names, row)), "",
                self._booking_url(row.line.booking_id),
            )
            for row in rows
        }  # fmt: skip

    def _tell_bookings(self, keys: list[Any]) -> dict[Any, Entry]:
        rows = self._with_borrowers(BookingLine.objects.filter(pk__in=keys), "booking__borrower")
        names = self._names(row.booking.borrower for row in rows)
        return {
            (row.pk, row.booking.begins): Entry(
                row.booking.begins, "booking",
                _booked(row, names.get(row.booking.borrower_id, "") if self.for_staff else ""), "",
                self._booking_url(row.booking_id),
            )
            for row in rows
        }  # fmt: skip

    def _tell_reports(self, keys: list[Any]) -> dict[Any, Entry]:
        rows = ConditionReport.objects.filter(pk__in=keys).prefetch_related("photos")
        return {
            (row.pk, row.reported_at): Entry(
                row.reported_at, "report",
                _("Somebody looked at it: %(condition)s.")
                % {"condition": row.get_condition_display()},
                self._note(row.note),
                photos=self._pictures(row),
            )
            for row in rows
        }  # fmt: skip

    def _pictures(self, report: ConditionReport) -> tuple[str, ...]:
        """Addresses of what was photographed at the desk: it may show more than the thing."""
        if not self.for_staff:
            return ()
        return tuple(
            reverse("sharing:condition_photo", args=[one.pk]) for one in report.photos.all()
        )

    def _tell_cares(self, keys: list[Any]) -> dict[Any, Entry]:
        rows = Maintenance.objects.filter(pk__in=keys)
        return {
            (row.pk, row.begins): Entry(
                row.begins, "care",
                _("Out for care: %(title)s (%(state)s).")
                % {"title": row.title, "state": row.get_state_display()},
                self._note(row.note),
                reverse("sharing:maintenance", args=[row.pk]) if self.for_staff else "",
            )
            for row in rows
        }  # fmt: skip

    # ------------------------------------------------------------------ who may know

    def _with_borrowers(self, rows: QuerySet[Any], borrower: str) -> list[Any]:
        return list(
            rows.select_related(f"{borrower}__person", f"{borrower}__organization", "thing")
        )

    def _names(self, borrowers: Iterable[Agent]) -> dict[Any, str]:
        if not self.for_staff:
            return {}
        return queries.borrower_names(self.by, self.thing.collection, borrowers)

    def _name(self, names: dict[Any, str], loan: Loan) -> str:
        return names.get(loan.line.booking.borrower_id, "")

    def _note(self, note: str) -> str:
        return note if self.for_staff else ""

    def _booking_url(self, pk: Any) -> str:
        return reverse("sharing:booking", args=[pk]) if self.for_staff else ""


def _event_text(event: EconomicEvent, for_staff: bool) -> str:
    amount = _amount(event)
    place = str(event.to_location) if event.to_location is not None else ""
    known = for_staff or event.receiver.type == "organization"
    receiver = event.receiver.name if known else _("somebody")
    sentences = {
        Action.RAISE: _("%(amount)s came into the stock."),
        Action.LOWER: _("%(amount)s left the stock."),
        Action.TRANSFER: _("%(amount)s went to %(receiver)s for good."),
        Action.MOVE: _("Moved to %(place)s."),
        Action.ACCEPT: _("Taken in for repair by %(receiver)s."),
        Action.MODIFY: _("Back from repair."),
        Action.TRANSFER_CUSTODY: _("%(amount)s handed over."),
        Action.USE: _("Used."),
    }
    known_sentence = sentences.get(Action(event.action), _("%(action)s: %(amount)s."))
    text = known_sentence % {
        "amount": amount, "place": place, "receiver": receiver,
        "action": event.get_action_display(),
    }  # fmt: skip
    return _("Taken back: %(sentence)s") % {"sentence": text} if event.corrects_id else text


def _amount(event: EconomicEvent) -> str:
    """Things are counted by a bare number, what is measured has its unit."""
    if event.conforms_to.unit == Unit.ITEM and event.resource_quantity is not None:
        number = number_format(amount_text(abs(event.resource_quantity)), use_l10n=True)
        return str(number)
    return quantity_text(event.resource_quantity, event.conforms_to.unit)


def _lent(loan: Loan, name: str) -> str:
    what = {"number": loan.quantity, "thing": loan.thing.name, "name": name}
    if name:
        return ngettext(
            "“%(thing)s” lent to %(name)s.", "%(number)s of “%(thing)s” lent to %(name)s.",
            loan.quantity,
        ) % what  # fmt: skip
    return ngettext("“%(thing)s” lent.", "%(number)s of “%(thing)s” lent.", loan.quantity) % what


def _came_back(loan: Loan, name: str) -> str:
    what = {"thing": loan.thing.name, "name": name}
    if name:
        return _("“%(thing)s” came back from %(name)s.") % what
    return _("“%(thing)s” came back.") % what


def _booked(line: BookingLine, name: str) -> str:
    what = {"name": name, "state": line.booking.get_state_display()}
    if name:
        return _("Booked by %(name)s (%(state)s).") % what
    return _("Booked (%(state)s).") % what
