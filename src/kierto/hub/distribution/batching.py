"""Batches and purges over this node and its sources: one request to each source (clause 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kierto.hub.distribution import health, registry
from kierto.hub.distribution.answers import LocalBatch, Payload, ProvidedBatch
from kierto.hub.distribution.asking import Asking, Match, asking_of, matching
from kierto.hub.distribution.dividing import (
    Share,
    divide,
    names_in,
    reduced,
    types_in,
)
from kierto.hub.distribution.forwarding import (
    Forward,
    Outcome,
    Terms,
    for_reading,
    rewritten,
    send_all,
    terms_for,
)
from kierto.hub.distribution.inquiring import types_of
from kierto.hub.distribution.refusing import error_of, unsupported
from kierto.ngsild.contexts import Context
from kierto.ngsild.errors import LoopDetected, NgsiLdError

if TYPE_CHECKING:
    from kierto.hub.http import Call
    from kierto.ngsild.matching import Query


@dataclass(slots=True)
class _Parcel:
    """What one source gets of a batch."""

    match: Match
    terms: Terms
    ids: list[str] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)


def provide_batch(
    call: Call,
    operation: str,
    items: Sequence[Payload] | Sequence[str],
    local: Callable[[Sequence[Any]], LocalBatch],
) -> ProvidedBatch:
    """A batch, each entity divided as if it came alone.

    ``operation``: createBatch, upsertBatch, updateBatch, mergeBatch (of entities), deleteBatch (of
    ids). ``local`` gets the items that (still) have a part here, without members that belong to
    sources.
    """
    if call.local or not items or registry.is_empty(call.tenant.id):
        return _here(local(items))
    asking = asking_of_batch(call)
    parcels: dict[tuple[int, int], _Parcel] = {}
    kept: list[Any] = []
    errors: list[tuple[str, NgsiLdError, str]] = []
    for item in items:
        rest = _divide_item(call, asking, operation, item, parcels, errors)
        if rest is not None:
            kept.append(rest)
    if not parcels and not errors:
        return _here(local(items))
    forwards = [_forward(call, parcel) for parcel in parcels.values()]
    outcomes = send_all(asking, forwards)
    # Where nothing is left to do here, the store is not asked.
    own = local(kept) if kept else LocalBatch([])
    health.write_due()
    return _joined(items, own, list(parcels.values()), outcomes, errors)


def asking_of_batch(call: Call) -> Asking:
    """The request; the context of each element stands with the element."""
    return asking_of(call)


def _here(done: LocalBatch) -> ProvidedBatch:
    errors = [{"entityId": key, "error": error.problem()} for key, error in done.errors]
    return ProvidedBatch(list(done.success), list(done.created), errors)


def _divide_item(
    call: Call,
    asking: Asking,
    operation: str,
    item: Any,
    parcels: dict[tuple[int, int], _Parcel],
    errors: list[tuple[str, NgsiLdError, str]],
) -> Any:
    """Puts the sources' parts of an item into their parcels; what is left for this node."""
    context = call.context_of(item) if isinstance(item, dict) else asking.context
    entity_id = name_of(item)
    try:
        division = divide(
            asking,
            entity_id,
            (operation,),
            names_in(item, context) if isinstance(item, dict) else None,
            types_in(item, context) if isinstance(item, dict) else None,
        )
    except LoopDetected as error:
        errors.append((entity_id, error, ""))
        return None
    for share in division.shares:
        if share.match.supported:
            _pack(parcels, share, item, entity_id, context)
        else:
            errors.append((entity_id, unsupported(operation), share.match.source.name))
    if not division.here:
        return None
    return reduced(item, context, division.kept) if isinstance(item, dict) else item


def name_of(item: Any) -> str:
    """The identifier of an element of a batch."""
    return item if isinstance(item, str) else str(item.get("id", item.get("@id", "")))


def _pack(
    parcels: dict[tuple[int, int], _Parcel],
    share: Share,
    item: Any,
    entity_id: str,
    context: Context,
) -> None:
    terms = terms_for(share.match.source, context)
    key = (share.match.source.key, id(terms.context))
    parcel = parcels.setdefault(key, _Parcel(share.match, terms))
    parcel.ids.append(entity_id)
    if isinstance(item, dict):
        item = rewritten(reduced(item, context, share.names), context, terms)
    parcel.items.append(item)


def _forward(call: Call, parcel: _Parcel) -> Forward:
    query = {name: value for name, value in call.query.items() if name != "local"}
    if parcel.match.source.local_only:
        query["local"] = "true"
    terms = parcel.terms
    if parcel.items and isinstance(parcel.items[0], str):
        terms = for_reading(terms)
    source = parcel.match.source
    return Forward(source, "POST", call.route.pattern, terms, query, parcel.items)


def _joined(
    items: Sequence[Any],
    own: LocalBatch,
    parcels: list[_Parcel],
    outcomes: list[Outcome],
    errors: list[tuple[str, NgsiLdError, str]],
) -> ProvidedBatch:
    created = list(own.created)
    warnings: list[str] = []
    failed = list(errors) + [(key, error, "") for key, error in own.errors]
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        if outcome.warning:
            warnings.append(outcome.warning)
        made, left = _said(parcel, outcome)
        created.extend(one for one in made if one not in created)
        failed.extend((key, error, parcel.match.source.name) for key, error in left)
    bad = {key for key, _, _ in failed}
    success = [one for item in items if (one := name_of(item)) not in bad]
    rows = [
        {"entityId": key, "error": error.problem()}
        | ({"registrationId": registration} if registration else {})
        for key, error, registration in failed
    ]
    return ProvidedBatch(
        list(dict.fromkeys(success)), [one for one in created if one not in bad], rows, warnings
    )


def _said(parcel: _Parcel, outcome: Outcome) -> tuple[list[str], list[tuple[str, NgsiLdError]]]:
    """What a source made, and what it did not do."""
    if not outcome.ok:
        return [], [(key, error_of(outcome)) for key in parcel.ids]
    body = outcome.body
    if outcome.status == 201 and isinstance(body, list):
        return [one for one in body if one in parcel.ids], []
    if outcome.status != 207:
        return [], []
    rows = body.get("errors", ()) if isinstance(body, dict) else ()
    left = {
        row["entityId"]: _told(row)
        for row in rows
        if isinstance(row, dict) and row.get("entityId") in parcel.ids
    }
    if not left:
        text = "The source did its part in part, and does not say which."
        left = {key: NgsiLdError(text, status=502) for key in parcel.ids}
    return [], list(left.items())


def _told(row: dict[str, Any]) -> NgsiLdError:
    problem = row.get("error")
    if not isinstance(problem, dict):
        return NgsiLdError("The source does not say why.", status=502)
    status = problem.get("status")
    text = str(problem.get("detail") or problem.get("title") or "The source does not say why.")
    return NgsiLdError(text[:500], status=status if isinstance(status, int) else 502)


# ----------------------------------------------------------------------- purge


def purge(call: Call, query: Query, local: Callable[[], LocalBatch]) -> ProvidedBatch:
    """Deletes all entities that match, here and at the sources."""
    if call.local or registry.is_empty(call.tenant.id):
        return _here(local())
    asking = asking_of(call)
    found = matching(asking, query, "purgeEntity", unsupported=False)
    matches = [one for one in found if one.source.mode != "auxiliary"]
    if not matches or asking.in_circle:
        return _here(local())
    forwards = [_purging(call, asking, match, query) for match in matches]
    outcomes = send_all(asking, forwards)
    done = _here(local())
    for match, outcome in zip(matches, outcomes, strict=True):
        if outcome.warning:
            done.warnings.append(outcome.warning)
        if not outcome.ok and outcome.status != 404:
            error = error_of(outcome).problem()
            done.errors.append({"error": error, "registrationId": match.source.name})
    health.write_due()
    return done


def _purging(call: Call, asking: Asking, match: Match, query: Query) -> Forward:
    """Only what the source is registered for: somebody else's entities are not ours to delete."""
    terms = for_reading(terms_for(match.source, asking.context))
    said = {name: value for name, value in call.query.items() if name != "local"}
    types = types_of(match, query, terms)
    if types:
        said["type"] = types
    if match.part.ids:
        said["id"] = ",".join(sorted(match.part.ids))
    elif match.part.id_pattern:
        said["idPattern"] = match.part.id_pattern
    if match.part.attributes is not None:
        names = sorted(terms.context.compact(one) for one in match.part.attributes)
        said["drop"] = ",".join(names)
        said.pop("keep", None)
    if match.source.local_only:
        said["local"] = "true"
    return Forward(match.source, "DELETE", "/entities", terms, said)
