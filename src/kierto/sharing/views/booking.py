"""Booking: the form, what comes of it, and what could be had instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.parties.queries import organizations_of
from kierto.parties.requests import find, reader
from kierto.sharing import availability, catalogue
from kierto.sharing.actions.booking import request_booking
from kierto.sharing.actions.series import book_series
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.errors.booking import NotFree, SeriesDoesNotFit
from kierto.sharing.forms.booking import LINE, YEARS, BookingForm, is_by_day
from kierto.sharing.models import Booking, Thing
from kierto.sharing.occurrences import told
from kierto.sharing.prospects import next_chance, reasons_against
from kierto.sharing.rules import Verdict, Wish, judge, terms_of
from kierto.sharing.states import BookingState, Sort
from kierto.sharing.whereabouts import place_for

MOST_ALONG = 200
INSTEAD = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could be had instead, as one button of the form."""

    value: str
    thing: Thing
    begins: datetime
    ends: datetime
    is_other: bool


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, code: str) -> HttpResponse:
    """Book, look whether it could be booked, wait for it, or take something else along."""
    by = reader(request)
    thing = _thing(code, by)
    address = reverse("sharing:thing", args=[thing.code])
    if by is None:
        return redirect_to_login(f"{address}#book")
    if request.method != "POST":
        return redirect(f"{address}#book")
    data, thing = _instead(request.POST, thing, by)
    asked = data.get("do", "book")
    if asked == "add":
        return _page(request, form_for(thing, by, _with_another(data)))
    form = form_for(thing, by, data)
    if not form.is_valid():
        return _page(request, form, status=422)
    if asked == "check":
        return _page(request, form, verdict=_checked(form, by))
    try:
        return _wait(request, form, by) if asked == "wait" else _book(request, form, by)
    except DomainError as error:
        form.refuse(error)
        return _page(request, form, error=error, status=422)


def _thing(code: str, by: Agent | None) -> Thing:
    return find(catalogue.with_facts(catalogue.queries.visible_things(by)), code=code)


def form_for(
    thing: Thing,
    by: Agent,
    data: QueryDict | None = None,
    asked: Mapping[str, str] | None = None,
) -> BookingForm:
    """The form for a thing; ``asked`` are a beginning and an end from the address."""
    others = (
        catalogue.offered(by)
        .filter(collection=thing.collection_id)
        .exclude(Q(pk=thing.pk) | Q(sort=Sort.CONSUMABLE))
        .select_related("collection", "terms", "resource")
        .order_by("name", "pk")
    )
    return BookingForm(
        data,
        thing=thing,
        borrowers=_borrowers(by),
        things=list(others[:MOST_ALONG]),
        most=_number(thing),
        initial=_initial(thing, asked or {}) if data is None else None,
    )


def _borrowers(by: Agent) -> list[Agent]:
    """The person and the organisations that they act for, each with its name at hand."""
    agents = [by]
    for organization in organizations_of(by):
        organization.agent.organization = organization
        agents.append(organization.agent)
    return agents


def _number(thing: Thing) -> int:
    """How many of it one might ask for."""
    if thing.sort == Sort.KIT:
        return max(availability.free_now([thing])[thing.pk], 1)
    return int(thing.resource.accounting_quantity) if thing.resource is not None else 1


def _initial(thing: Thing, asked: Mapping[str, str]) -> dict[str, Any]:
    zone = ZoneInfo(thing.collection.timezone)
    begins = _moment(asked.get("begins", ""), zone)
    chance = next_chance(thing, begins)
    ends = _moment(asked.get("ends", ""), zone) or chance.ends
    return {"begins": _shown(thing, chance.begins), "ends": _shown(thing, ends, end=True)}


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment of an address; None if it is none, or beyond what anybody books."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or found.year not in YEARS:
        return None
    return found.replace(tzinfo=zone) if found.tzinfo is None else found


def _shown(thing: Thing, moment: datetime, *, end: bool = False) -> datetime | date:
    """A moment as the field shows it; whole days end just before midnight."""
    if not is_by_day(terms_of(thing)):
        return moment
    zone = ZoneInfo(thing.collection.timezone)
    last = moment - timedelta(microseconds=1) if end else moment
    return last.astimezone(zone).date()


def _instead(posted: QueryDict, thing: Thing, by: Agent) -> tuple[QueryDict, Thing]:
    """What was typed, with the offer that was taken up in its place."""
    code, _bar, times = posted.get("instead", "").partition("|")
    begins, _bar, ends = times.partition("|")
    if not code:
        return posted, thing
    data = posted.copy()
    data["begins"], data["ends"], data["do"] = begins, ends, "book"
    return data, thing if code == thing.code else _thing(code, by)


def _with_another(data: QueryDict) -> QueryDict:
    """What was typed, with what is to be taken along as a line of its own."""
    code = data.get("also", "")
    grown = data.copy()
    grown["also"] = ""
    if code:
        grown[LINE + code] = "1"
    return grown


# ------------------------------------------------------------------------ what comes of it


def _wish(form: BookingForm, by: Agent) -> Wish:
    data = form.asked
    return Wish(
        form.thing.collection,
        form.chosen_borrower(by),
        data["begins"],
        data["ends"],
        tuple(form.lines()),
    )


def _checked(form: BookingForm, by: Agent) -> Verdict:
    """What the rules say, with every refusal at its field."""
    verdict = judge(_wish(form, by), by=by)
    for refusal in verdict.refusals:
        form.refuse(refusal)
    return verdict


def _book(request: HttpRequest, form: BookingForm, by: Agent) -> HttpResponse:
    data = form.asked
    what: dict[str, Any] = {
        "collection": form.thing.collection,
        "borrower": form.chosen_borrower(by),
        "lines": form.lines(),
        "begins": data["begins"],
        "ends": data["ends"],
        "purpose": data["purpose"],
        "by": by,
    }
    if form.rule():
        series = book_series(
            rule=form.rule(), all_or_nothing=data.get("all_or_nothing", False), **what
        )
        return redirect("sharing:series", pk=series.pk)
    booking = request_booking(**what)
    messages.success(request, _said(booking))
    return redirect("sharing:booking", pk=booking.pk)


def _said(booking: Booking) -> str:
    if booking.state == BookingState.REQUESTED:
        return _("It is kept for you. The desk looks at it and tells you.")
    return _("It is booked. You find it under “My loans”.")


def _wait(request: HttpRequest, form: BookingForm, by: Agent) -> HttpResponse:
    data = form.asked
    join_waiting_list(
        form.thing,
        quantity=data["quantity"],
        borrower=form.chosen_borrower(by),
        begins=data["begins"],
        ends=data["ends"],
        by=by,
    )
    messages.success(request, _("You are on the waiting list. We tell you when it is free."))
    return redirect("sharing:loans")


# ------------------------------------------------------------------------ the page


def _page(
    request: HttpRequest,
    form: BookingForm,
    *,
    error: DomainError | None = None,
    verdict: Verdict | None = None,
    status: int = 200,
) -> HttpResponse:
    by = reader(request)
    found = [*([error, *error.others] if error else ()), *(verdict.refusals if verdict else ())]
    taken = any(isinstance(one, NotFree) for one in found)
    context = {
        "thing": form.thing,
        "place": place_for(by, form.thing.collection, form.thing.place),
        "form": form,
        "zone": form.zone,
        "verdict": verdict,
        "offers": offers(form) if found else [],
        "may_wait": taken and not form.rule(),
        "report": told(error.report) if isinstance(error, SeriesDoesNotFit) else None,
    }
    return render(request, "sharing/book.html", context, status=status)


def offers(form: BookingForm) -> list[Offer]:
    """What could be had instead of what was refused, for one tap each."""
    data = form.asked
    if not data.get("begins") or not data.get("ends") or data["ends"] <= data["begins"]:
        return []
    found = availability.alternatives(
        form.thing, quantity=data["quantity"], begins=data["begins"], ends=data["ends"]
    )
    return [
        Offer(
            "|".join((one.thing.code, *_typed(form, one.thing, one.begins, one.ends))),
            one.thing,
            one.begins,
            one.ends,
            one.thing.pk != form.thing.pk,
        )
        for one in found
    ]


def _typed(form: BookingForm, thing: Thing, *moments: datetime) -> list[str]:
    """Two moments as somebody would type them into the form."""
    shown = [_shown(thing, moments[0]), _shown(thing, moments[1], end=True)]
    return [
        one.astimezone(form.zone).strftime(INSTEAD) if isinstance(one, datetime) else str(one)
        for one in shown
    ]


def reasons(thing: Thing, by: Agent | None) -> list[DomainError]:
    """Why neither the reader nor anybody they act for can book this at any time.

    Visitors are asked to sign in elsewhere.
    """
    if by is None:
        return []
    found = [reasons_against(thing, borrower, by=by) for borrower in _borrowers(by)]
    return found[0] if all(found) else []
