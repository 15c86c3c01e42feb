"""Under which terms data are given.

Sources: SPDX License List (Linux Foundation, 3.25, 2024) for keys and names; Creative Commons and
Open Knowledge Foundation for addresses and terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Licence:
    """Terms of use.

    Attributes:
        key: SPDX identifier, or a ``LicenseRef-`` of our own.
        name: as it is called everywhere; names of licences are not translated.
        url: where it stands; empty where the terms are agreed with each who asks.
        terms: what it asks, in one plain sentence.
        is_open: anybody may use, change and pass on the data for any purpose.
    """

    key: str
    name: Any
    url: str
    terms: Any
    is_open: bool = True


_CC = "https://creativecommons.org"
_ODC = "https://opendatacommons.org/licenses"
_FREE = _("Use it for anything. Nothing has to be said.")
_NAMED = _("Use it for anything. Say where it comes from.")
_ALIKE = _("Use it for anything. Say where it comes from, and give what you make of it alike.")

BY_AGREEMENT: Final = "LicenseRef-by-agreement"

_KNOWN = (
    Licence("CC0-1.0", "CC0 1.0", f"{_CC}/publicdomain/zero/1.0/", _FREE),
    Licence("CC-BY-4.0", "CC BY 4.0", f"{_CC}/licenses/by/4.0/", _NAMED),
    Licence("CC-BY-SA-4.0", "CC BY-SA 4.0", f"{_CC}/licenses/by-sa/4.0/", _ALIKE),
    Licence("PDDL-1.0", "ODC PDDL 1.0", f"{_ODC}/pddl/1-0/", _FREE),
    Licence("ODC-By-1.0", "ODC-By 1.0", f"{_ODC}/by/1-0/", _NAMED),
    Licence("ODbL-1.0", "ODbL 1.0", f"{_ODC}/odbl/1-0/", _ALIKE),
    Licence(
        BY_AGREEMENT,
        _("By agreement"),
        "",
        _("Use it for what was agreed when access was given, and for nothing else."),
        is_open=False,
    ),
)

LICENCES: Final[dict[str, Licence]] = {licence.key: licence for licence in _KNOWN}
