"""Which members of an entity are wanted (``pick``, ``omit``; clause 4.21)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

Projection: TypeAlias = "dict[str, Projection | None]"
"""Members: IRIs of attributes, or ``id``, ``type``, ``scope`` and the times as they are called;
each with the projection of the linked entity, or None where nothing is said about it."""


def parse_pick(text: str | Iterable[str], context: Context) -> Projection:
    """Read ``id,locatedAt{name,isIn{id}}``, or a list of such texts (a body by POST).

    Raises:
        BadRequestData: it is empty or no projection.
    """
    raise NotImplementedError


def parse_omit(text: str | Iterable[str], context: Context) -> Projection:
    """Read ``omit``; the form is that of ``pick``. A member with a projection of its own stays;
    only what is named within goes from the linked entity.

    Raises:
        BadRequestData: it is empty or no projection.
    """
    raise NotImplementedError


def depth(projection: Projection | None) -> int:
    """How many relationships it goes through; greater than ``joinLevel`` is a bad request."""
    raise NotImplementedError
