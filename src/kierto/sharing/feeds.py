"""Private calendars (iCalendar, RFC 5545): one's own bookings, or those of a collection.

Whoever has the address reads the calendar without signing in, so a borrower's tells nothing of
others, and a collection's ends when its owner no longer works there. Identifiers stay, changes
raise SEQUENCE, and what was cancelled stays for a while with STATUS:CANCELLED, so that programs
take it out of their calendars too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Alarm, Calendar, Event, vGeo

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.parties.models import Agent
from kierto.parties.queries import person_of, spoken_for
from kierto.parties.whereabouts import is_public, rough_label, shown_place
from kierto.sharing import queries
from kierto.sharing.models import Booking, Collection, Feed
from kierto.sharing.permissions import can_staff, is_staff
from kierto.sharing.states import BookingState, Sort
from kierto.sharing.whereabouts import PROMISED

KEPT = timedelta(days=60)
"""How long bookings that are over or cancelled stay in a calendar."""

MOST_EVENTS = 2000
FETCH_ALARM = timedelta(hours=-1)
RETURN_ALARM = timedelta(days=-1)
REFRESH = "PT1H"

STATUS = {
    BookingState.REQUESTED: "TENTATIVE",
    BookingState.HELD: "TENTATIVE",
    BookingState.CONFIRMED: "CONFIRMED",
    BookingState.OUT: "CONFIRMED",
    BookingState.DONE: "CONFIRMED",
    BookingState.DECLINED: "CANCELLED",
    BookingState.CANCELLED: "CANCELLED",
    BookingState.MISSED: "CANCELLED",
}
OVER = [state for state, status in STATUS.items() if status == "CANCELLED"]
AHEAD = (BookingState.REQUESTED, BookingState.HELD, BookingState.CONFIRMED)

Absolute = Callable[[str], str]


def can_have_feed(by: Agent | None, collection: Collection | None) -> Decision:
    """Everybody has a calendar of their own; that of a collection is for its staff."""
    if by is None:
        return refuse(gettext_lazy("Sign in first."))
    return ALLOWED if collection is None else can_staff(by, collection)


def can_change_feed(by: Agent | None, feed: Feed) -> Decision:
    """Only whose it is gives it a new address or closes it."""
    if by is not None and by.pk == feed.agent_id:
        return ALLOWED
    return refuse(gettext_lazy("This calendar is somebody else's."))


def feeds_of(by: Agent) -> QuerySet[Feed]:
    """One's calendars, the own one first."""
    return Feed.objects.filter(agent=by).select_related("collection").order_by("collection__name")


def feed_at(secret: str) -> Feed | None:
    """The calendar at this address; None once it is closed or its owner left the collection."""
    feeds = Feed.objects.select_related("agent__person", "collection__owner", "collection__place")
    feed = feeds.filter(secret=secret).first()
    if feed is None:
        return None
    if feed.collection is not None and not is_staff(feed.agent, feed.collection):
        return None
    return feed


def bookings_in(feed: Feed, now: datetime | None = None) -> QuerySet[Booking]:
    """What the calendar shows: what is ahead, and what ended or was cancelled lately."""
    since = (now or timezone.now()) - KEPT
    bookings = Booking.objects.alias(closed_at=Coalesce("decided_at", "created_at")).filter(
        ~Q(state__in=OVER) | Q(closed_at__gte=since), ends__gte=since
    )
    if feed.collection is not None:
        bookings = bookings.filter(collection=feed.collection)
    else:
        bookings = bookings.filter(borrower__in=spoken_for(feed.agent))
    return bookings.select_related(
        "collection__owner", "borrower__person", "borrower__organization"
    ).prefetch_related("lines__thing__place__district")


def calendar_of(
    feed: Feed, *, host: str, absolute: Absolute, now: datetime | None = None
) -> tuple[bytes, str]:
    """The calendar as a file, and its tag (changes when it does).

    ``host`` ends the identifiers; ``absolute`` makes a whole address of a path. In the language
    of whose calendar it is.
    """
    person = person_of(feed.agent)
    with translation.override(person.language if person else None):
        bookings = list(bookings_in(feed, now).order_by("begins", "code")[:MOST_EVENTS])
        names = _names(feed, bookings)
        calendar = _frame(feed)
        for booking in bookings:
            calendar.add_component(_event(feed, booking, names, host, absolute))
        text = calendar.to_ical()
    return text, hashlib.sha256(text).hexdigest()[:32]


def _names(feed: Feed, bookings: Sequence[Booking]) -> dict[UUID, str]:
    """Who borrows, for the staff of a collection only."""
    if feed.collection is None:
        return {}
    agents: Iterable[Agent] = {each.borrower_id: each.borrower for each in bookings}.values()
    return queries.borrower_names(feed.agent, feed.collection, agents)


def _frame(feed: Feed) -> Calendar:
    name = feed.collection.name if feed.collection is not None else _("What I borrow")
    calendar = Calendar()
    calendar.add("prodid", "-//Kierto//Sharing//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"}, encode=False)
    calendar.add("x-published-ttl", REFRESH)
    return calendar


def _event(
    feed: Feed, booking: Booking, names: dict[UUID, str], host: str, absolute: Absolute
) -> Event:
    lines = list(booking.lines.all())
    things = ", ".join(
        line.thing.name if line.quantity == 1 else f"{line.quantity} × {line.thing.name}"
        for line in lines
    )
    event = Event()
    event.add("uid", f"{booking.pk}@{host}")
    event.add("dtstamp", max(booking.created_at, booking.decided_at or booking.created_at))
    event.add("dtstart", booking.begins.astimezone(UTC))
    event.add("dtend", booking.ends.astimezone(UTC))
    event.add("sequence", booking.sequence)
    event.add("status", STATUS[BookingState(booking.state)])
    name = names.get(booking.borrower_id)
    event.add("summary", f"{things} – {name}" if name else things)
    event.add("url", absolute(reverse("sharing:booking", args=[booking.pk])))
    event.add("description", _description(booking))
    _add_place(event, booking, staff=feed.collection is not None)
    if feed.collection is None and booking.state in AHEAD:
        event.add_component(_alarm(_("Soon: %(things)s") % {"things": things}, FETCH_ALARM))
    is_lent = any(line.thing.sort != Sort.SPACE for line in lines)
    if feed.collection is None and is_lent and booking.state == BookingState.OUT:
        words = _("Bring back: %(things)s") % {"things": things}
        event.add_component(_alarm(words, RETURN_ALARM, related="END"))
    return event


def _description(booking: Booking) -> str:
    state = booking.get_state_display()
    words = [_("Booking %(code)s: %(state)s") % {"code": booking.code, "state": state}]
    if booking.purpose:
        words.append(booking.purpose)
    return "\n".join(words)


def _add_place(event: Event, booking: Booking, *, staff: bool) -> None:
    """Where it is: a person's street only once the booking is confirmed."""
    lines = list(booking.lines.all())
    if not lines:
        return
    place = lines[0].thing.place
    if not (staff or is_public(booking.collection.owner) or booking.state in PROMISED):
        event.add("location", rough_label(place))
        return
    event.add("location", shown_place(place, exact=True).label)
    event.add("geo", vGeo((place.latitude, place.longitude)))


def _alarm(words: str, before: timedelta, related: str = "START") -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", before, parameters={"RELATED": related})
    return alarm
