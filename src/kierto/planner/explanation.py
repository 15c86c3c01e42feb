"""What is said about one port of a plan: a sentence, a reason, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kierto.core.text import Sentence as _


class Match(StrEnum):
    """How much of a port circulates."""

    FULL = "full"
    PART = "part"
    NONE = "none"


class Reason(StrEnum):
    """Why some or all of a port does not circulate."""

    EMPTY = "empty"
    NO_PARTNER = "no_partner"
    QUALITY = "quality"
    LOT = "lot"
    EXCLUDED = "excluded"
    NO_ROUTE = "no_route"
    TOO_FAR = "too_far"
    DISTANCE = "distance"
    COST = "cost"
    CAPACITY = "capacity"
    SERVED = "served"
    IDLE = "idle"
    CLOSED = "closed"
    INPUT_MISSING = "input_missing"
    BLEND = "blend"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a port is matched, or is not.

    Attributes:
        port, side, kind, unit: which port; ``side`` is ``"source"`` or ``"sink"``.
        amount, moved, left: units a period: the turnover, what circulates, what falls back.
        partners: (port id, amount) of the other ends, largest first.
        reason: why something is left; ``None`` when nothing is.
        nearest: port id of the other end that the reason speaks of.
        km: road distance to it.
        break_even_km: up to this distance joining the two would pay.
        worth: EUR that one more unit a period at the bottleneck would save.
        shortfall: EUR per unit by which the best joining loses money.
        quality, miss: the limit or blend that is not met, and by how much (``None``: not stated,
            or a blend, which no source meets or misses alone).
        sentence, why: what happens and why; placeholders filled by ``fields``.
    """

    port: str
    side: str
    kind: str
    unit: str
    amount: float
    moved: float
    left: float
    match: Match
    partners: tuple[tuple[str, float], ...] = ()
    reason: Reason | None = None
    nearest: str | None = None
    km: float | None = None
    break_even_km: float | None = None
    worth: float | None = None
    shortfall: float | None = None
    quality: str | None = None
    miss: float | None = None
    sentence: Any = ""
    why: Any = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def text(self, number: Callable[[float], str] | None = None) -> str:
        """Both sentences in the reader's language; ``number`` writes its figures."""
        write = number or figure
        filled = {
            name: write(value) if isinstance(value, float) else value
            for name, value in self.fields.items()
        }
        said = [str(text) % filled for text in (self.sentence, self.why) if text]
        return " ".join(said)


def figure(value: float) -> str:
    """Three significant digits, whole numbers in full, thousands apart by a narrow blank."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}") if abs(value) < 1000 else round(value)
    if abs(rounded) < 0.001:
        return f"{rounded:.2g}"
    text = f"{rounded:,.6f}".rstrip("0").rstrip(".")
    return text.replace(",", "\u202f")


HAPPENS: Mapping[tuple[str, Match], Any] = {
    ("source", Match.FULL): _(
        "All %(amount)s %(unit)s of %(kind)s a %(period)s go to %(partners)s."
    ),
    ("source", Match.PART): _(
        "%(moved)s of %(amount)s %(unit)s of %(kind)s a %(period)s go to %(partners)s; "
        "%(left)s %(unit)s are left over."
    ),
    ("source", Match.NONE): _("%(amount)s %(unit)s of %(kind)s a %(period)s find no use."),
    ("sink", Match.FULL): _(
        "All %(amount)s %(unit)s of %(kind)s a %(period)s come from %(partners)s."
    ),
    ("sink", Match.PART): _(
        "%(moved)s of %(amount)s %(unit)s of %(kind)s a %(period)s come from %(partners)s; "
        "%(left)s %(unit)s are bought new."
    ),
    ("sink", Match.NONE): _("%(amount)s %(unit)s of %(kind)s a %(period)s are bought new."),
}

EMPTY = _("There is no amount to match.")
STANDS_STILL = _("%(name)s stands still in this plan.")
STAYS_CLOSED = _("The site of %(name)s stays closed: opening it saves less than it costs.")

WHY: Mapping[tuple[str, Reason], Any] = {
    ("source", Reason.NO_PARTNER): _("Nobody here takes %(kind)s."),
    ("sink", Reason.NO_PARTNER): _("Nobody here offers %(kind)s or a narrower kind."),
    ("source", Reason.LOT): _(
        "Nobody takes as much as the minimum lot of %(lot)s %(unit)s at once. "
        "A smaller lot would help."
    ),
    ("sink", Reason.LOT): _(
        "%(nearest)s gives away no less than %(lot)s %(unit)s at once, which is more than needed."
    ),
    ("source", Reason.EXCLUDED): _("The pair with %(nearest)s was declined."),
    ("sink", Reason.EXCLUDED): _("The pair with %(nearest)s was declined."),
    ("source", Reason.NO_ROUTE): _(
        "No distance to %(nearest)s is known. State a place for both, or the cost of the pair."
    ),
    ("sink", Reason.NO_ROUTE): _(
        "No distance to %(nearest)s is known. State a place for both, or the cost of the pair."
    ),
    ("source", Reason.TOO_FAR): _(
        "The nearest taker, %(nearest)s, is %(km)s km away, and %(kind)s is carried "
        "%(reach)s km at most."
    ),
    ("sink", Reason.TOO_FAR): _(
        "The nearest source, %(nearest)s, is %(km)s km away, beyond the reach of %(reach)s km."
    ),
    ("source", Reason.DISTANCE): _(
        "The nearest taker, %(nearest)s, is %(km)s km away; up to %(break_even)s km it would pay."
    ),
    ("sink", Reason.DISTANCE): _(
        "The nearest source, %(nearest)s, is %(km)s km away; up to %(break_even)s km it would pay."
    ),
    ("source", Reason.COST): _(
        "Bringing it to %(nearest)s would cost %(shortfall)s EUR per %(unit)s more than it saves, "
        "whatever the distance."
    ),
    ("sink", Reason.COST): _(
        "Fetching it from %(nearest)s would cost %(shortfall)s EUR per %(unit)s more than it "
        "saves, whatever the distance."
    ),
    ("source", Reason.CAPACITY): _(
        "%(nearest)s runs at its capacity. One more unit of it a %(period)s would be worth "
        "%(worth)s EUR."
    ),
    ("sink", Reason.CAPACITY): _(
        "%(nearest)s runs at its capacity. One more unit of it a %(period)s would be worth "
        "%(worth)s EUR."
    ),
    ("source", Reason.SERVED): _(
        "%(nearest)s already gets all it needs. One more %(unit)s needed there a %(period)s "
        "would be worth %(worth)s EUR."
    ),
    ("sink", Reason.SERVED): _(
        "What %(nearest)s has is already used. One more %(unit)s there a %(period)s would be "
        "worth %(worth)s EUR."
    ),
    ("source", Reason.IDLE): _(
        "%(nearest)s could take it, but running it would lose %(shortfall)s EUR per unit."
    ),
    ("sink", Reason.IDLE): _(
        "%(nearest)s could make it, but running it would lose %(shortfall)s EUR per unit."
    ),
    ("source", Reason.CLOSED): _(
        "%(nearest)s could take it, but this site stays closed: opening it saves less than it "
        "costs."
    ),
    ("sink", Reason.CLOSED): _(
        "%(nearest)s could make it, but this site stays closed: opening it saves less than it "
        "costs."
    ),
    ("source", Reason.BLEND): _("It would spoil the mix of %(nearest)s."),
    ("sink", Reason.BLEND): _("What %(nearest)s has would spoil the mix."),
    ("source", Reason.INPUT_MISSING): _(
        "%(nearest)s could take it, but also needs %(missing)s, which nobody here can give."
    ),
    ("sink", Reason.INPUT_MISSING): _(
        "%(nearest)s could make it, but needs %(missing)s, which nobody here can give."
    ),
}

LOT_REMAINDER: Mapping[str, Any] = {
    "source": _(
        "For what is left, nobody takes another minimum lot of %(lot)s %(unit)s. "
        "A smaller lot would help."
    ),
    "sink": _(
        "%(nearest)s gives away no less than %(lot)s %(unit)s at once, "
        "which does not suit what is still needed here and elsewhere."
    ),
}
TAKES_NO_MORE = _(
    "%(nearest)s takes no more: what it makes finds no better use, or another input is short."
)
SERVED_AMPLY: Mapping[str, Any] = {
    "source": _("%(nearest)s already gets all it needs, from nearer or cheaper sources."),
    "sink": _("What %(nearest)s has is already used, where it saves more."),
}

BLEND_HIGH: Mapping[str, Any] = {
    "source": _(
        "In the mix of %(nearest)s, “%(quality)s” would come out too high. "
        "Something lower to go with it would help."
    ),
    "sink": _(
        "What %(nearest)s has would bring “%(quality)s” too high in this mix. "
        "Something lower to go with it would help."
    ),
}
BLEND_LOW: Mapping[str, Any] = {
    "source": _(
        "In the mix of %(nearest)s, “%(quality)s” would come out too low. "
        "Something higher to go with it would help."
    ),
    "sink": _(
        "What %(nearest)s has would bring “%(quality)s” too low in this mix. "
        "Something higher to go with it would help."
    ),
}

QUALITY_UNSTATED = _(
    "%(nearest)s asks for “%(quality)s”, which the offer does not state. Stating it may help."
)
QUALITY_BELOW = _("For %(nearest)s, “%(quality)s” is too low by %(miss)s.")
QUALITY_ABOVE = _("For %(nearest)s, “%(quality)s” is too high by %(miss)s.")
