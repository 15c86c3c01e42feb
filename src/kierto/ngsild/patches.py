"""Changes of documents: append, update, merge, replace, delete (clauses 5.5.8, 5.5.12, 5.6).

Pure functions: a document and what shall change go in, a new document and an :class:`Outcome` come
out. The document that went in stays as it was; what did not change is shared, not copied. An
instance that changed keeps its createdAt and gets a new modifiedAt and instanceId.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Final

from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.core_terms import NGSI_LD
from kierto.ngsild.entities import Fragment
from kierto.ngsild.errors import BadRequestData, ResourceNotFound
from kierto.ngsild.instance_patches import (
    Merging,
    check_complete,
    dataset,
    instead,
    is_named,
    merge_instances,
    overwrite_instance,
    without_nulls,
)
from kierto.ngsild.members import NONE, NULL, Attributes, Document, Instance

SCOPE: Final = f"{NGSI_LD}scope"
TYPE: Final = "@type"

EXISTS: Final = "The attribute exists already and shall not be overwritten."
MISSING: Final = "The entity has no such attribute, so there is nothing to remove."
NO_SCOPE: Final = "The entity has no scope that could be updated."


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change.

    Attributes:
        updated: IRIs of attributes written or removed; ``SCOPE`` and ``TYPE`` where those were.
        not_updated: pairs of an IRI and the reason.
        changed: IRIs of the attributes whose instances are other ones now.
    """

    updated: list[str]
    not_updated: list[tuple[str, str]]
    changed: frozenset[str]

    @property
    def is_complete(self) -> bool:
        """Whether all that was asked was done."""
        return not self.not_updated


class _Change:
    """A new document in the making."""

    def __init__(self, document: Document, now: str) -> None:
        self.document = document
        self.now = now
        self.attributes: Attributes = dict(document["attributes"])
        self.members: dict[str, Any] = {}
        self.removed: set[str] = set()
        self.updated: list[str] = []
        self.not_updated: list[tuple[str, str]] = []

    def put(self, iri: str, instances: list[Instance]) -> None:
        """Let an attribute have these instances, or go where there are none."""
        if instances:
            self.attributes[iri] = sorted(instances, key=is_named)
        else:
            self.attributes.pop(iri, None)
        self.done(iri)

    def done(self, iri: str) -> None:
        if iri not in self.updated:
            self.updated.append(iri)

    def refuse(self, iri: str, reason: str) -> None:
        self.not_updated.append((iri, reason))

    def add_types(self, types: Iterable[str]) -> None:
        """Types are added, never taken (clause 4.16)."""
        new = [kind for kind in types if kind not in self.document["type"]]
        if new:
            self.members["type"] = self.document["type"] + new
            self.done(TYPE)

    def set_scope(self, scopes: list[str]) -> None:
        if scopes:
            self.members["scope"] = scopes
        else:
            self.removed.add("scope")
        self.done(SCOPE)

    def set_expiry(self, expires_at: str | None) -> None:
        if expires_at == NULL:
            self.removed.add("expiresAt")
        elif expires_at is not None:
            self.members["expiresAt"] = expires_at

    def result(self) -> tuple[Document, Outcome]:
        old = self.document["attributes"]
        changed = frozenset(iri for iri in self.updated if iri not in {SCOPE, TYPE})
        outcome = Outcome(self.updated, self.not_updated, changed)
        if not (self.updated or self.members or self.removed):
            return self.document, outcome
        document = {
            name: item for name, item in self.document.items() if name not in self.removed
        } | self.members
        document["modifiedAt"] = self.now
        document["attributes"] = self.attributes if changed else old
        return document, outcome


def append_attributes(
    document: Document, fragment: Fragment, *, now: str, overwrite: bool = True
) -> tuple[Document, Outcome]:
    """Add attributes; those that exist are replaced, or left where ``overwrite`` is false (5.6.3).

    Without ``overwrite`` the scopes are added to those the entity has.

    Args:
        fragment: read with ``nulls=False``.

    Raises:
        BadRequestData: a value is NULL.
    """
    change = _Change(document, now)
    change.add_types(fragment.types)
    change.set_expiry(fragment.expires_at)
    if fragment.scope is not None:
        kept = [] if overwrite else document.get("scope", [])
        change.set_scope(kept + [scope for scope in fragment.scope if scope not in kept])
    for iri, instances in fragment.attributes.items():
        _append(change, iri, instances, overwrite)
    return change.result()


def _append(change: _Change, iri: str, instances: list[Instance], overwrite: bool) -> None:
    found = {dataset(instance): instance for instance in change.attributes.get(iri, ())}
    new = [one for one in instances if overwrite or dataset(one) not in found]
    if len(new) < len(instances):
        change.refuse(iri, EXISTS)
    for instance in new:
        check_complete(iri, instance)
        if instance["value"] == NULL:
            raise BadRequestData(f"{iri}: nothing can be removed by adding {NULL}.")
        found[dataset(instance)] = instead(found.get(dataset(instance)), instance, change.now)
    if new:
        change.put(iri, list(found.values()))


def update_attributes(
    document: Document, fragment: Fragment, *, now: str
) -> tuple[Document, Outcome]:
    """Replace attributes whole, instance by instance; add those that are new; NULL removes (5.6.2).

    The scope is replaced where there is one.
    """
    change = _Change(document, now)
    change.add_types(fragment.types)
    change.set_expiry(fragment.expires_at)
    if fragment.scope is not None:
        if "scope" in document:
            change.set_scope(fragment.scope)
        else:
            change.refuse(SCOPE, NO_SCOPE)
    for iri, instances in fragment.attributes.items():
        _update(change, iri, instances)
    return change.result()


def _update(change: _Change, iri: str, instances: list[Instance]) -> None:
    found = {dataset(instance): instance for instance in change.attributes.get(iri, ())}
    touched = False
    for instance in instances:
        name = dataset(instance)
        if instance.get("value") != NULL:
            check_complete(iri, instance)
            found[name] = instead(found.get(name), without_nulls(instance), change.now)
            touched = True
        elif found.pop(name, None) is not None:
            touched = True
        else:
            change.refuse(iri, MISSING)
    if touched:
        change.put(iri, list(found.values()))


def merge_entity(
    document: Document,
    fragment: Fragment,
    *,
    now: str,
    observed_at: str | None = None,
    context: Context = CORE,
    lang: str | None = None,
) -> tuple[Document, Outcome]:
    """Merge into attributes, sub-attributes and JSON values; NULL removes (5.5.12, 5.6.17).

    Args:
        fragment: read with ``merge=True``.
        observed_at: normalised; observedAt of every merged attribute that had one and is told none.
        context: of the request. Bare values take the types the attributes of the entity have; it
            says what words of a vocabulary mean.
        lang: language of texts in it that go into LanguageProperties.

    Raises:
        BadRequestData: a new attribute has no value, or what results is none.
    """
    change = _Change(document, now)
    change.add_types(fragment.types)
    change.set_expiry(fragment.expires_at)
    if fragment.scope is not None and (fragment.scope or "scope" in document):
        change.set_scope(fragment.scope)
    merging = Merging(now, observed_at, context, lang)
    for iri, instances in fragment.attributes.items():
        old = change.attributes.get(iri, [])
        merged = merge_instances(iri, old, instances, merging)
        if merged or old:
            change.put(iri, merged)
    return change.result()


def partial_update_attribute(
    document: Document,
    iri: str,
    instances: Instance | list[Instance],
    *,
    now: str,
    dataset_id: str | None = None,
) -> tuple[Document, Outcome]:
    """Overwrite members and sub-attributes of one instance; the rest of it stays (5.5.8, 5.6.4).

    Args:
        instances: read with ``partial=True``; several where an array was sent.
        dataset_id: the instance meant, where the fragment says none.

    Raises:
        BadRequestData: the type is another one, or it is the scope.
        ResourceNotFound: the entity has no such attribute or instance.
    """
    old = _existing(document, iri)
    change = _Change(document, now)
    found = {dataset(instance): instance for instance in old}
    for new in [instances] if isinstance(instances, dict) else instances:
        name = dataset(new) if "datasetId" in new else dataset_id or NONE
        if name not in found:
            raise ResourceNotFound(f"{iri} has no instance {name}.")
        if new.get("value") == NULL:
            del found[name]
        else:
            found[name] = overwrite_instance(found[name], new, iri, now)
    change.put(iri, list(found.values()))
    return change.result()


def replace_attribute(
    document: Document,
    iri: str,
    instances: Instance | list[Instance],
    *,
    now: str,
) -> tuple[Document, Outcome]:
    """Put instances in the place of those with the same datasetIds (5.6.19).

    Raises:
        BadRequestData: it is the scope.
        ResourceNotFound: the entity has no such attribute or instance.
    """
    found = {dataset(instance): instance for instance in _existing(document, iri)}
    change = _Change(document, now)
    for new in [instances] if isinstance(instances, dict) else instances:
        if dataset(new) not in found:
            raise ResourceNotFound(f"{iri} has no instance {dataset(new)}.")
        found[dataset(new)] = instead(found[dataset(new)], new, now)
    change.put(iri, list(found.values()))
    return change.result()


def delete_attribute(
    document: Document,
    iri: str,
    *,
    now: str,
    dataset_id: str | None = None,
    delete_all: bool = False,
) -> tuple[Document, Outcome]:
    """Remove one instance of an attribute, or all; or the scope (5.6.5).

    Raises:
        ResourceNotFound: the entity has no such attribute or instance.
    """
    change = _Change(document, now)
    if iri == SCOPE and "scope" in document:
        change.set_scope([])
        return change.result()
    instances = document["attributes"].get(iri)
    if instances is None:
        raise ResourceNotFound(f"{document['id']} has no attribute {iri}.")
    wanted = dataset_id or NONE
    kept = [] if delete_all else [one for one in instances if dataset(one) != wanted]
    if len(kept) == len(instances):
        raise ResourceNotFound(f"{iri} of {document['id']} has no instance {wanted}.")
    change.put(iri, kept)
    return change.result()


def replace_entity(
    document: Document, replacement: Document, *, now: str
) -> tuple[Document, Outcome]:
    """Put a new document in the place of an entity; identifier and createdAt stay (5.6.18)."""
    old = document["attributes"]
    attributes: Attributes = {}
    for iri, instances in replacement["attributes"].items():
        found = {dataset(instance): instance for instance in old.get(iri, ())}
        attributes[iri] = [instead(found.get(dataset(one)), one, now) for one in instances]
    changed = frozenset(attributes) | frozenset(old)
    result = replacement | {
        "id": document["id"],
        "createdAt": document["createdAt"],
        "modifiedAt": now,
        "attributes": attributes,
    }
    return result, Outcome(sorted(changed), [], changed)


def _existing(document: Document, iri: str) -> list[Instance]:
    if iri == SCOPE:
        raise BadRequestData("The scope is no attribute; change it through the entity.")
    instances: list[Instance] | None = document["attributes"].get(iri)
    if instances is None:
        raise ResourceNotFound(f"{document['id']} has no attribute {iri}.")
    return instances
