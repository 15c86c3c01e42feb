"""How many new things a loan or a repair stands for: published, or as the district itself says.

Borrowers and owners are asked once what they would have done otherwise. Who would have bought a
new thing counts 1, everybody else 0 (bought second-hand, rented, borrowed elsewhere, repaired
elsewhere, done without); “I do not know” and skipped questions are left out. Where at least
:data:`ENOUGH` answers stand for an activity and a family of kinds (all below one root of the
catalogue), their share replaces the published value, with the Wilson interval as its range.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kierto.catalogue.models import Displacement
from kierto.catalogue.queries import displacement_of
from kierto.indicators.kinds import KindTree
from kierto.indicators.scope import Scope
from kierto.repair.models import Answer as RepairAnswer
from kierto.repair.states import Alternative as RepairAlternative
from kierto.sharing.models import Answer as LoanAnswer
from kierto.sharing.states import Alternative as LoanAlternative

ENOUGH = 30
"""So few answers say little, and more than so few say nothing of a single person."""

Z = 1.96
"""For 95 % of a normal distribution on both sides."""

LOAN = Displacement.Activity.LOAN
REPAIR = Displacement.Activity.REPAIR


@dataclass(frozen=True, slots=True)
class Replaced:
    """New things replaced, for each loan or repair. ``answers`` is 0 for a published value."""

    activity: str
    family: int
    value: float
    low: float
    high: float
    answers: int = 0
    published: Displacement | None = None


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The range of a share of a sample, at 95 %.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 1927.
    """
    if whole <= 0:
        return 0.0, 1.0
    share, extra = part / whole, Z * Z / whole
    middle = share + extra / 2
    reach = Z * math.sqrt(share * (1 - share) / whole + extra / (4 * whole))
    return (
        min(max(0.0, (middle - reach) / (1 + extra)), share),
        max(min(1.0, (middle + reach) / (1 + extra)), share),
    )


class DisplacementBook:
    """Looks displacements up and remembers which were used."""

    def __init__(self, scope: Scope, kinds: KindTree) -> None:
        self._scope, self._kinds = scope, kinds
        self._found: dict[tuple[int, str], Replaced | None] = {}
        self.used: dict[tuple[str, int, str], Replaced] = {}

    def of(self, kind: int, activity: str) -> Replaced | None:
        """That of a kind; None where nobody published one and too few answered."""
        key = (kind, activity)
        if key not in self._found:
            self._found[key] = self._own(kind, activity) or self._published(kind, activity)
        found = self._found[key]
        if found is not None:
            code = found.published.code if found.published else ""
            self.used[activity, 0 if code else found.family, code] = found
        return found

    def _own(self, kind: int, activity: str) -> Replaced | None:
        family = self._kinds.root(kind)
        new = self._answers[activity, family, True]
        answers = new + self._answers[activity, family, False]
        if answers < ENOUGH:
            return None
        return Replaced(activity, family, new / answers, *wilson(new, answers), answers=answers)

    def _published(self, kind: int, activity: str) -> Replaced | None:
        found = displacement_of(self._kinds.by_id[kind], activity, among=self._known)
        if found is None:
            return None
        family = self._kinds.root(kind)
        return Replaced(activity, family, found.value, found.low, found.high, published=found)

    @cached_property
    def _known(self) -> list[Displacement]:
        return list(Displacement.objects.select_related("kind"))

    @cached_property
    def _answers(self) -> Counter[tuple[str, int, bool]]:
        """Answers by activity, family, and whether a new thing would have been bought."""
        return Counter([*self._of_loans(), *self._of_repairs()])

    def _of_loans(self) -> Iterator[tuple[str, int, bool]]:
        """An answer is about its booking: it counts once for each family that was booked."""
        answers = LoanAnswer.objects.filter(is_skipped=False, answered_at__lt=self._scope.end)
        answers = answers.exclude(alternative=LoanAlternative.UNSURE)
        if self._scope.district is not None:
            answers = answers.filter(booking__collection__place__district=self._scope.district)
        rows = answers.values_list("pk", "alternative", "booking__lines__thing__kind")
        families = {
            (pk, alternative, self._kinds.root(kind)) for pk, alternative, kind in rows if kind
        }
        for _pk, alternative, family in families:
            yield LOAN.value, family, alternative == LoanAlternative.NEW

    def _of_repairs(self) -> Iterator[tuple[str, int, bool]]:
        answers = RepairAnswer.objects.filter(is_skipped=False, answered_at__lt=self._scope.end)
        answers = answers.exclude(alternative=RepairAlternative.UNSURE)
        if self._scope.district is not None:
            answers = answers.filter(ticket__workshop__place__district=self._scope.district)
        for alternative, kind in answers.values_list("alternative", "ticket__category__kind"):
            yield REPAIR.value, self._kinds.root(kind), alternative == RepairAlternative.NEW
