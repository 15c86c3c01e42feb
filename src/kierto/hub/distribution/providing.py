"""Writing operations on one entity over this node and its sources (clause 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kierto.hub.distribution import health, registry
from kierto.hub.distribution.answers import Payload, Provided
from kierto.hub.distribution.asking import Asking, asking_of
from kierto.hub.distribution.dividing import Division, Share, divide, names_in, reduced, types_in
from kierto.hub.distribution.forwarding import (
    Forward,
    Outcome,
    part_of_path,
    rewritten,
    send_all,
    terms_for,
)
from kierto.hub.distribution.refusing import error_of, unsupported
from kierto.ngsild.errors import NgsiLdError
from kierto.ngsild.types import parse_type_selection

if TYPE_CHECKING:
    from kierto.hub.http import Call

_ALSO = {"updateAttrs": ("updateAttrs", "updateEntity")}
"""Operations that registrations know under two names (clause 4.20): the whole, and one of it."""


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
    if call.local or registry.is_empty(call.tenant.id):
        return Provided(local(payload))
    asking = asking_of(call)
    whole = attributes is None and payload is not None
    names = frozenset(attributes or ()) if not whole else names_in(payload or {}, asking.context)
    division = divide(
        asking,
        entity_id,
        _ALSO.get(operation, (operation,)),
        names if whole or attributes else None,
        _types(call, payload if whole else None),
    )
    if not division.shares:
        return Provided(local(payload))
    forwards = [
        _forward(call, asking, share, payload, whole)
        for share in division.shares
        if share.match.supported
    ]
    outcomes = iter(send_all(asking, forwards))
    failed: list[tuple[Share, NgsiLdError]] = []
    provided = Provided(parts=len(division.shares), done=0)
    for share in division.shares:
        outcome = next(outcomes) if share.match.supported else None
        _note(provided, failed, entity_id, share, outcome, operation)
    error = _do_here(provided, division, payload, whole, asking, local)
    _conclude(provided, entity_id, division, failed, error)
    health.write_due()
    return provided


def _types(call: Call, payload: Payload | None) -> list[str] | None:
    if payload is not None:
        said = types_in(payload, call.context)
        if said:
            return said
    text = call.query.get("type")
    if not text:
        return None
    return sorted(parse_type_selection(text, call.context).mentioned) or None


def _forward(
    call: Call, asking: Asking, share: Share, payload: Payload | None, whole: bool
) -> Forward:
    source = share.match.source
    terms = terms_for(source, asking.context)
    body = payload
    if payload is not None:
        part = reduced(payload, asking.context, share.names) if whole else payload
        body = rewritten(part, asking.context, terms)
    path = call.route.pattern
    for name, value in call.params.items():
        if name == "attrId":
            value = terms.context.compact(asking.context.expand(value))
        path = path.replace(f"{{{name}}}", part_of_path(value))
    query = {name: value for name, value in call.query.items() if name != "local"}
    if source.local_only:
        query["local"] = "true"
    return Forward(source, call.request.method, path, terms, query, body)


def _note(
    provided: Provided,
    failed: list[tuple[Share, NgsiLdError]],
    entity_id: str,
    share: Share,
    outcome: Outcome | None,
    operation: str,
) -> None:
    """Adds what one source did."""
    if outcome is None:
        failed.append((share, unsupported(operation)))
        return
    if outcome.warning:
        provided.warnings.append(outcome.warning)
    if not outcome.ok:
        failed.append((share, error_of(outcome)))
        return
    names = sorted(share.names or ())
    if outcome.status != 207:
        provided.done += 1
        provided.updated.extend(names)
        return
    _note_partly(provided, entity_id, share, outcome, names)


def _note_partly(
    provided: Provided, entity_id: str, share: Share, outcome: Outcome, names: list[str]
) -> None:
    """A source that did its part in part says what it left; where it says nothing, all of it."""
    body = outcome.body if isinstance(outcome.body, dict) else {}
    context = outcome.forward.terms.context
    left: dict[str, str] = {}
    for row in body.get("notUpdated", ()):
        if isinstance(row, dict) and isinstance(row.get("attributeName"), str):
            left[context.expand(row["attributeName"])] = str(row.get("reason", ""))[:500]
    if not left:
        left = dict.fromkeys(names, "The source did its part in part, and does not say which.")
    source = share.match.source
    provided.updated.extend(name for name in names if name not in left)
    provided.not_updated.extend(
        {"attributeName": name, "reason": reason, "registrationId": source.name}
        for name, reason in left.items()
    )
    text = "The source did its part in part."
    provided.errors.append(_row(entity_id, NgsiLdError(text, status=207), source.name))


def _do_here(
    provided: Provided,
    division: Division,
    payload: Payload | None,
    whole: bool,
    asking: Asking,
    local: Callable[[Payload | None], Any],
) -> NgsiLdError | None:
    if not division.here:
        return None
    provided.parts += 1
    rest = payload
    if payload is not None and whole:
        rest = reduced(payload, asking.context, division.kept)
    try:
        provided.result = local(rest)
    except NgsiLdError as error:
        return error
    provided.done += 1
    return None


def _conclude(
    provided: Provided,
    entity_id: str,
    division: Division,
    failed: list[tuple[Share, NgsiLdError]],
    error: NgsiLdError | None,
) -> None:
    """Failures become the answer where there was one part, else rows of the answer."""
    if provided.parts == 1 and failed:
        raise failed[0][1]
    own = [(division.kept, error, "")] if error is not None else []
    rows = own + [(share.names, one, share.match.source.name) for share, one in failed]
    for names, one, registration in rows:
        provided.errors.append(_row(entity_id, one, registration))
        for name in sorted(names or ()):
            row = {"attributeName": name, "reason": one.detail or one.title}
            provided.not_updated.append(
                row | ({"registrationId": registration} if registration else {})
            )


def _row(entity_id: str, error: NgsiLdError, registration: str) -> dict[str, Any]:
    row = {"entityId": entity_id, "error": error.problem()}
    return row | ({"registrationId": registration} if registration else {})
