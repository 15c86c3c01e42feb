"""Writing operations over this node and its sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kierto.hub.distribution.answers import LocalBatch, Payload, Provided, ProvidedBatch

if TYPE_CHECKING:
    from kierto.hub.http import Call
    from kierto.ngsild.matching import Query


def provide(
    call: Call,
    operation: str,
    entity_id: str,
    payload: Payload | None,
    attributes: Sequence[str] | None,
    local: Callable[[Payload | None], Any],
) -> Provided:
    """One writing operation on one entity.

    Args:
        operation: name of the operation as registrations use it (createEntity, appendAttrs,
            updateAttrs, mergeEntity, replaceEntity, replaceAttrs, deleteAttrs, deleteEntity).
        payload: the body as received (already valid), members as terms of ``call.context``; None
            where there is none.
        attributes: expanded name of the one attribute of an attribute's operation; None where the
            payload's members say what is written (or all of the entity is deleted).
        local: does this node's part. It gets the payload without the members that belong to
            exclusive or redirect sources (the very same object where there are none), and is not
            called where nothing is left. It may raise NgsiLdError.

    Raises:
        NgsiLdError: where there was one part only, and it failed. Where there were several,
            failures are in ``.errors`` and ``.not_updated``, and the answer is 207.
    """
    return Provided(local(payload))


def provide_batch(
    call: Call,
    operation: str,
    items: Sequence[Payload] | Sequence[str],
    local: Callable[[Sequence[Any]], LocalBatch],
) -> ProvidedBatch:
    """A batch: createBatch, upsertBatch, updateBatch, mergeBatch (entities), deleteBatch (ids).

    ``local`` gets the items that (still) have a part here, without members that belong to sources.
    """
    done = local(items)
    errors = [{"entityId": key, "error": error.problem()} for key, error in done.errors]
    return ProvidedBatch(list(done.success), list(done.created), errors)


def purge(
    call: Call,
    query: Query,
    local: Callable[[], LocalBatch],
) -> ProvidedBatch:
    """Deletes all entities that match, here and at the sources."""
    done = local()
    errors = [{"entityId": key, "error": error.problem()} for key, error in done.errors]
    return ProvidedBatch(list(done.success), [], errors)
