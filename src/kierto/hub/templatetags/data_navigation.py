"""The second level of the menu, across all pages about data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

register = template.Library()


@dataclass(frozen=True, slots=True)
class _Place:
    """A page of the second level; ``holds``: how the names of the pages that belong to it begin."""

    label: Any
    name: str
    holds: tuple[str, ...] = ()
    signed_in: bool = False


PLACES = (
    _Place(_("Data sets"), "hub:data", ("hub:data_set", "hub:data_sets")),
    _Place(_("Map"), "hub:live_map"),
    _Place(_("Ask"), "hub:explorer", ("hub:entity",)),
    _Place(_("Devices"), "hub:devices", ("hub:device", "hub:alarm"), signed_in=True),
    _Place(_("Requests"), "hub:data_requests", ("hub:data_request",), signed_in=True),
    _Place(_("Who read what"), "hub:reads", ("hub:read",), signed_in=True),
    _Place(_("Interface"), "hub:interface", ("hub:interface_operation",)),
    _Place(_("Tokens"), "hub:tokens", ("hub:token",), signed_in=True),
)


@register.simple_tag(takes_context=True)
def data_places(context: Context) -> list[dict[str, Any]]:
    """The places that there are for this reader, the one of the page at hand marked."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    here = match.view_name if match is not None else ""
    found = []
    for place in PLACES:
        if place.signed_in and getattr(request, "agent", None) is None:
            continue
        try:
            href = reverse(place.name)
        except NoReverseMatch:
            continue
        current = here == place.name or here.startswith(place.holds)
        found.append(
            {"label": place.label, "href": href, "is_current": current, "name": place.name}
        )
    return found
