"""Bookings that recur, each judged on its own, with a report of what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing import blocks
from kierto.sharing.actions import telling, waiting
from kierto.sharing.actions.booking import can_change, move_booking, place
from kierto.sharing.actions.placing import (
    Lines,
    booking_at_once,
    can_book,
    check_zones,
    locked_lines,
    stored_collection,
)
from kierto.sharing.changes import BookingChanged
from kierto.sharing.errors.booking import SeriesDoesNotFit
from kierto.sharing.models import Booking, Collection, Series
from kierto.sharing.recurrence import Span, occurrences
from kierto.sharing.rules import Wish
from kierto.sharing.states import BookingState

CANCELLABLE = (BookingState.REQUESTED, BookingState.HELD, BookingState.CONFIRMED)
RULE_LENGTH = 300


def book_series(
    *,
    collection: Collection,
    borrower: Agent,
    lines: Lines,
    begins: datetime,
    ends: datetime,
    rule: str,
    all_or_nothing: bool = False,
    purpose: str = "",
    via: str = "web",
    by: Agent,
) -> Series:
    """Book the same things again and again, by an RRULE with COUNT or UNTIL.

    ``begins`` and ``ends`` are the first time; the rule is followed by the clocks of the
    collection. What does not fit is left out and told in ``report`` (see :class:`Series`).

    Raises:
        BadRule, RuleWithoutEnd, TooManyOccurrences: the rule itself.
        SeriesDoesNotFit: nothing fits, or not all with ``all_or_nothing``; its ``report`` is that
            of the series, and nothing was written.
        NotAllowed: ``by`` neither acts for the borrower nor stands at the desk.
    """
    check_zones(begins, ends)
    spans = occurrences(rule, begins, ends, collection.timezone)
    with booking_at_once():
        first = Wish(stored_collection(collection), borrower, begins, ends, tuple(lines), via=via)
        can_book(by, first.collection, borrower).require()
        wish, locked = locked_lines(first)
        waiting.pass_on(locked, until_turn_of=borrower)
        series = Series.objects.create(
            collection=wish.collection, borrower=borrower, rule=rule.strip()[:RULE_LENGTH]
        )
        booked, series.report = _book_each(series, wish, spans, purpose, by)
        if not booked or (all_or_nothing and len(booked) < len(spans)):
            for entry in series.report:
                entry["booking"] = None
            raise SeriesDoesNotFit(series.report, wanted=len(spans), fitting=len(booked))
        series.save(update_fields=["report"])
        blocks.lay(locked)
        for booking in booked:
            waiting.got_it(booking)
            announce(BookingChanged(booking))
        _tell(booked, by)
    return series


def _book_each(
    series: Series, wish: Wish, spans: list[Span], purpose: str, by: Agent
) -> tuple[list[Booking], list[dict[str, Any]]]:
    booked: list[Booking] = []
    report: list[dict[str, Any]] = []
    for begins, ends in spans:
        try:
            with transaction.atomic():
                each = replace(wish, begins=begins, ends=ends)
                booking = place(each, purpose=purpose, by=by, series=series)
        except DomainError as error:
            report.append(_entry(begins, ends, None, error))
            continue
        booked.append(booking)
        report.append(_entry(begins, ends, booking, None))
    return booked, report


def _entry(
    begins: datetime, ends: datetime, booking: Booking | None, error: DomainError | None
) -> dict[str, Any]:
    return {
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "booking": str(booking.pk) if booking is not None else None,
        "problem": _problem(error) if error is not None else None,
    }


def _problem(error: DomainError) -> dict[str, Any]:
    """Code, fields as text, and the sentence as whoever booked could read it."""
    fields = {name: str(value) for name, value in error.fields.items()}
    return {"code": error.code, "fields": fields, "sentence": str(error)}


def _tell(booked: list[Booking], by: Agent) -> None:
    """One word for all of them: about the first, which leads to the series."""
    first = booked[0]
    if first.state == BookingState.REQUESTED:
        telling.tell_desk(first, telling.ASKED)
    else:
        telling.tell_borrower(first, telling.APPROVED, by=by)


def cancel_series(
    series: Series, *, from_: datetime | None = None, reason: str = "", by: Agent
) -> Series:
    """Cancel what is still to come of a series: all from now on, or from a moment on.

    Raises:
        NotAllowed: ``by`` is neither the borrower nor staff.
        ReasonMissing: somebody else's series is cancelled without a ``reason``.
    """
    check_zones(from_)
    with booking_at_once():
        since = max(from_ or timezone.now(), timezone.now())
        coming = series.bookings.filter(state__in=CANCELLABLE, begins__gte=since)
        for booking in coming.select_related("collection", "borrower").order_by("begins", "pk"):
            can_change(by, booking).require()
            move_booking(booking, BookingState.CANCELLED, reason=reason, by=by)
    return series
