"""The start of the desk: the one field, the lists of the day, and where the field leads."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.parties.requests import writer
from kierto.sharing import day as days
from kierto.sharing.actions.booking import move_booking
from kierto.sharing.finding import Found, find_at_desk
from kierto.sharing.lateness import open_loans
from kierto.sharing.models import Booking, Loan, Thing
from kierto.sharing.queries import staffed_collections, with_facts
from kierto.sharing.states import Sort, ThingState
from kierto.sharing.views.desk.counter import Counter, at_desk, code_in
from kierto.sharing.views.desk.doing import do_pending

PAGE_SIZE = 25
YEARS = range(2000, 2200)
SHOWN = 8
"""Rows of each list on the start page; the rest is one press away."""


@require_safe
@login_required
def choice(request: HttpRequest) -> HttpResponse:
    """At which desk? Whoever works at one goes straight there."""
    by = writer(request)
    found = staffed_collections(by).exclude(state=ThingState.RETIRED)
    page = Paginator(with_facts(found).order_by("name", "pk"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    if page.paginator.count == 1:
        return redirect("sharing:desk", slug=page.object_list[0].slug)
    return render(request, "sharing/desk_choice.html", {"page": page})


@require_safe
@login_required
def desk(request: HttpRequest, slug: str) -> HttpResponse:
    """What happens here today; ``?q=`` goes where the field would lead."""
    counter = at_desk(request, slug)
    text = request.GET.get("q", "").strip()
    found = find_at_desk(counter.collection, text)
    onward = _onward(counter, found, thing="")
    if onward is not None:
        return onward
    today = days.today_of(counter.collection)
    lists = []
    for which in days.TITLES:
        rows = days.queryset_for(counter.collection, which, today)
        number = rows.count()
        shown = days.rows_of(counter.by, counter.collection, list(rows[:SHOWN])) if number else []
        lists.append(
            {
                "which": which,
                "title": days.TITLES[which],
                "nothing": days.NOTHING[which],
                "number": number,
                "rows": shown,
                "more": number - len(shown),
            }
        )
    return counter.show(
        "desk",
        thing=code_in(request.GET.get("thing", "")),
        text=text,
        found=found,
        lists=lists,
        today=timezone.now(),
        counts={each["which"]: each["number"] for each in lists},
    )


@require_POST
@login_required
def scan(request: HttpRequest, slug: str) -> HttpResponse:
    """The one field: what it finds is shown; empty, it does what the page offers."""
    counter = at_desk(request, slug)
    text = counter.said("q")
    pending, thing = counter.said("pending"), code_in(counter.said("thing"))
    if not text and pending:
        return do_pending(counter, pending)
    found = find_at_desk(counter.collection, text)
    onward = _onward(counter, found, thing=thing)
    if onward is not None:
        return onward
    query = {"q": text} if text else {}
    if thing:
        query["thing"] = thing
    return counter.go("desk", **query)


def _onward(counter: Counter, found: Found, *, thing: str) -> HttpResponse | None:
    """The page of what was found; None where there is nothing or a choice to make."""
    if found.thing is not None:
        return _to_thing(counter, found.thing)
    if found.booking is not None:
        return counter.go("desk_booking", found.booking.code, to=found.booking.borrower)
    if found.agent is not None and thing:
        return counter.go("desk_thing", thing, to=found.agent)
    if found.agent is not None:
        return redirect("sharing:desk_borrower", counter.collection.slug, found.agent.pk)
    return None


def _to_thing(counter: Counter, thing: Thing) -> HttpResponse:
    """What is out comes back, what is here goes out."""
    if thing.sort == Sort.KIT:
        whole = Booking.objects.filter(lines__thing=thing, lines__loans__in=open_loans())
        found = whole.distinct().first()
        if found is not None:
            return counter.go("desk_booking", found.code)
    elif thing.sort != Sort.POOL:
        out = open_loans().filter(thing=thing).first()
        if out is not None:
            return counter.go("desk_loan", out.pk)
    return counter.go("desk_thing", thing.code)


@require_safe
@login_required
def one_list(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """One list of the day in full."""
    counter = at_desk(request, slug)
    if which not in days.TITLES:
        raise Http404
    found = days.queryset_for(counter.collection, which, days.today_of(counter.collection))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return counter.show(
        "desk_list",
        which=which,
        title=days.TITLES[which],
        nothing=days.NOTHING[which],
        page=page,
        rows=days.rows_of(counter.by, counter.collection, list(page)),
    )


@require_safe
@login_required
def day_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The day on paper: what goes out and what comes back; ``?day=`` chooses another."""
    counter = at_desk(request, slug)
    today = days.today_of(counter.collection)
    day = _day(request.GET.get("day", "")) or today
    collection, by = counter.collection, counter.by
    out: list[Booking] = list(days.bookings_for(collection, days.TO_HAND_OUT, day))
    due: list[Loan] = list(days.loans_for(collection, days.DUE, day))
    late: list[Loan] = list(days.loans_for(collection, days.OVERDUE, day)) if day == today else []
    return counter.show(
        "desk_day",
        day=day,
        out=days.rows_of(by, collection, out),
        due=days.rows_of(by, collection, due),
        late=days.rows_of(by, collection, late),
        is_today=day == today,
    )


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and day.year in YEARS else None


@require_POST
@login_required
def decide(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Approve what waits, or decline it with a reason."""
    counter = at_desk(request, slug)
    found = Booking.objects.filter(collection=counter.collection, code=code).first()
    if found is None:
        raise Http404
    try:
        moved = move_booking(
            found, counter.said("state"), reason=counter.said("reason"), by=counter.by
        )
    except DomainError as error:
        counter.tell(error)
    else:
        state = moved.get_state_display()
        messages.success(request, _("The booking is now “%(state)s”.") % {"state": state})
    return counter.go("desk_booking", code)
