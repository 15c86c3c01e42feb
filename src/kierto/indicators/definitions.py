"""What each indicator means: the one place where definition, formula and source stand.

The pages show these texts, and ``docs/reference/indicators.md`` is tested to agree with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kierto.indicators import collecting
from kierto.indicators.dataset import Dataset
from kierto.indicators.figures import Part, Terms
from kierto.indicators.formulas import (
    Estimate,
    circular_use_rate,
    material_circularity,
    share,
)
from kierto.ledger.models import EconomicEvent

SIDE_STREAMS = "side_streams"
SHARING = "sharing"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator.

    ``unit`` is ``kg``, ``kgCO2e``, ``EUR`` or ``share`` (a number from 0 to 1 shown as percent)
    or ``index`` (shown as it is). ``collect`` gives the parts, ``finish`` makes the value of
    their sums, ``events`` narrows those of ``base`` to the events behind the number; their
    action is ``action``. ``part`` says of what it tells; parts are never added up.
    """

    slug: str
    name: Any
    definition: Any
    formula: Any
    source: str
    unit: str
    collect: Callable[[Dataset], Iterator[Part]]
    finish: Callable[[Terms], Estimate]
    uses_wishes: bool = False
    events: Callable[[QuerySet[EconomicEvent]], QuerySet[EconomicEvent]] = lambda events: events
    base: Callable[[Dataset], QuerySet[EconomicEvent]] = lambda data: data.events
    action: str = "transfer"
    part: str = SIDE_STREAMS


def _mass(terms: Terms) -> Estimate:
    return Estimate.exact(terms["mass"])


def _closure(terms: Terms) -> Estimate:
    return Estimate.exact(share(terms["met"], terms["needed"]))


def _carbon_closure(terms: Terms) -> Estimate:
    low = share(terms["met_low"], terms["needed_low"])
    high = share(terms["met_high"], terms["needed_high"])
    return Estimate.spread(share(terms["met"], terms["needed"]), low, high)


def _circular_use(terms: Terms) -> Estimate:
    return Estimate.exact(circular_use_rate(terms["circulated"], terms["new"]))


def _circularity(terms: Terms) -> Estimate:
    return Estimate.exact(
        material_circularity(
            terms["circulated"] + terms["new"],
            terms["new"],
            terms["unrecovered"],
            feedstock_loss=terms["lost"],
        )
    )


def _avoided(terms: Terms) -> Estimate:
    saved = terms["disposal"] + terms["production"]
    value = saved - terms["transport"] - terms["processing"]
    return Estimate.spread(value, terms["low"], terms["high"])


def _saved(terms: Terms) -> Estimate:
    saved = terms["disposal"] + terms["purchase"]
    return Estimate.exact(saved - terms["transport"] - terms["processing"])


def _kept(terms: Terms) -> Estimate:
    return Estimate.exact(share(terms["kept"], terms["promises"]))


def _reality(terms: Terms) -> Estimate:
    return Estimate.exact(share(terms["delivered"], terms["planned"]))


def _keeping_promises(events: QuerySet[EconomicEvent]) -> QuerySet[EconomicEvent]:
    return events.filter(fulfills__isnull=False).distinct()


def _as_proposed(events: QuerySet[EconomicEvent]) -> QuerySet[EconomicEvent]:
    return events.filter(realization_of__proposal__isnull=False)


OWN = "Kierto"

DEFINITIONS = (
    Indicator(
        slug="mass-circulated",
        name=_("Mass circulated"),
        definition=_(
            "Kilograms that passed from one participant to another for use or processing. What is "
            "delivered to a processor and again as its product counts at each delivery. Water, "
            "and kinds without mass such as electricity, are left out, as in Eurostat’s material "
            "flow accounts."
        ),
        formula=_("sum over deliveries of amount × mass of one unit"),
        source=OWN,
        unit="kg",
        collect=collecting.mass_circulated,
        finish=_mass,
    ),
    Indicator(
        slug="local-closure-mass",
        name=_("Local closure by mass"),
        definition=_(
            "Share of the posted needs, by mass, that was met with side streams from the same "
            "district. A need counts for the days on which it was open; a surplus in one month "
            "covers later months, but never more than was needed. Water and kinds without mass "
            "are left out."
        ),
        formula=_("met from the district ÷ needed"),
        source=OWN,
        unit="share",
        collect=collecting.closure_by_mass,
        finish=_closure,
        uses_wishes=True,
    ),
    Indicator(
        slug="local-closure-carbon",
        name=_("Local closure by carbon"),
        definition=_(
            "The same share, with each need weighed by the emissions of making it new. A low "
            "number beside a high share by mass says that the heavy needs are met and the "
            "carbon-heavy ones are not. Water and energy count here. The range follows from the "
            "range of the factors."
        ),
        formula=_(
            "sum of met × emissions of making one unit new "
            "÷ sum of needed × emissions of making one unit new"
        ),
        source=OWN,
        unit="share",
        collect=collecting.closure_by_carbon,
        finish=_carbon_closure,
        uses_wishes=True,
    ),
    Indicator(
        slug="circular-material-use",
        name=_("Circular material use rate"),
        definition=_(
            "Share of side streams in all material that came into use: U is the mass that "
            "participants received for use, M the part of their needs that was not met and is "
            "taken as bought new. Water is left out, as in Eurostat’s own accounts."
        ),
        formula=_("U ÷ (M + U)"),
        source="Eurostat, Circular material use rate: calculation method, 2018",
        unit="share",
        collect=collecting.circular_use,
        finish=_circular_use,
        uses_wishes=True,
    ),
    Indicator(
        slug="material-circularity",
        name=_("Material circularity indicator"),
        definition=_(
            "From 0 (all from new material, all to waste) to 1 (nothing new, nothing wasted). The "
            "indicator was made for products; here the scope is taken as one product: M is all "
            "material that came into use, V the part bought new, W0 what was offered and not "
            "taken, Wf what was lost in processing. Wc is taken as 0 and the utility X as 1, "
            "because nobody records them yet; LFI is cut at 1."
        ),
        formula=_(
            "W = W0 + (Wf + Wc) ÷ 2; LFI = (V + W) ÷ (2M + (Wf − Wc) ÷ 2); "
            "MCI = max(0, 1 − LFI × 0.9 ÷ X)"
        ),
        source=(
            "Ellen MacArthur Foundation and Granta Design, Circularity Indicators: An Approach to "
            "Measuring Circularity. Methodology, 2019"
        ),
        unit="index",
        collect=collecting.material_flows,
        finish=_circularity,
        uses_wishes=True,
    ),
    Indicator(
        slug="avoided-emissions",
        name=_("Avoided emissions"),
        definition=_(
            "What would have been emitted by disposing of the side streams and making their "
            "replacements new, less what transport and processing emitted. It assumes that each "
            "delivery replaced new material in full. The range takes every factor at the low and "
            "at the high end at once. Deliveries without a known distance count no transport."
        ),
        formula=_(
            "sum of amount × (emissions of disposal + emissions of making new) "
            "− sum of tonnes × kilometres × emissions of carrying − sum of levels × emissions of "
            "processing"
        ),
        source=OWN,
        unit="kgCO2e",
        collect=collecting.avoided_emissions,
        finish=_avoided,
    ),
    Indicator(
        slug="money-saved",
        name=_("Money saved"),
        definition=_(
            "What disposing of the side streams and buying their replacements would have cost, "
            "less what transport and processing cost. The parties’ own prices count where they "
            "stated them, else those of the catalogue. How the parties share the saving is not "
            "part of it."
        ),
        formula=_(
            "sum of amount × (price of disposal + price of buying new) "
            "− sum of tonnes × (kilometres × rate + loading) − sum of levels × cost of processing"
        ),
        source=OWN,
        unit="EUR",
        collect=collecting.money_saved,
        finish=_saved,
    ),
    Indicator(
        slug="promises-kept",
        name=_("Promises kept"),
        definition=_(
            "Of the promises that fell due, the share that was delivered, each promise counting "
            "the same. What was delivered beyond a promise does not make up for another; "
            "cancelled promises are left out."
        ),
        formula=_("sum of delivered ÷ promised, divided by the number of promises"),
        source=OWN,
        unit="share",
        collect=collecting.promises_kept,
        finish=_kept,
        uses_wishes=True,
        events=_keeping_promises,
    ),
    Indicator(
        slug="plan-against-reality",
        name=_("Plan against reality"),
        definition=_(
            "Of the mass that proposed flows, of plans and between parties, would have moved in "
            "the days of the period, the share that was delivered under the agreements that came "
            "of them. Declined proposals count as planned, withdrawn ones do not."
        ),
        formula=_("delivered ÷ planned"),
        source=OWN,
        unit="share",
        collect=collecting.plan_and_reality,
        finish=_reality,
        uses_wishes=True,
        events=_as_proposed,
    ),
)
