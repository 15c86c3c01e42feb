"""What kinds of things, attributes and values are called on the map; unknown words stay as they are.

Names are those of Smart Data Models (smartdatamodels.org, 2025), which keeps these levels as
shares of one: https://github.com/smart-data-models/dataModel.WasteManagement (WasteContainer),
https://github.com/smart-data-models/dataModel.Streetlighting (Streetlight).
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from kierto.hub import vocabulary
from kierto.hub.entity_rows import plain_text
from kierto.hub.sensors import wording
from kierto.hub.sensors.kinds import KINDS

ATTRIBUTES: Final[dict[str, Any]] = {
    "fillingLevel": gettext_lazy("filled"),
    "powerState": gettext_lazy("lamp"),
    "illuminanceLevel": gettext_lazy("brightness"),
    "powerConsumption": gettext_lazy("power"),
    "temperature": gettext_lazy("temperature"),
    "relativeHumidity": gettext_lazy("humidity"),
    "co2": gettext_lazy("carbon dioxide"),
    "LAeq": gettext_lazy("noise"),
}
"""In the order in which they are shown; what is not here comes after them."""

_LAST: Final[dict[str, Any]] = {
    "batteryLevel": gettext_lazy("battery"),
    "status": gettext_lazy("condition"),
}

WORDS: Final[dict[str, Any]] = {
    "on": gettext_lazy("on"),
    "off": gettext_lazy("off"),
    "low": gettext_lazy("dimmed"),
    "ok": gettext_lazy("in order"),
}
_KINDS: Final = {kind.name: kind.label for kind in KINDS}
_LABELS: Final = ATTRIBUTES | _LAST
_ORDER: Final = {name: place for place, name in enumerate(ATTRIBUTES)}
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def term_of(iri: str) -> str:
    """The short name of a type or an attribute."""
    return vocabulary.context().compact(iri)


def iri_of(term: str) -> str:
    """The attribute that a short name or an IRI means."""
    return vocabulary.context().expand(term)


def type_iri(term: str) -> str:
    """The type that a short name or an IRI means."""
    return vocabulary.context().expand_type_name(term)


def kind_text(iri: str) -> str:
    """What people call such a thing."""
    term = term_of(iri)
    return str(capfirst(_KINDS[term] if term in _KINDS else _spelled(term)))


def attribute_text(iri: str) -> str:
    """What people call what is measured."""
    term = term_of(iri)
    return str(_LABELS[term] if term in _LABELS else _spelled(term))


def rank_of(iri: str) -> tuple[int, str]:
    """Sorts attributes: what matters most first, then by name."""
    term = term_of(iri)
    return _ORDER.get(term, len(_ORDER)) + (term in _LAST), term


def value_text(iri: str, value: Any, unit: str) -> str:
    """A value with its unit, by locale; words that are known in the reader's language."""
    if isinstance(value, str) and value in WORDS:
        return str(WORDS[value])
    if isinstance(value, (bool, int, float, str)):
        return wording.value_text(term_of(iri), value, unit)
    return plain_text({"value": value})


def _spelled(term: str) -> str:
    """``averageVehicleSpeed`` as words; of a whole address the last part."""
    end = re.split(r"[/#:]", term.rstrip("/#:"))[-1] or term
    return _HUMP.sub(" ", end) if end.isidentifier() else end
