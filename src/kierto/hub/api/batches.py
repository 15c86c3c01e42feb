"""Many entities in one request (clauses 5.6.7 to 5.6.10, 5.6.20; 6.14 to 6.17, 6.23, 6.31).

Elements are written in their order; what one of them does wrong harms no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kierto.hub import distribution
from kierto.hub.api.entities import REPRESENTATIONS, answer_query
from kierto.hub.distribution import LocalBatch, ProvidedBatch
from kierto.hub.http import answers, storing
from kierto.hub.http.call import Call
from kierto.hub.http.messages import LD_JSON, Response
from kierto.hub.http.queries import PAGES, read_posted
from kierto.hub.http.routing import Route
from kierto.hub.http.shapes import geometry_of, shape_of
from kierto.hub.store import writing
from kierto.hub.store.writing import Change
from kierto.ngsild import patches
from kierto.ngsild.contexts import Context
from kierto.ngsild.entities import read_entity, read_fragment
from kierto.ngsild.errors import AlreadyExists, BadRequestData, NgsiLdError, TooManyResults
from kierto.ngsild.members import Document
from kierto.ngsild.names import read_uri

LARGEST_BATCH = 20_000
"""Elements of one batch at most."""

Apply = Callable[[Document | None], Document | None]
Reader = Callable[[dict[str, Any], Context], Apply]
"""Reads an element; gives what it does to the entity."""


def create_batch(call: Call) -> Response:
    """POST /entityOperations/create."""

    def read(element: dict[str, Any], context: Context) -> Apply:
        document = read_entity(element, context, now=call.now)

        def apply(current: Document | None) -> Document:
            if current is not None:
                raise AlreadyExists(f"There is an entity {document['id'][:256]} already.")
            return document

        return apply

    done = _write_batch(call, "createBatch", read)
    return _answer(done, Response(201, done.success))


def upsert_batch(call: Call) -> Response:
    """POST /entityOperations/upsert: the whole entity is replaced, or with options=update its
    attributes are appended."""
    if {"update", "replace"} <= call.options:
        raise BadRequestData("options says update and replace; say one of them.")
    updates = "update" in call.options

    def read(element: dict[str, Any], context: Context) -> Apply:
        document = read_entity(element, context, now=call.now)
        fragment = read_fragment(element, context, now=call.now, nulls=False) if updates else None

        def apply(current: Document | None) -> Document:
            if current is None:
                return document
            if fragment is not None:
                return patches.append_attributes(current, fragment, now=call.now)[0]
            return patches.replace_entity(current, document, now=call.now)[0]

        return apply

    done = _write_batch(call, "upsertBatch", read)
    good = Response(201, done.created) if done.created else answers.no_content()
    return _answer(done, good)


def update_batch(call: Call) -> Response:
    """POST /entityOperations/update: attributes are appended; entities must stand."""
    overwrite = "noOverwrite" not in call.options
    left: dict[str, NgsiLdError] = {}

    def read(element: dict[str, Any], context: Context) -> Apply:
        fragment = read_fragment(element, context, now=call.now, nulls=False)

        def apply(current: Document | None) -> Document:
            if current is None:
                raise storing.not_there(element["id"])
            changed, outcome = patches.append_attributes(
                current, fragment, now=call.now, overwrite=overwrite
            )
            if outcome.not_updated:
                left[current["id"]] = _left_as_it_was(outcome)
            return changed

        return apply

    done = _write_batch(call, "updateBatch", read)
    _add(done, list(left.items()))
    done.success = [one for one in done.success if one not in left]
    return _answer(done, answers.no_content())


def merge_batch(call: Call) -> Response:
    """POST /entityOperations/merge."""

    def read(element: dict[str, Any], context: Context) -> Apply:
        fragment = read_fragment(element, context, now=call.now, merge=True)

        def apply(current: Document | None) -> Document:
            if current is None:
                raise storing.not_there(element["id"])
            return patches.merge_entity(current, fragment, now=call.now, context=context)[0]

        return apply

    return _answer(_write_batch(call, "mergeBatch", read), answers.no_content())


def delete_batch(call: Call) -> Response:
    """POST /entityOperations/delete: a list of identifiers."""
    ids = _checked(call, str)
    errors: list[tuple[str, NgsiLdError]] = []
    wanted: list[str] = []
    for one in ids:
        try:
            wanted.append(read_uri(one, "An identifier"))
        except BadRequestData as error:
            errors.append((one[:256], error))

    def gone(entity_id: str) -> Apply:
        def apply(current: Document | None) -> None:
            if current is None:
                raise storing.not_there(entity_id)

        return apply

    def local(items: Sequence[str]) -> LocalBatch:
        return _written(call, [(one, gone(one)) for one in items])

    done = distribution.provide_batch(call, "deleteBatch", wanted, local)
    _add(done, errors)
    return _answer(done, answers.no_content())


def query_batch(call: Call) -> Response:
    """POST /entityOperations/query: a query in the body."""
    asked, body = read_posted(call), call.members
    return answer_query(call, asked, shape_of(call, body), geometry_of(call, body))


# ------------------------------------------------------------------ how it is done


def _checked(call: Call, kind: type) -> list[Any]:
    elements = call.elements
    if any(not isinstance(element, kind) for element in elements):
        raise BadRequestData("An element of the batch is of the wrong sort.")
    if call.content_type == LD_JSON and "link" in call.request.headers:
        call.context_of(None)
    if len(elements) > LARGEST_BATCH:
        raise TooManyResults(
            f"The batch has {len(elements)} elements; this node takes {LARGEST_BATCH} at once."
        )
    return elements


def _write_batch(call: Call, operation: str, read: Reader) -> ProvidedBatch:
    elements = _checked(call, dict)
    errors: list[tuple[str, NgsiLdError]] = []
    good: list[dict[str, Any]] = []
    prepared: dict[int, Apply] = {}
    for element in elements:
        try:
            _check_element(element)
            prepared[id(element)] = read(element, call.context_of(element))
            good.append(element)
        except NgsiLdError as error:
            errors.append((_name_of(element), error))

    def local(items: Sequence[dict[str, Any]]) -> LocalBatch:
        # An element that lost members to another node is another object: it is read again.
        return _written(
            call,
            [
                (one["id"], prepared.get(id(one)) or read(one, call.context_of(one)))
                for one in items
            ],
        )

    done = distribution.provide_batch(call, operation, good, local)
    _add(done, errors)
    return done


def _written(call: Call, work: list[tuple[str, Apply]]) -> LocalBatch:
    changes = [Change(call.tenant, entity_id, apply, call.caller) for entity_id, apply in work]
    results = writing.write(changes)
    success: list[str] = []
    created: list[str] = []
    errors: list[tuple[str, NgsiLdError]] = []
    for (entity_id, _), result in zip(work, results, strict=True):
        if isinstance(result.error, NgsiLdError):
            errors.append((entity_id, result.error))
            continue
        if result.error is not None:
            raise result.error
        success.append(entity_id)
        if result.before is None:
            created.append(entity_id)
    return LocalBatch(success, created, errors)


def _check_element(element: dict[str, Any]) -> None:
    if type(element.get("id")) is str and "@id" not in element:
        return  # as nearly always: whoever reads the element reads its id
    read_uri(element.get("id", element.get("@id")), "id")
    element.setdefault("id", element.get("@id"))
    element.pop("@id", None)


def _name_of(element: dict[str, Any]) -> str:
    name = element.get("id", element.get("@id"))
    return name if isinstance(name, str) else "urn:ngsi-ld:null"


def _left_as_it_was(outcome: patches.Outcome) -> BadRequestData:
    """What is said of an entity some of whose attributes were not written."""
    names = ", ".join(name for name, _ in outcome.not_updated)
    return BadRequestData(f"Not written: {names[:1_000]}. {outcome.not_updated[0][1]}")


def _add(done: ProvidedBatch, errors: list[tuple[str, NgsiLdError]]) -> None:
    done.errors += [{"entityId": name, "error": error.problem()} for name, error in errors]


def _answer(done: ProvidedBatch, good: Response) -> Response:
    if done.errors:
        good = Response(207, {"success": done.success, "errors": done.errors})
    return answers.warn(good, done.warnings)


_BASE = "/entityOperations/"

ROUTES = [
    Route(
        "POST",
        f"{_BASE}create",
        create_batch,
        "createBatch",
        parameters=frozenset({"options", "format"}),
        creates=True,
    ),
    Route(
        "POST",
        f"{_BASE}upsert",
        upsert_batch,
        "upsertBatch",
        parameters=frozenset({"options", "format"}),
        creates=True,
    ),
    Route(
        "POST",
        f"{_BASE}update",
        update_batch,
        "updateBatch",
        parameters=frozenset({"options", "format"}),
    ),
    Route(
        "POST",
        f"{_BASE}merge",
        merge_batch,
        "mergeBatch",
        parameters=frozenset({"options", "format"}),
    ),
    Route("POST", f"{_BASE}delete", delete_batch, "deleteBatch", parameters=frozenset()),
    Route(
        "POST",
        f"{_BASE}query",
        query_batch,
        "queryBatch",
        scope="read",
        parameters=PAGES | {"options", "format", "lang", "sysAttrs"},
        offers=REPRESENTATIONS,
    ),
]
