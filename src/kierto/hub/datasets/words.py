"""The words of the European catalogues in which data sets are described.

Sources: Publications Office of the European Union, authority tables "Data theme" and "Frequency"
(2024), https://op.europa.eu/en/web/eu-vocabularies.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

AUTHORITY: Final = "http://publications.europa.eu/resource/authority"

THEMES: Final[dict[str, Any]] = {
    "AGRI": _("Agriculture, fisheries, forestry and food"),
    "ECON": _("Economy and finance"),
    "EDUC": _("Education, culture and sport"),
    "ENER": _("Energy"),
    "ENVI": _("Environment"),
    "GOVE": _("Government and public sector"),
    "HEAL": _("Health"),
    "INTR": _("International issues"),
    "JUST": _("Justice, legal system and public safety"),
    "REGI": _("Regions and cities"),
    "SOCI": _("Population and society"),
    "TECH": _("Science and technology"),
    "TRAN": _("Transport"),
}

REFRESHED: Final[dict[str, Any]] = {
    "CONT": _("all the time"),
    "HOURLY": _("every hour"),
    "DAILY": _("every day"),
    "WEEKLY": _("every week"),
    "MONTHLY": _("every month"),
    "QUARTERLY": _("every three months"),
    "ANNUAL": _("every year"),
    "IRREG": _("when something changes"),
}

PROMISED: Final[dict[str, timedelta]] = {
    "CONT": timedelta(hours=1),
    "HOURLY": timedelta(hours=2),
    "DAILY": timedelta(hours=36),
    "WEEKLY": timedelta(days=9),
    "MONTHLY": timedelta(days=35),
    "QUARTERLY": timedelta(days=100),
    "ANNUAL": timedelta(days=380),
}
"""How old the last change may be before a data set is behind; some slack is in it. What changes
when something changes promises nothing."""
