"""Instances of attributes whose time is over are not shown any more (clause 4.22)."""

from __future__ import annotations

from kierto.ngsild.members import Document, Instance
from kierto.ngsild.times import sort_key


def alive(document: Document, now: str) -> Document:
    """The document without expired instances; the very same object where there are none."""
    attributes = document["attributes"]
    moment = sort_key(now)
    kept = None
    for iri, instances in attributes.items():
        for instance in instances:
            if "expiresAt" in instance or "attributes" in instance:
                break
        else:
            continue
        left = _living(instances, moment)
        if left is instances:
            continue
        if kept is None:
            kept = dict(attributes)
        if left:
            kept[iri] = left
        else:
            del kept[iri]
    return document if kept is None else {**document, "attributes": kept}


def _living(instances: list[Instance], moment: str) -> list[Instance]:
    left = [one for one in (_one(instance, moment) for instance in instances) if one is not None]
    if len(left) == len(instances) and all(map(_same, left, instances)):
        return instances
    return left


def _same(one: Instance, other: Instance) -> bool:
    return one is other


def _one(instance: Instance, moment: str) -> Instance | None:
    expires = instance.get("expiresAt")
    if expires is not None and sort_key(expires) <= moment:
        return None
    below = instance.get("attributes")
    if below is None:
        return instance
    kept = {iri: _living(instances, moment) for iri, instances in below.items()}
    if all(kept[iri] is below[iri] for iri in below):
        return instance
    return {**instance, "attributes": {iri: left for iri, left in kept.items() if left}}
