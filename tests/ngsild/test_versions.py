"""Readers of earlier versions get what their version knows."""

from __future__ import annotations

from typing import Any

import pytest

from kierto.ngsild.contexts import CORE
from kierto.ngsild.representations import Shape, write_entity
from kierto.ngsild.versions import amended, applied, preferred
from tests.ngsild.entities import LATER, NOW, document

ENTITY: dict[str, Any] = {
    "type": ["Lamp", "Thing"],
    "scope": "/a",
    "expiresAt": LATER,
    "power": [
        {"value": 60, "unitCode": "WTT", "observedAt": NOW, "by": {"vocab": "led"}},
        {"value": 50, "datasetId": "urn:d"},
    ],
    "label": {"languageMap": {"fi": "valo"}},
    "kind": {"vocab": ["led", "neon"]},
    "levels": {"valueList": [1, 2]},
    "route": {"objectList": ["urn:x:1"]},
    "pole": {"object": "urn:x:2", "objectType": "Pole"},
}


def written(version: tuple[int, int]) -> dict[str, Any]:
    entity = amended(document(**ENTITY), version, CORE)
    return write_entity(entity, CORE, Shape("concise"))


@pytest.mark.parametrize(
    ("header", "version"),
    [
        (None, None),
        ("", None),
        ("respond-async", None),
        ("ngsi-ld=1.5", (1, 5)),
        ("NGSI-LD=1.0", (1, 0)),
        ('ngsi-ld="1.0"', (1, 0)),
        ("ngsi-ld=1.0;q=0.1", (1, 0)),
        ("respond-async, ngsi-ld=1.0", (1, 0)),
        ("ngsi-ld=1.9", (1, 9)),
        ("ngsi-ld=2.0", (1, 9)),
        ("ngsi-ld=new", None),
    ],
)
def test_a_version_is_preferred_in_a_header(header: str | None, version: Any) -> None:
    assert preferred(header) == version


def test_the_applied_version_is_said() -> None:
    assert applied((1, 5)) == "ngsi-ld=1.5"


def test_what_a_version_knows_is_left_as_it_is() -> None:
    entity = document(**ENTITY)
    plain = document(a=1, b={"object": "urn:x:1"})
    assert amended(entity, (1, 9), CORE) is entity
    assert amended(plain, (1, 0), CORE) is plain


def test_newer_types_of_attributes_become_properties_and_relationships() -> None:
    found = written((1, 5))
    assert found["kind"] == ["led", "neon"]
    assert found["levels"] == [1, 2]
    assert found["route"] == {"object": ["urn:x:1"]}
    assert found["pole"] == {"object": "urn:x:2"}
    assert found["label"] == {"languageMap": {"fi": "valo"}}
    assert found["power"][0] == {"value": 60, "unitCode": "WTT", "observedAt": NOW, "by": "led"}


def test_the_first_version_knows_one_type_one_instance_and_no_scope() -> None:
    assert written((1, 0)) == {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": "Lamp",
        "power": {"value": 60, "by": "led"},
        "label": {"fi": "valo"},
        "kind": ["led", "neon"],
        "levels": [1, 2],
        "route": {"object": ["urn:x:1"]},
        "pole": {"object": "urn:x:2"},
    }
