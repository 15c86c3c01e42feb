"""May this borrower have these things then, and if not, why not? One engine for web, desk,
programs and approval alike.

:func:`judge` gives every refusal, not only the first, so that nobody has to find them one by one.
"""

from __future__ import annotations

from kierto.sharing.rules.judging import judge
from kierto.sharing.rules.wishes import Verdict, Wish, terms_by_thing, terms_of

__all__ = ["Verdict", "Wish", "judge", "terms_by_thing", "terms_of"]
