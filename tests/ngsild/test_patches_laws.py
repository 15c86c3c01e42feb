"""Laws of all changes: done twice is done once, and nothing that went in is touched."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import patches
from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import Fragment, read_fragment
from kierto.ngsild.errors import ResourceNotFound
from kierto.ngsild.json_merge import merge_json
from kierto.ngsild.members import NULL, Document
from kierto.ngsild.representations import Shape, write_entity
from tests.ngsild.entities import LATER, NOW, document


def fragment(payload: dict[str, Any], **options: bool) -> Fragment:
    return read_fragment(payload, CORE, now=LATER, **options)


def shown(entity: Document) -> dict[str, Any]:
    written = write_entity(entity, CORE, Shape("concise"))
    return {name: item for name, item in written.items() if name not in {"id", "type"}}


values = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.sampled_from(["x", "urn:x:1"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3)
    ),
    max_leaves=6,
)
instance_payloads = st.fixed_dictionaries(
    {"type": st.just("Property"), "value": values | st.just(NULL)},
    optional={
        "unitCode": st.sampled_from(["CEL", "MTR"]),
        "observedAt": st.sampled_from([NOW, LATER]),
        "datasetId": st.sampled_from(["urn:d:1", "urn:d:2", "@none"]),
        "by": st.fixed_dictionaries({"value": values | st.just(NULL)}),
    },
)
fragments = st.dictionaries(st.sampled_from(["a", "b", "c"]), instance_payloads, max_size=3)


def without_nulls(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            member: item
            for member, item in instance.items()
            if not (member == "by" and item["value"] == NULL)
        }
        for name, instance in payload.items()
        if instance["value"] != NULL
    }


@given(fragments, fragments)
def test_a_merge_done_twice_is_a_merge_done_once(start: Any, payload: Any) -> None:
    entity = document(**without_nulls(start))
    change = fragment(payload, merge=True)
    once, _ = patches.merge_entity(entity, change, now=LATER)
    twice, _ = patches.merge_entity(once, change, now=LATER)
    assert shown(twice) == shown(once)


@given(fragments, fragments)
def test_no_change_touches_the_document_that_went_in(start: Any, payload: Any) -> None:
    entity = document(**without_nulls(start))
    kept = orjson.dumps(entity)
    change = fragment(payload, merge=True)
    patches.merge_entity(entity, change, now=LATER, observed_at=NOW)
    patches.update_attributes(entity, change, now=LATER)
    patches.append_attributes(entity, fragment(without_nulls(payload)), now=LATER)
    for iri, instances in change.attributes.items():
        if iri in entity["attributes"]:
            patches.delete_attribute(entity, iri, now=LATER, delete_all=True)
        try:
            patches.partial_update_attribute(entity, iri, instances, now=LATER)
        except ResourceNotFound:
            continue
    assert orjson.dumps(entity) == kept


@given(fragments, fragments)
def test_null_is_never_stored(start: Any, payload: Any) -> None:
    entity = document(**without_nulls(start))
    for change in (patches.merge_entity, patches.update_attributes):
        result, _ = change(entity, fragment(payload, merge=True), now=LATER)
        assert NULL.encode() not in orjson.dumps(result)


@given(values, values)
def test_merging_json_is_idempotent_and_an_empty_patch_changes_nothing(
    target: Any, patch: Any
) -> None:
    once = merge_json(target, patch)
    assert merge_json(once, patch) == once
    if isinstance(target, dict):
        assert merge_json(target, {}) == target
