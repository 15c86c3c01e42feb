"""May I book this at all, and when might I? Answered before anybody tries.

The rules are asked about the next time at which a thing is lent. What they say of that time does
not matter here; what they say of the thing and the borrower stands against every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing import opening
from kierto.sharing.errors import rules as refusals
from kierto.sharing.models import Terms, Thing
from kierto.sharing.rules import Wish, judge, terms_of
from kierto.sharing.states import Sort, Within

STANDING = (
    refusals.CollectionClosed,
    refusals.HasOverdue,
    refusals.MemberBlocked,
    refusals.MembershipEnded,
    refusals.MembersOnly,
    refusals.NeverOpen,
    refusals.NotInGroup,
    refusals.OwesMoney,
    refusals.RulesNotAgreed,
    refusals.ThingBroken,
    refusals.ThingIsSold,
    refusals.ThingNotLent,
    refusals.TooManyAtOnce,
)
"""What no other time would cure."""

BY_HOUR = timedelta(hours=1)
BY_WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Chance:
    """A time at which a thing might be had (aware)."""

    begins: datetime
    ends: datetime


def reasons_against(thing: Thing, borrower: Agent, *, by: Agent) -> list[DomainError]:
    """What stands in the way whatever the time; empty if there is a chance."""
    chance = next_chance(thing)
    wish = Wish(thing.collection, borrower, chance.begins, chance.ends, ((thing, 1),))
    return [one for one in judge(wish, by=by).refusals if isinstance(one, STANDING)]


def next_chance(thing: Thing, begins: datetime | None = None) -> Chance:
    """The next time at which the terms and the opening hours allow a booking to begin.

    With ``begins``, the first one from then on.
    """
    terms = terms_of(thing)
    start = _start(thing, terms, begins)
    return Chance(start, _end(thing, terms, start))


def _start(thing: Thing, terms: Terms, wanted: datetime | None) -> datetime:
    zone = ZoneInfo(thing.collection.timezone)
    earliest = timezone.now() + terms.notice_minutes * MINUTE
    start = _step_up(max(wanted, earliest) if wanted else earliest, terms, zone)
    if terms.within == Within.ANY:
        return start
    opens = opening.next_opening(thing, start)
    return _step_up(opens, terms, zone) if opens else start


def _end(thing: Thing, terms: Terms, begins: datetime) -> datetime:
    """An hour for a room or a bike, a week for a tool, as far as terms and hours allow."""
    usual = BY_HOUR if thing.sort in (Sort.SPACE, Sort.VEHICLE) else BY_WEEK
    shortest, longest = terms.shortest_minutes * MINUTE, terms.longest_minutes * MINUTE
    zone = ZoneInfo(thing.collection.timezone)
    length = min(max(usual, shortest), longest)
    # By the clock on the wall, so that a week ends at the hour at which it began.
    ends = (begins.astimezone(zone) + length).astimezone(begins.tzinfo)
    if terms.within == Within.ANY:
        return ends
    if terms.within == Within.WHOLE:
        closes = opening.closes_after(thing, begins)
        return min(ends, closes) if closes else ends
    if not opening.is_open_until(thing, ends):
        opens = opening.next_opening(thing, ends)
        if opens is not None and opens - begins <= longest:
            return opens
    return ends


def _step_up(moment: datetime, terms: Terms, zone: ZoneInfo) -> datetime:
    """The next step by the clocks of the place."""
    local = moment.astimezone(zone)
    if local.second or local.microsecond:
        local = local.replace(second=0, microsecond=0) + MINUTE
    over = (local.hour * 60 + local.minute) % terms.step_minutes
    return local + (terms.step_minutes - over) * MINUTE if over else local
