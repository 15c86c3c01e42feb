"""Light or dark: as the reader's device says, unless they chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

COOKIE = "kierto_appearance"
COOKIE_SECONDS = 365 * 24 * 3600

APPEARANCES: dict[str, Any] = {
    "auto": _("Like my device"),
    "light": _("Light"),
    "dark": _("Dark"),
}


def appearance_of(request: HttpRequest) -> str:
    """What the reader chose; anything unknown counts as no choice."""
    chosen = request.COOKIES.get(COOKIE, "auto")
    return chosen if chosen in APPEARANCES else "auto"
