"""Events in plain words: who gave whom what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from kierto.core.quantity import SYMBOLS, Unit
from kierto.ledger.hashing import amount_text
from kierto.ledger.models import Action, EconomicEvent

# One party, then two. %(thing)s is “120 kg of coffee grounds” or “3 × laptop”.
SENTENCES: dict[str, tuple[Any, Any]] = {
    Action.PRODUCE: (
        gettext_lazy("%(provider)s made %(thing)s."),
        gettext_lazy("%(provider)s made %(thing)s for %(receiver)s."),
    ),
    Action.CONSUME: (
        gettext_lazy("%(receiver)s used up %(thing)s."),
        gettext_lazy("%(receiver)s used up %(thing)s from %(provider)s."),
    ),
    Action.USE: (
        gettext_lazy("%(receiver)s used %(thing)s for %(hours)s."),
        gettext_lazy("%(receiver)s used %(thing)s of %(provider)s for %(hours)s."),
    ),
    Action.CITE: (
        gettext_lazy("%(receiver)s worked from %(thing)s."),
        gettext_lazy("%(receiver)s worked from %(thing)s by %(provider)s."),
    ),
    Action.WORK: (
        gettext_lazy("%(provider)s worked %(hours)s (%(kind)s)."),
        gettext_lazy("%(provider)s worked %(hours)s for %(receiver)s (%(kind)s)."),
    ),
    Action.DELIVER_SERVICE: (
        gettext_lazy("%(provider)s served itself: %(thing)s."),
        gettext_lazy("%(provider)s served %(receiver)s: %(thing)s."),
    ),
    Action.PICKUP: (
        gettext_lazy("%(receiver)s picked up %(thing)s."),
        gettext_lazy("%(receiver)s picked up %(thing)s from %(provider)s."),
    ),
    Action.DROPOFF: (
        gettext_lazy("%(provider)s dropped off %(thing)s."),
        gettext_lazy("%(provider)s dropped off %(thing)s at %(receiver)s."),
    ),
    Action.ACCEPT: (
        gettext_lazy("%(receiver)s took in %(thing)s."),
        gettext_lazy("%(receiver)s took in %(thing)s from %(provider)s."),
    ),
    Action.MODIFY: (
        gettext_lazy("%(provider)s finished work on %(thing)s."),
        gettext_lazy("%(provider)s gave %(thing)s back to %(receiver)s, changed."),
    ),
    Action.COMBINE: (
        gettext_lazy("%(provider)s packed %(thing)s together."),
        gettext_lazy("%(provider)s packed %(thing)s together for %(receiver)s."),
    ),
    Action.SEPARATE: (
        gettext_lazy("%(provider)s took %(thing)s apart again."),
        gettext_lazy("%(provider)s took %(thing)s apart again for %(receiver)s."),
    ),
    Action.TRANSFER_ALL_RIGHTS: (
        gettext_lazy("%(receiver)s became the owner of %(thing)s."),
        gettext_lazy("%(provider)s made %(receiver)s the owner of %(thing)s."),
    ),
    Action.TRANSFER_CUSTODY: (
        gettext_lazy("%(receiver)s keeps %(thing)s."),
        gettext_lazy("%(provider)s handed %(thing)s to %(receiver)s, and still owns it."),
    ),
    Action.TRANSFER: (
        gettext_lazy("%(provider)s gave %(thing)s."),
        gettext_lazy("%(provider)s gave %(receiver)s %(thing)s."),
    ),
    Action.MOVE: (
        gettext_lazy("%(provider)s moved %(thing)s."),
        gettext_lazy("%(provider)s sent %(thing)s on its way with %(receiver)s."),
    ),
    Action.COPY: (
        gettext_lazy("%(provider)s copied %(thing)s."),
        gettext_lazy("%(provider)s copied %(thing)s for %(receiver)s."),
    ),
    Action.RAISE: (
        gettext_lazy("At %(receiver)s, %(thing)s came in that was not counted before."),
        gettext_lazy("%(provider)s added %(thing)s to the stock of %(receiver)s."),
    ),
    Action.LOWER: (
        gettext_lazy("At %(provider)s, %(thing)s less was counted."),
        gettext_lazy("%(receiver)s counted %(thing)s less at %(provider)s."),
    ),
}


def sentence_of(event: EconomicEvent) -> str:
    """The event as one sentence in the reader's language."""
    alone, together = SENTENCES[event.action]
    sentence = alone if event.provider_id == event.receiver_id else together
    words = {
        "provider": apart(event.provider.name),
        "receiver": apart(event.receiver.name),
        "kind": apart(event.conforms_to.label),
        "thing": thing_of(event),
        "hours": quantity_text(event.effort_quantity, Unit.HOUR),
    }
    text = str(sentence) % words
    return _("Taken back: %(sentence)s") % {"sentence": text} if event.corrects_id else text


def apart(name: str) -> str:
    """A name that keeps its own direction inside a sentence of a right-to-left language."""
    return f"\u2068{name}\u2069" if get_language_bidi() else name


def thing_of(event: EconomicEvent) -> str:
    """“120 kg of coffee grounds” or “3 × laptop”."""
    unit, kind = Unit(event.conforms_to.unit), apart(event.conforms_to.label)
    if event.resource_quantity is None:
        return kind
    amount = quantity_text(event.resource_quantity, unit)
    if unit is Unit.ITEM:
        return f"{amount} {kind}"
    return _("%(amount)s of %(kind)s") % {"amount": amount, "kind": kind}


def quantity_text(value: Decimal | None, unit: str) -> str:
    """An amount without its sign, by locale, every digit that it has."""
    if value is None:
        return ""
    number = number_format(amount_text(abs(value)), use_l10n=True, force_grouping=True)
    return f"{number}\u00a0{SYMBOLS[Unit(unit)]}"
