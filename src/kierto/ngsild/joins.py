"""Linked entities for an answer (``join``, ``joinLevel``, ``containedBy``; clause 4.5.23).

What is found here is handed to ``representations.write_entity`` (inline) or ``write_flat``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kierto.ngsild.errors import BadRequestData, TooManyResults
from kierto.ngsild.q_evaluator import RELATIONS, objects_of

if TYPE_CHECKING:
    from kierto.ngsild.projection import Projection

Document: TypeAlias = dict[str, Any]
ResolveMany: TypeAlias = Callable[[Collection[str]], dict[str, Document]]

LEVELS: Final = 10
"""Relationships an answer may go through."""

ENTITIES: Final = 10_000
"""Linked entities of one answer."""

_Waiting: TypeAlias = "tuple[Document, Projection | None, Projection | None]"


def read_join(join: Any, level: Any = None) -> tuple[str | None, int]:
    """``join`` and ``joinLevel`` of a request: ``inline``, ``flat`` or None, and how deep.

    Raises:
        BadRequestData: they are none.
    """
    if join not in (None, "", "inline", "flat", "@none"):
        raise BadRequestData("join is flat, inline or @none.")
    mode = join if join in ("inline", "flat") else None
    if level is None or level == "":
        return mode, 1
    if isinstance(level, str) and level.isascii() and level.isdigit() and len(level) <= 9:
        level = int(level)
    if type(level) is not int or level < 1:
        raise BadRequestData("joinLevel is a whole number above 0.")
    return mode, min(level, LEVELS)


def linked(
    documents: Sequence[Document],
    *,
    level: int,
    resolve_many: ResolveMany,
    contained_by: Collection[str] = (),
    pick: Projection | None = None,
    omit: Projection | None = None,
    attrs: Collection[str] | None = None,
) -> dict[str, Document]:
    """Every entity that some lead to through at most ``level`` relationships, asked once a level.

    Args:
        documents: the entities of the answer. They are among the result where another one of them
            leads to them.
        level: relationships to go through.
        resolve_many: finds entities by their ids; what is not found is missing in its answer.
        contained_by: ids of entities the asker has already; loops end there.
        pick: members wanted, of linked entities too: only relationships in it are followed.
        omit: members not wanted.
        attrs: attributes wanted of the asked entities.

    Raises:
        TooManyResults: more entities are linked than one answer carries.
    """
    known = {document["id"]: document for document in documents}
    found: dict[str, Document] = {}
    stop = frozenset(contained_by)
    waiting: list[_Waiting] = [(document, pick, omit) for document in documents]
    seen: set[str] = set()
    for step in range(level):
        targets: list[tuple[str, Projection | None, Projection | None]] = []
        wanted: dict[str, None] = {}
        for document, picked, omitted in waiting:
            only = attrs if step == 0 else None
            for target, inner, outer in _targets(document, picked, omitted, only):
                if target in stop:
                    continue
                targets.append((target, inner, outer))
                if target not in known:
                    wanted[target] = None
        if len(known) + len(wanted) > ENTITIES + len(documents):
            raise TooManyResults(f"More than {ENTITIES} entities are linked. Lower joinLevel.")
        if wanted:
            known.update(resolve_many(wanted))
        waiting = []
        for target, inner, outer in targets:
            if target not in known:
                continue
            found[target] = known[target]
            # Without projections an entity leads to the same ones whoever leads to it.
            if inner is not None or outer is not None or target not in seen:
                waiting.append((known[target], inner, outer))
            seen.add(target)
        if len(waiting) > ENTITIES:
            raise TooManyResults(f"More than {ENTITIES} entities are linked. Lower joinLevel.")
    return found


def _targets(
    document: Document,
    pick: Projection | None,
    omit: Projection | None,
    attrs: Collection[str] | None,
) -> Iterator[tuple[str, Projection | None, Projection | None]]:
    for name, instances in document["attributes"].items():
        if pick is not None and name not in pick:
            continue
        if omit is not None and name in omit and omit[name] is None:
            continue
        if attrs is not None and name not in attrs:
            continue
        inner = pick.get(name) if pick is not None else None
        outer = omit.get(name) if omit is not None else None
        for target in _objects(instances):
            yield target, inner, outer


def _objects(instances: Iterable[Document]) -> Iterator[str]:
    for instance in instances:
        if instance["type"] in RELATIONS:
            for target in objects_of(instance["value"]):
                if isinstance(target, str):
                    yield target
