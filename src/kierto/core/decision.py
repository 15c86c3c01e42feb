"""A permission is a decision with a reason, so that a page can say why a button is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kierto.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may be done and, if not, a translated sentence that says why."""

    allowed: bool
    reason: Any = ""

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise :class:`~kierto.core.errors.NotAllowed` with the reason unless allowed."""
        if not self.allowed:
            raise NotAllowed(self.reason)


ALLOWED = Decision(True)


def refuse(reason: Any) -> Decision:
    """A decision against, with its reason."""
    return Decision(False, reason)


def first_refusal(*decisions: Decision) -> Decision:
    """The first refused decision, or ``ALLOWED`` when every one allows."""
    return next((decision for decision in decisions if not decision.allowed), ALLOWED)
