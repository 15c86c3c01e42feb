"""Linked entities in the answer (``join``, ``joinLevel``, ``containedBy``; clause 4.5.23)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
ResolveMany: TypeAlias = Callable[[Collection[str]], dict[str, Document]]


def linked(
    documents: Sequence[Document],
    *,
    level: int,
    resolve_many: ResolveMany,
    contained_by: Collection[str] = (),
) -> dict[str, Document]:
    """Every entity reached from some by at most ``level`` relationships, asked once a level.

    Entities in ``contained_by`` and the asked ones are not fetched again: loops end there.
    """
    raise NotImplementedError
