"""The indicators of sharing and repair: what they mean, and what each row adds to them.

They are never added to those of side streams. How borrowers and owners come and go is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import CanonicalUnit
from kierto.indicators.dataset import Dataset
from kierto.indicators.definitions import OWN, SHARING, Indicator
from kierto.indicators.displacing import LOAN, REPAIR
from kierto.indicators.figures import Part, Terms
from kierto.indicators.formulas import Estimate, share
from kierto.indicators.lent import Lending, Repair
from kierto.ledger.models import Action, EconomicEvent

PERSON = "person:"
ENDS = ("", "_low", "_high")

Worth = Callable[[int], tuple[float, float, float]]
"""What one new thing of a kind weighs in the balance: the value, low and high."""


# --------------------------------------------------------------------------- rows to terms


def loans(data: Dataset) -> Iterator[Part]:
    """``things`` handed out and ``rooms`` used, at whoever lends them."""
    for each in data.lent.lendings:
        terms = {"rooms": 1.0} if each.is_room else {"things": each.number}
        yield Part(each.month, each.kind, each.owner, terms, each.borrower)


def people(data: Dataset) -> Iterator[Part]:
    """One term for each different person, without saying who."""
    numbers: dict[object, int] = {}
    borrowers = ((e.month, e.kind, e.owner, e.borrower) for e in data.lent.lendings)
    owners = ((e.month, e.kind, e.workshop, e.owner) for e in data.lent.repairs)
    for month, kind, agent, person in chain(borrowers, owners):
        number = numbers.setdefault(person, len(numbers))
        yield Part(month, kind, agent, {f"{PERSON}{number}": 1.0}, person)


def use(data: Dataset) -> Iterator[Part]:
    """Days on which things were ``used``, and on which they were ``there``."""
    for each in data.lent.occupations:
        terms = {"used": each.used, "there": each.there}
        yield Part(each.month, each.kind, each.owner, terms, each.borrower or each.owner)


def repairs(data: Dataset) -> Iterator[Part]:
    """``tried`` and ``fixed``, at the workshop; ``known`` leaves out those of unknown outcome."""
    for each in data.lent.repairs:
        known = float(each.outcome != "Unknown")
        terms = {"tried": 1.0, "known": known, "fixed": float(each.is_fixed)}
        yield Part(each.month, each.kind, each.workshop, terms, each.owner)


def purchases(data: Dataset) -> Iterator[Part]:
    """New things not bought, by what was lent and by what was fixed."""
    yield from _lent(data, lambda kind: (1.0, 1.0, 1.0), "lent")
    yield from _fixed(data, lambda kind: (1.0, 1.0, 1.0), "fixed")


def mass(data: Dataset) -> Iterator[Part]:
    """Their kilograms."""

    def weight(kind: int) -> tuple[float, float, float]:
        kg = data.kinds.mass(kind, 1.0)
        return kg, kg, kg

    yield from _lent(data, weight, "lent")
    yield from _fixed(data, weight, "fixed")


def emissions_of_sharing(data: Dataset) -> Iterator[Part]:
    """kg CO2e of making what was not bought because something was lent."""
    yield from _lent(data, lambda kind: _production(data, kind), "lent")


def emissions_of_repair(data: Dataset) -> Iterator[Part]:
    """kg CO2e of making what was not bought because something was fixed."""
    yield from _fixed(data, lambda kind: _production(data, kind), "fixed")


def _production(data: Dataset, kind: int) -> tuple[float, float, float]:
    factor = data.factors.production(kind)
    return factor.value, factor.low, factor.high


def _lent(data: Dataset, worth: Worth, name: str) -> Iterator[Part]:
    for each in data.lent.lendings:
        if each.fresh and not each.is_room:
            terms = _replaced(data, each, LOAN.value, each.fresh, worth, name)
            if terms:
                yield Part(each.month, each.kind, each.owner, terms, each.borrower)


def _fixed(data: Dataset, worth: Worth, name: str) -> Iterator[Part]:
    for each in data.lent.repairs:
        if each.is_fixed:
            terms = _replaced(data, each, REPAIR.value, each.number, worth, name)
            if terms:
                yield Part(each.month, each.kind, each.workshop, terms, each.owner)


def _replaced(
    data: Dataset, row: Lending | Repair, activity: str, number: float, worth: Worth, name: str
) -> dict[str, float]:
    """Number × displacement × worth of one, at the value, the low and the high of both."""
    if data.kinds.by_id[row.kind].unit != CanonicalUnit.ITEM:
        return {}
    found = data.displacements.of(row.kind, activity)
    if found is None:
        return {}
    sizes = (found.value, found.low, found.high)
    one = worth(row.kind)
    return {
        f"{name}{end}": number * size * each
        for end, size, each in zip(ENDS, sizes, one, strict=True)
    }


# --------------------------------------------------------------------------- terms to values


def _count(terms: Terms) -> Estimate:
    return Estimate.exact(terms["things"] + terms["rooms"])


def _people(terms: Terms) -> Estimate:
    return Estimate.exact(float(sum(name.startswith(PERSON) for name in terms)))


def _use(terms: Terms) -> Estimate:
    rate = share(terms["used"], terms["there"])
    return Estimate.exact(None if rate is None else min(rate, 1.0))


def _tried(terms: Terms) -> Estimate:
    return Estimate.exact(terms["tried"])


def _fixed_share(terms: Terms) -> Estimate:
    return Estimate.exact(share(terms["fixed"], terms["known"]))


def _together(terms: Terms) -> Estimate:
    value, low, high = (
        terms.get(f"lent{end}", 0.0) + terms.get(f"fixed{end}", 0.0) for end in ENDS
    )
    return Estimate.spread(value, low, high)


# --------------------------------------------------------------------------- definitions


def _lending_events(data: Dataset) -> QuerySet[EconomicEvent]:
    return data.lent.lending_events


def _repair_events(data: Dataset) -> QuerySet[EconomicEvent]:
    return data.lent.repair_events


def _both(data: Dataset) -> QuerySet[EconomicEvent]:
    found = EconomicEvent.objects.filter(pk__in=data.lent.lending_events.values("pk"))
    return found | EconomicEvent.objects.filter(pk__in=data.lent.repair_events.values("pk"))


def _fixed_events(events: QuerySet[EconomicEvent]) -> QuerySet[EconomicEvent]:
    return events.filter(input_of__ticket__outcome="Fixed")


REPAIR_SOURCE = (
    "The Restart Project, method of its reference data on repair and emissions, 2021 (repair); "
    "Kierto (loans)"
)

EFFECTS = (
    Indicator(
        slug="loans",
        name=_("Loans"),
        definition=_(
            "Things that were handed out to somebody who does not own them, each as often as it "
            "was lent, and rooms each time they were used. A loan counts in the month in which "
            "it was handed out, a room in which its use ended. The parts of a kit count one by "
            "one."
        ),
        formula=_("number of things handed out + number of uses of rooms"),
        source=OWN,
        unit="",
        collect=loans,
        finish=_count,
        base=_lending_events,
        action=Action.TRANSFER_CUSTODY.value,
        part=SHARING,
    ),
    Indicator(
        slug="people-served",
        name=_("People served"),
        definition=_(
            "Different people and organisations who borrowed something, used a room, or brought "
            "a thing to be repaired. Who came several times counts once; a visitor who left no "
            "name counts at each visit. The numbers of months, kinds and organisations do not add "
            "up, because the same people stand behind several."
        ),
        formula=_("number of different borrowers and owners of repaired things"),
        source=OWN,
        unit="",
        collect=people,
        finish=_people,
        base=_both,
        action="",
        part=SHARING,
    ),
    Indicator(
        slug="use-rate",
        name=_("Use rate of things"),
        definition=_(
            "Share of the days on which the things of collections were out with somebody, of all "
            "days on which they were there. It speaks of things that can be borrowed now, single "
            "items and pools; of how many there are now. Rooms and vehicles are used by the hour "
            "and stand in the table of use of their collection, which also names what lies idle."
        ),
        formula=_("sum of days out ÷ sum of days there"),
        source=OWN,
        unit="share",
        collect=use,
        finish=_use,
        base=_lending_events,
        action=Action.TRANSFER_CUSTODY.value,
        part=SHARING,
    ),
    Indicator(
        slug="repairs",
        name=_("Repairs attempted"),
        definition=_(
            "Things that somebody tried to repair and of which the result is known to the "
            "workshop, at workshops and at repair events. A repair counts in the month in which "
            "the thing was taken in. How many were fixed stands below."
        ),
        formula=_("number of finished attempts"),
        source=OWN,
        unit="",
        collect=repairs,
        finish=_tried,
        base=_repair_events,
        action=Action.ACCEPT.value,
        part=SHARING,
    ),
    Indicator(
        slug="fixed-share",
        name=_("Share fixed"),
        definition=_(
            "Share of the attempts that ended with a thing that works again. Attempts of which "
            "nobody noted the outcome are left out."
        ),
        formula=_("fixed ÷ attempts with a known outcome"),
        source="Open Repair Alliance, Open Repair Data Standard 0.3 (outcomes)",
        unit="share",
        collect=repairs,
        finish=_fixed_share,
        base=_repair_events,
        action=Action.ACCEPT.value,
        part=SHARING,
    ),
    Indicator(
        slug="avoided-purchases",
        name=_("Avoided purchases"),
        definition=_(
            "New things that were not bought, by these assumptions, because something was lent "
            "or fixed. Who borrows the same kind again in a calendar year would have bought it "
            "once, so only what goes beyond the most at one time counts. The displacement is the "
            "published one, or the district’s own answers where there are 30 of a family of "
            "kinds: who would have bought new counts 1, others 0, and the range is the Wilson "
            "interval. Rooms and consumables replace no purchase."
        ),
        formula=_("sum of things lent × displacement + sum of things fixed × displacement"),
        source=REPAIR_SOURCE,
        unit="",
        collect=purchases,
        finish=_together,
        base=_both,
        action="",
        part=SHARING,
    ),
    Indicator(
        slug="mass-kept-in-use",
        name=_("Mass kept in use"),
        definition=_(
            "Mass of the new things that were not needed, by these assumptions, because existing "
            "ones were lent or fixed. The range is that of the displacement. What the shared "
            "things themselves weigh, and spare parts, are not taken off."
        ),
        formula=_("sum of things lent or fixed × displacement × mass of one"),
        source=REPAIR_SOURCE,
        unit="kg",
        collect=mass,
        finish=_together,
        base=_both,
        action="",
        part=SHARING,
    ),
    Indicator(
        slug="emissions-avoided-by-sharing",
        name=_("Emissions avoided by sharing"),
        definition=_(
            "What making the new things would have emitted that, by these assumptions, were not "
            "bought because something was lent. The range takes displacement and factor at the "
            "low and at the high end at once. Making the shared things, and how borrowers came "
            "to fetch them, is left out: nobody records it."
        ),
        formula=_("sum of things lent × displacement × emissions of making one new"),
        source=OWN,
        unit="kgCO2e",
        collect=emissions_of_sharing,
        finish=_together,
        base=_lending_events,
        action=Action.TRANSFER_CUSTODY.value,
        part=SHARING,
    ),
    Indicator(
        slug="emissions-avoided-by-repair",
        name=_("Emissions avoided by repair"),
        definition=_(
            "What making the new things would have emitted that, by these assumptions, were not "
            "bought because something was fixed. The range takes displacement and factor at the "
            "low and at the high end at once. Spare parts, power and the way to the workshop are "
            "left out. Of things that were not fixed nothing is counted."
        ),
        formula=_("sum of things fixed × displacement × emissions of making one new"),
        source="The Restart Project, method of its reference data on repair and emissions, 2021",
        unit="kgCO2e",
        collect=emissions_of_repair,
        finish=_together,
        base=_repair_events,
        events=_fixed_events,
        action=Action.ACCEPT.value,
        part=SHARING,
    ),
)
