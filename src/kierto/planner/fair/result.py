"""What a fair split says: of every participant what it pays alone, here, and between which bounds.

All money is *generalised*, as in the plan's objective: euros plus carbon price times kg CO2e, for
the whole plan (one period, or all of them where periods are planned together). Amounts to pay are
positive, what somebody receives is negative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kierto.planner.explanation import figure
from kierto.planner.fair import words
from kierto.planner.plain import Timed


class Standing(StrEnum):
    """How somebody fares, compared with being alone."""

    GAINS = "gains"
    NOTHING = "nothing"
    LOSES = "loses"
    """Only where a plan costs more than all its participants alone: it is not worth its sites."""


class Stability(StrEnum):
    """What is promised of the split as a whole."""

    STABLE = "stable"
    """No group of participants pays less by itself."""
    NEARLY = "nearly"
    """Some group may save by leaving, but no group more than ``FairSplit.unrest``."""


@dataclass(frozen=True, slots=True)
class PortPrice:
    """What a participant is charged for one port.

    Attributes:
        port, side, kind, unit: which port; ``side`` is ``"source"`` or ``"sink"``.
        amount: units it gives or takes in the plan.
        price: EUR (with carbon) it is charged per unit: at a source for handing a unit over, where
            a negative price is earned; at a sink for getting one.
        lowest, highest: the range of the price over all stable prices known; a port that gives or
            takes nothing has no lowest price (``None``), and its price is the highest it could be.
        fallback: what a unit costs without the others (disposal, buying new); ``None`` if it
            cannot be bought.
    """

    port: str
    side: str
    kind: str
    unit: str
    amount: float
    price: float
    lowest: float | None
    highest: float | None
    fallback: float | None


@dataclass(frozen=True, slots=True)
class CapacityRent:
    """What a processor earns because its capacity (or its least level) binds.

    Attributes:
        processor: its id.
        level: at which it runs.
        rent: EUR it earns in all; negative where a least level makes it run at a loss.
        lowest, highest: the range of the rent over all stable prices known.
    """

    processor: str
    level: float
    rent: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Participant:
    """One agent's account, summed over all its offers, needs, processors and stores.

    Attributes:
        agent: who.
        alone: what it pays with its own resources only (its own small plan where it has several).
        share: what it pays in this plan; negative if it is paid.
        gain: alone − share.
        lowest, highest: its least and its greatest share over all stable prices known. Every share
            between them belongs to a split that is as stable as this one.
        extra: part of the share that no price explains: opening costs of sites and what minimum
            lots cost (see :class:`FairSplit`); 0 in a linear plan, but for rounding.
        paid: what it pays to third parties anyway: disposal of its own, buying new for itself,
            carrying what it receives, running (and opening) its processors.
        paid_carbon: part of ``paid`` that is carbon at its price, and no cash.
        transfer: share − paid: what it pays to (negative: gets from) the other participants. The
            transfers of all add up to zero.
        alone_carbon: part of ``alone`` that is carbon at its price.
        standing: whether it gains.
        ports, rents: what the share is made of: Σ price · amount − Σ rent + extra.
        period: the label of the period; ``periods``: how many of them the money covers.
    """

    agent: str
    alone: float
    share: float
    gain: float
    lowest: float
    highest: float
    extra: float
    paid: float
    paid_carbon: float
    transfer: float
    alone_carbon: float
    standing: Standing
    ports: tuple[PortPrice, ...] = ()
    rents: tuple[CapacityRent, ...] = ()
    period: str = "week"
    periods: int = 1
    stability: Stability = Stability.STABLE

    @property
    def gains_nothing(self) -> bool:
        """It could as well stay alone."""
        return self.standing is not Standing.GAINS

    @property
    def cash(self) -> float:
        """Euros that leave its account in this plan: to third parties and to the others."""
        return self.share - self.paid_carbon

    @property
    def cash_gain(self) -> float:
        """Euros in cash it saves compared with being alone. Where carbon has a price, this can be
        less than ``gain``, even negative: the rest of the gain is carbon avoided."""
        return (self.alone - self.alone_carbon) - self.cash

    @property
    def sentences(self) -> tuple[Any, ...]:
        """Sentences for people, in order; placeholders filled by ``fields``."""
        return words.of_participant(self)

    @property
    def sentence(self) -> Any:
        """The first sentence: how it fares."""
        return self.sentences[0]

    @property
    def fields(self) -> Mapping[str, Any]:
        """What fills the sentences; figures as floats, not yet written."""
        return words.fields_of(self)

    def text(self, number: Callable[[float], str] | None = None, *, name: str | None = None) -> str:
        """All sentences in the reader's language; ``name`` is what to call the agent."""
        fields = {**self.fields, **({} if name is None else {"agent": name})}
        return _spoken(self.sentences, fields, number)


@dataclass(frozen=True, slots=True)
class FairSplit(Timed):
    """Who should pay what, so that no group does better alone.

    Attributes:
        problem_digest: of the problem that was planned.
        objective: what the plan costs (EUR with carbon); the shares add up to it.
        participants: sorted by agent.
        stability: what is promised.
        unrest: EUR; no group of participants can save more than this by leaving. 0 when stable.
        indivisible: EUR in ``objective`` that no prices explain: opening costs of sites that are
            not full, minimum lots, or a plan that is not proven optimal. They are shared by gain.
        rounding: EUR that was added to or taken from shares so that they add up to the last digit.
        ranged: whether ``lowest`` and ``highest`` were searched; where not, both are the share.
        opened: ids of the sites that open, whose opening costs are in the shares.
        carbon_price, period, periods: as in the problem.
        seconds: how long it took; no part of equality.
    """

    problem_digest: str
    objective: float
    participants: tuple[Participant, ...]
    stability: Stability
    unrest: float
    indivisible: float
    rounding: float
    ranged: bool = True
    opened: tuple[str, ...] = ()
    carbon_price: float = 0.0
    period: str = "week"
    periods: int = 1
    seconds: float = field(default=0.0, compare=False)

    @property
    def stable(self) -> bool:
        """No group of participants pays less by itself (but for rounding)."""
        return self.stability is Stability.STABLE

    @property
    def alone(self) -> float:
        """What all pay together if everybody stays alone."""
        return sum(each.alone for each in self.participants)

    @property
    def gain(self) -> float:
        """What the plan saves all together, compared with everybody alone."""
        return sum(each.gain for each in self.participants)

    @property
    def labels(self) -> tuple[Any, ...]:
        """What is promised of the split, as sentences; placeholders filled by ``fields``."""
        return words.of_split(self)

    @property
    def fields(self) -> Mapping[str, Any]:
        """What fills the labels."""
        return words.split_fields(self)

    def label(self, number: Callable[[float], str] | None = None) -> str:
        """All labels in the reader's language."""
        return _spoken(self.labels, self.fields, number)

    def of(self, agent: str) -> Participant:
        """One participant.

        Raises:
            KeyError: nobody of that name takes part.
        """
        for each in self.participants:
            if each.agent == agent:
                return each
        raise KeyError(agent)


def _spoken(
    sentences: tuple[Any, ...],
    fields: Mapping[str, Any],
    number: Callable[[float], str] | None,
) -> str:
    write = number or figure
    filled = {
        name: write(value) if isinstance(value, float) else str(value)
        for name, value in fields.items()
    }
    return " ".join(str(sentence) % filled for sentence in sentences)
