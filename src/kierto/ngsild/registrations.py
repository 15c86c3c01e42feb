"""Registrations of context sources (clauses 5.2.9 to 5.2.11, 5.9, 5.12): who can be asked what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kierto.ngsild.matching import Query
from kierto.ngsild.q import Document

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

Stored: TypeAlias = dict[str, Any]
"""What is kept of a registration; orjson-able, names expanded::

    {"id", "type": "ContextSourceRegistration", "original": {payload without @context},
     "context": source|None, "endpoint": url, "mode": …, "operations": [names, groups resolved],
     "information": [{"entities"?: [{"type": iri|[iri], "id"?, "idPattern"?}],
                      "properties"?: [iri], "relationships"?: [iri]}],
     "tenant"?, "alias"?, "datasetId"?: […], "scope"?: […], "location"?…, "expiresAt"?,
     "contextSourceInfo"?: {key: value}, "management"?: {…}, "csourceProperties"?: {iri: value},
     "observationInterval"?, "managementInterval"?: {"startAt", "endAt"?},
     "createdAt", "modifiedAt", "timesSent", "timesFailed", "lastSuccess"?, "lastFailure"?}
"""

MODES: Final = ("inclusive", "exclusive", "redirect", "auxiliary")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a request a context source can be asked for.

    Attributes:
        mode: of the registration.
        ids: identifiers to ask for; empty when the registration names none and the request's own
            restriction stands.
        id_pattern: pattern to ask for, where there are no ids.
        types: types (IRIs) to ask for; empty as for ids.
        attributes: IRIs it has among those asked for; None is all that are asked for.
    """

    mode: str
    ids: frozenset[str] = frozenset()
    id_pattern: str | None = None
    types: frozenset[str] = frozenset()
    attributes: frozenset[str] | None = None


def read_registration(payload: Any, context: Context, *, now: str) -> Stored:
    """Check a new registration and bring it into the stored form.

    Raises:
        BadRequestData: a member is missing, wrong, or contradicts another.
    """
    raise NotImplementedError


def apply_patch(stored: Stored, fragment: Any, context: Context, *, now: str) -> Stored:
    """The registration after a partial update (5.9.3).

    Raises:
        BadRequestData: the result would be no registration.
    """
    raise NotImplementedError


def write_registration(
    stored: Stored, context: Context, sys_attrs: bool = False
) -> dict[str, Any]:
    """The registration as JSON (without @context), with its status and counters."""
    raise NotImplementedError


def covers(stored: Stored, asked: Query | Document, operation: str) -> Part | None:
    """What of a request the source can be asked for, or None.

    Args:
        stored: the registration; its expiry and alias are not looked at (see ``available``).
        asked: a query, or the document (or part of one) that is written.
        operation: name of clause 4.20, for example ``queryEntity``.
    """
    raise NotImplementedError


def available(stored: Stored, *, now: str, visited: Collection[str] = ()) -> bool:
    """Whether the registration stands: not expired, and not of a source already passed."""
    raise NotImplementedError


def conflict(new: Stored, other: Stored) -> bool:
    """Whether both are proxied (exclusive, redirect), one exclusive, and overlap (4.3.6.3)."""
    raise NotImplementedError
