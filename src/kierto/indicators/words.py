"""Names of the terms that formulas add up, for the page that shows how a number is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

TERMS: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "mass-circulated": {"mass": (_("Handed over"), "kg")},
    "local-closure-mass": {
        "met": (_("Met from the district"), "kg"),
        "needed": (_("Needed"), "kg"),
    },
    "local-closure-carbon": {
        "met": (_("Emissions of making new what was met from the district"), "kgCO2e"),
        "needed": (_("Emissions of making new all that was needed"), "kgCO2e"),
    },
    "circular-material-use": {
        "circulated": (_("Side streams that came into use (U)"), "kg"),
        "new": (_("Needs not met, taken as bought new (M)"), "kg"),
    },
    "material-circularity": {
        "circulated": (_("Side streams that came into use"), "kg"),
        "new": (_("Bought new (V)"), "kg"),
        "unrecovered": (_("Offered and not taken (W0)"), "kg"),
        "lost": (_("Lost in processing (Wf)"), "kg"),
    },
    "avoided-emissions": {
        "disposal": (_("Disposal that was not needed"), "kgCO2e"),
        "production": (_("New material that was not made"), "kgCO2e"),
        "transport": (_("Less: transport"), "kgCO2e"),
        "processing": (_("Less: processing"), "kgCO2e"),
        "no_distance": (_("Deliveries without a known distance"), ""),
    },
    "money-saved": {
        "disposal": (_("Disposal that was not paid"), "EUR"),
        "purchase": (_("New material that was not bought"), "EUR"),
        "transport": (_("Less: transport and loading"), "EUR"),
        "processing": (_("Less: processing"), "EUR"),
        "no_distance": (_("Deliveries without a known distance"), ""),
    },
    "promises-kept": {
        "kept": (_("Sum of the shares kept"), ""),
        "promises": (_("Promises that fell due"), ""),
    },
    "plan-against-reality": {
        "delivered": (_("Delivered"), "kg"),
        "planned": (_("Planned"), "kg"),
    },
    "loans": {
        "things": (_("Things handed out"), ""),
        "rooms": (_("Uses of rooms"), ""),
    },
    "people-served": {},
    "use-rate": {
        "used": (_("Days on which things were out"), "day"),
        "there": (_("Days on which they were there"), "day"),
    },
    "repairs": {
        "tried": (_("Attempted"), ""),
        "known": (_("With a known outcome"), ""),
        "fixed": (_("Fixed"), ""),
    },
    "fixed-share": {
        "fixed": (_("Fixed"), ""),
        "known": (_("Attempts with a known outcome"), ""),
        "tried": (_("Attempts in all"), ""),
    },
    "avoided-purchases": {
        "lent": (_("By what was lent"), ""),
        "fixed": (_("By what was fixed"), ""),
    },
    "mass-kept-in-use": {
        "lent": (_("By what was lent"), "kg"),
        "fixed": (_("By what was fixed"), "kg"),
    },
    "emissions-avoided-by-sharing": {
        "lent": (_("New things that were not made"), "kgCO2e"),
    },
    "emissions-avoided-by-repair": {
        "fixed": (_("New things that were not made"), "kgCO2e"),
    },
}
"""By indicator and term: its name on the screen and its unit."""
