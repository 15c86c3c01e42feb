"""What people agree to, word for word. A changed text gets a new version; consent does not carry over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Consent


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The words of one purpose, in the version that is asked for now."""

    purpose: Consent.Purpose
    version: str
    title: Any
    words: Any
    needed: bool = False
    """Whether an account cannot exist without it; it ends by erasing the account."""


TEXTS: dict[str, ConsentText] = {
    text.purpose.value: text
    for text in (
        ConsentText(
            Consent.Purpose.TERMS,
            "2026-11",
            _("Terms of use"),
            _(
                "I use this platform to share, find and plan the reuse of things and materials. "
                "What I enter is true as far as I know. What my organisation delivers is written "
                "into a ledger that cannot be changed afterwards; it names me by a number only. "
                "I can read, download and erase my own data on my page at any time."
            ),
            needed=True,
        ),
        ConsentText(
            Consent.Purpose.SHOW_NAME,
            "2026-11",
            _("Show my name"),
            _(
                "My name may stand beside what I do here, where everybody can read it. "
                "Without this, others read “A resident”; only people of my own organisations "
                "and the administrators of the node see my name."
            ),
        ),
        ConsentText(
            Consent.Purpose.RESEARCH,
            "2026-11",
            _("Research"),
            _(
                "Researchers may use what I do here, without my name, address or e-mail, to "
                "learn how districts reuse things. I can end this at any time for the future."
            ),
        ),
    )
}
