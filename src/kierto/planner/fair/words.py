"""What is said of a split and of each participant: sentences, and the figures that fill them.

A figure in a sentence is never negative: who is paid reads "receives", not "pays −3".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kierto.core.text import Sentence as _
from kierto.planner.model import PERIODS

if TYPE_CHECKING:
    from kierto.planner.fair.result import FairSplit, Participant

CENT = 0.005
"""Money below this is not spoken of."""

BETTER: Mapping[str, Any] = {
    "pays": _(
        "%(agent)s is %(gain)s EUR %(span)s better off than alone: "
        "it pays %(share)s EUR instead of %(alone)s EUR."
    ),
    "turns": _(
        "%(agent)s is %(gain)s EUR %(span)s better off than alone: "
        "it receives %(share)s EUR, where alone it would pay %(alone)s EUR."
    ),
    "starts": _(
        "%(agent)s is %(gain)s EUR %(span)s better off than alone: "
        "it receives %(share)s EUR, and alone nothing."
    ),
    "receives": _(
        "%(agent)s is %(gain)s EUR %(span)s better off than alone: "
        "it receives %(share)s EUR instead of %(alone)s EUR."
    ),
}
NOTHING: Mapping[str, Any] = {
    "pays": _("%(agent)s gains nothing here: it pays %(share)s EUR %(span)s, as it would alone."),
    "receives": _(
        "%(agent)s gains nothing here: it receives %(share)s EUR %(span)s, as it would alone."
    ),
}
WORSE = _("%(agent)s is %(loss)s EUR %(span)s worse off than alone.")

ROOM = _("Anything from %(least)s to %(most)s EUR better than alone would be as stable.")
NO_ROOM = _("The prices that fit this plan leave no other amount.")

PAYS_OTHERS = _(
    "Of this it settles %(paid)s EUR itself (disposal, buying, processing, and what is carried "
    "to it) and pays %(transfer)s EUR to the others."
)
GETS_FROM_OTHERS = _(
    "It settles %(paid)s EUR itself (disposal, buying, processing, and what is carried to it) "
    "and gets %(transfer)s EUR from the others."
)
EARNS_AND_PAYS = _(
    "It earns %(paid)s EUR itself (from what it sells or is credited) "
    "and pays %(transfer)s EUR to the others."
)
EARNS_AND_GETS = _(
    "It earns %(paid)s EUR itself (from what it sells or is credited) "
    "and gets %(transfer)s EUR from the others."
)
NO_TRANSFER = _("No money changes hands between it and the others.")
CARBON = _("%(carbon)s EUR of this is carbon at its price, and no cash.")
EXTRA = _("%(extra)s EUR of this is its part of opening costs and of what cannot be divided.")

LABELS: Mapping[str, Any] = {
    "stable": _("Stable: no group of participants would pay less by itself."),
    "nearly": _(
        "Not fully stable: a group might pay less by itself, "
        "but no group more than %(unrest)s EUR less."
    ),
}
SITES = _(
    "Opening a site cannot be divided, so prices alone may not pay for it: the %(indivisible)s EUR "
    "they leave open are shared among those who use the site, by what they gain from it."
)
INDIVISIBLE = _(
    "%(indivisible)s EUR cannot be explained by prices, because something here cannot be divided "
    "or the plan is not proven to be the cheapest. They are shared by gain."
)
UNRANGED = _("The bounds of each share were not searched.")
SUM = _("All shares add up to %(objective)s EUR, what the plan costs.")
SUM_RECEIVED = _("All shares add up to %(objective)s EUR, what the plan earns.")
CARBON_COUNTED = _(
    "Carbon counts at %(carbon_price)s EUR a kilogram. The promise holds for those who count "
    "it so; in cash alone somebody may pay more than before."
)

SPAN = _("a %(period)s")
LONG_SPAN = _("over %(count)s periods")


def span_of(period: str, periods: int) -> str:
    """For how long the money is: "a week", or several periods planned together."""
    if periods > 1:
        return LONG_SPAN % {"count": periods}
    return SPAN % {"period": PERIODS.get(period, period)}


def of_participant(one: Participant) -> tuple[Any, ...]:
    """How it fares, what room there is, what it pays whom, and what is no cash."""
    said = [_fares(one)]
    if one.highest - one.lowest > CENT:
        said.append(ROOM)
    elif one.gain > CENT and one.stability == "stable":
        said.append(NO_ROOM)
    said.append(_transfer(one))
    if one.extra > CENT:
        said.append(EXTRA)
    if abs(one.paid_carbon) > CENT:
        said.append(CARBON)
    return tuple(said)


def fields_of(one: Participant) -> Mapping[str, Any]:
    """Figures for the sentences above; sizes, because the sentences say which way they go."""
    return {
        "agent": one.agent,
        "span": span_of(one.period, one.periods),
        "gain": max(one.gain, 0.0),
        "loss": max(-one.gain, 0.0),
        "share": abs(one.share),
        "alone": abs(one.alone),
        "least": max(one.alone - one.highest, 0.0),
        "most": max(one.alone - one.lowest, 0.0),
        "paid": abs(one.paid),
        "transfer": abs(one.transfer),
        "carbon": abs(one.paid_carbon),
        "extra": one.extra,
    }


def of_split(split: FairSplit) -> tuple[Any, ...]:
    """What is promised, what the shares add up to, and what the promise rests on."""
    said = [LABELS[split.stability.value], SUM if split.objective >= 0 else SUM_RECEIVED]
    if not split.stable:
        said.append(SITES if split.opened else INDIVISIBLE)
    if not split.ranged:
        said.append(UNRANGED)
    if split.carbon_price > 0:
        said.append(CARBON_COUNTED)
    return tuple(said)


def split_fields(split: FairSplit) -> Mapping[str, Any]:
    """Figures for the labels."""
    return {
        "objective": abs(split.objective),
        "unrest": split.unrest,
        "indivisible": split.indivisible,
        "carbon_price": split.carbon_price,
        "span": span_of(split.period, split.periods),
    }


def _fares(one: Participant) -> Any:
    paid = one.share > -CENT
    if one.standing == "loses":
        return WORSE
    if one.standing == "nothing":
        return NOTHING["pays" if paid else "receives"]
    if paid:
        return BETTER["pays"]
    if abs(one.alone) < CENT:
        return BETTER["starts"]
    return BETTER["turns" if one.alone > -CENT else "receives"]


def _transfer(one: Participant) -> Any:
    if abs(one.transfer) <= CENT:
        return NO_TRANSFER
    if one.paid > -CENT:
        return PAYS_OTHERS if one.transfer > 0 else GETS_FROM_OTHERS
    return EARNS_AND_PAYS if one.transfer > 0 else EARNS_AND_GETS
