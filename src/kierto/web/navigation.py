"""Where one can go from any page. A place whose app is not installed is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Destination:
    """One entry of a menu."""

    label: Any
    name: str
    icon: str


MAIN = (
    Destination(_("Home"), "web:home", "home"),
    Destination(_("Exchange"), "exchange:market", "loop"),
    Destination(_("Sharing"), "sharing:things", "borrow"),
    Destination(_("Repair"), "repair:home", "repair"),
    Destination(_("Plans"), "planning:runs", "plan"),
    Destination(_("Indicators"), "indicators:list", "chart"),
    Destination(_("Ledger"), "ledger:events", "ledger"),
    Destination(_("Catalogue"), "catalogue:kinds", "book"),
    Destination(_("Data"), "hub:data", "signal"),
)

ACCOUNT = (
    Destination(_("My page"), "parties:me", "person"),
    Destination(_("My loans"), "sharing:loans", "borrow"),
    Destination(_("Proposals"), "exchange:proposals", "mail"),
    Destination(_("Agreements"), "exchange:agreements", "check"),
    Destination(_("Notices"), "notices:notices", "bell"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A destination as seen from the page at hand."""

    label: Any
    href: str
    icon: str
    is_current: bool


def entries(destinations: tuple[Destination, ...], path: str, query: str = "") -> list[Entry]:
    """The destinations that exist, the one that holds ``path`` marked as current."""
    found = []
    for destination in destinations:
        try:
            address = reverse(destination.name)
        except NoReverseMatch:
            continue
        home = address == reverse("web:home")
        current = path == address if home else path.startswith(address)
        found.append(Entry(destination.label, address + query, destination.icon, current))
    return found
