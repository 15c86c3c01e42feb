"""State machines as data: one literal table per object, one function that judges it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _


@dataclass(frozen=True, slots=True)
class Transition:
    """A legal step: its verb on the button and who may take it.

    ``by`` holds role names whose meaning the app's permissions give (``"owner"``,
    ``"operator"``, ``"system"`` …).
    """

    label: Any
    by: frozenset[str]


def step(label: Any, *by: str) -> Transition:
    """Shorthand for writing tables: ``("draft", "open"): step(_("Publish"), "owner")``."""
    return Transition(label, frozenset(by))


Table = Mapping[tuple[str, str], Transition]


class IllegalTransition(DomainError):
    """The object cannot go from its state to the wanted one."""

    code = "illegal_transition"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "This is “%(current)s” and cannot become “%(wanted)s”. Reload the page to see it as it is now."
    )


class TransitionNotYours(DomainError):
    """The step is legal, but not for this person."""

    code = "transition_not_yours"
    status = HTTPStatus.FORBIDDEN
    sentence = _("Only %(allowed)s can do this. Ask them, or sign in with another account.")


ROLES: Mapping[str, Any] = {
    "owner": _("its owner"),
    "party": _("one of its parties"),
    "other_party": _("the other party"),
    "recorder": _("whoever recorded it"),
    "operator": _("the operator of the district"),
    "system": _("this node itself"),
}
"""What people call the roles of the tables; a role that is not here is shown by its name."""


@dataclass(frozen=True, slots=True)
class _Holders:
    """Roles as a list in the reader's language."""

    roles: frozenset[str]

    def __str__(self) -> str:
        return ", ".join(str(ROLES.get(role, role)) for role in sorted(self.roles))


def move(table: Table, current: str, wanted: str, roles: Iterable[str]) -> str:
    """Judge one step and return the new state.

    Raises:
        IllegalTransition: the table has no such step.
        TransitionNotYours: it has, but none of ``roles`` may take it.
    """
    transition = table.get((current, wanted))
    if transition is None:
        raise IllegalTransition(current=current, wanted=wanted)
    if transition.by.isdisjoint(roles):
        raise TransitionNotYours(allowed=_Holders(transition.by))
    return wanted


def steps_from(table: Table, current: str, roles: Iterable[str]) -> dict[str, Transition]:
    """The steps that these roles may take now, by target state, in table order."""
    held = frozenset(roles)
    return {
        target: transition
        for (source, target), transition in table.items()
        if source == current and not transition.by.isdisjoint(held)
    }
