"""The terms of borrowing in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kierto.sharing.models import Terms, Thing
from kierto.sharing.states import Per, Sort
from kierto.sharing.words import Length


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what holds: a label, an amount of euros if it is money, and a sentence.

    ``most`` is the largest sum of several such amounts, in euros.
    """

    label: str
    text: str
    amount: Decimal | None = None
    most: Decimal | None = None


def in_words(terms: Terms, thing: Thing) -> list[Fact]:
    """What borrowing this costs and asks, line by line."""
    if thing.sort == Sort.CONSUMABLE:
        return [_unit_price(thing), Fact(_("Who"), _who(terms))]
    facts = [
        _price(terms),
        _deposit(terms),
        Fact(_("How long"), _how_long(terms)),
        Fact(_("Who"), _who(terms)),
        Fact(_("When to book"), _ahead(terms)),
    ]
    if thing.sort not in (Sort.SPACE,) and terms.renewals:
        facts.append(Fact(_("Keeping it longer"), _renewals(terms)))
    if terms.fine_per_day:
        most = terms.fine_most or None
        facts.append(Fact(_("Back late"), _("for each day"), terms.fine_per_day, most))
    return facts


def _unit_price(thing: Thing) -> Fact:
    if thing.unit_price:
        return Fact(_("Price"), _("each"), thing.unit_price)
    return Fact(_("Price"), _("It costs nothing."))


def _price(terms: Terms) -> Fact:
    if not terms.price:
        return Fact(_("Price"), _("It costs nothing."))
    return Fact(_("Price"), str(Per(terms.price_per).label), terms.price)


def _deposit(terms: Terms) -> Fact:
    if not terms.deposit:
        return Fact(_("Deposit"), _("No deposit."))
    return Fact(_("Deposit"), _("until you bring it back"), terms.deposit)


def _how_long(terms: Terms) -> str:
    if terms.shortest_minutes == terms.longest_minutes:
        return _("%(length)s at a time.") % {"length": Length(terms.longest_minutes)}
    return _("At most %(longest)s, at least %(shortest)s.") % {
        "longest": Length(terms.longest_minutes),
        "shortest": Length(terms.shortest_minutes),
    }


def _who(terms: Terms) -> str:
    groups = [group.name for group in terms.groups.all()]
    if groups:
        return _("Members of these groups: %(groups)s.") % {"groups": ", ".join(groups)}
    if terms.membership_needed:
        return _("Members of the collection.")
    return _("Everybody.")


def _ahead(terms: Terms) -> str:
    latest = ngettext(
        "At most %(days)s day ahead.", "At most %(days)s days ahead.", terms.horizon_days
    ) % {"days": terms.horizon_days}
    words = [latest]
    if terms.notice_minutes:
        length = Length(terms.notice_minutes)
        words.insert(0, _("At least %(length)s before.") % {"length": length})
    if terms.approval_needed:
        words.append(_("The desk approves each booking."))
    return " ".join(words)


def _renewals(terms: Terms) -> str:
    return ngettext(
        "You may renew it %(number)s time if nobody waits for it.",
        "You may renew it %(number)s times if nobody waits for it.",
        terms.renewals,
    ) % {"number": terms.renewals}
