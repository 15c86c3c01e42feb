"""How long one entity takes from a client's JSON to the form it is kept in, and back.

    .venv/bin/python benchmarks/ngsild.py --quick --json

An entity of ten attributes (eight Properties with unit and time, a Relationship, a GeoProperty) is
read, written in three forms, and merged into, with a context of 200 terms that is parsed once. The
peer is pyld, a complete JSON-LD processor, which expands and compacts the same entity with the
same context. It does more than NGSI-LD needs; that is the point of the comparison. The program
ends with code 1 if the two do not expand the type and the names of the attributes alike.
"""

from __future__ import annotations

from typing import Any

from _harness import Benchmark, measure
from pyld import jsonld

from kierto.ngsild.contexts import parse_context
from kierto.ngsild.core_terms import CORE_TERMS, DEFAULT_VOCABULARY
from kierto.ngsild.entities import read_entity, read_fragment
from kierto.ngsild.patches import merge_entity
from kierto.ngsild.representations import Shape, write_entity

NOW = "2026-11-22T07:00:00Z"
TERMS = {f"term{number}": f"https://example.org/terms#{number}" for number in range(200)}
ENTITY: dict[str, Any] = {
    "id": "urn:ngsi-ld:Streetlight:1",
    "type": "term0",
    **{
        f"term{number}": {
            "type": "Property",
            "value": number * 1.5,
            "unitCode": "WTT",
            "observedAt": NOW,
        }
        for number in range(1, 9)
    },
    "term9": {"type": "Relationship", "object": "urn:ngsi-ld:Cabinet:1"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [24.9, 60.2]}},
}
CHANGE = {"term1": {"value": 7}, "term2": {"value": 8, "observedAt": NOW}}


def for_peer() -> list[Any]:
    """The same context as pyld has to be told it, the core terms last."""
    core = {
        term: iri if term in {"id", "type"} else {"@id": iri} for term, iri in CORE_TERMS.items()
    }
    prefixes = {"ngsi-ld": CORE_TERMS["ngsi-ld"], "geojson": CORE_TERMS["geojson"]}
    return [TERMS, {"@version": 1.1, **core, **prefixes, "@vocab": DEFAULT_VOCABULARY}]


def main() -> None:
    bench = Benchmark(
        "One entity of ten attributes: read, written, merged, beside a JSON-LD processor"
    )
    options = bench.start()
    times = 2_000 if options.quick else 20_000
    context = parse_context(TERMS)
    document = read_entity(ENTITY, context, now=NOW)
    fragment = read_fragment(CHANGE, context, now=NOW, merge=True)
    shapes = {form: Shape(form) for form in ("normalized", "concise", "simplified")}

    medians = {"read": measure(lambda: read_entity(ENTITY, context, now=NOW), times=times).median}
    for form, shape in shapes.items():
        medians[f"write {form}"] = measure(
            lambda shape=shape: write_entity(document, context, shape), times=times
        ).median
    medians["merge two attributes"] = measure(
        lambda: merge_entity(document, fragment, now=NOW), times=times
    ).median
    medians["parse a context of 200 terms"] = measure(
        lambda: parse_context(TERMS), times=times // 20
    ).median
    peer_context = for_peer()
    payload = ENTITY | {"@context": peer_context}
    medians["pyld: expand and compact"] = measure(
        lambda: jsonld.compact(jsonld.expand(payload), peer_context), times=times // 100
    ).median
    for name, seconds in medians.items():
        bench.figure(name, seconds * 1000, "ms")
    together = (medians["read"] + medians["write normalized"]) * 1000
    bench.figure("read and write normalized", together, "ms")
    (theirs,) = jsonld.expand(payload)
    names = {name for name in theirs if not name.startswith("@")}
    bench.finish(kept=(theirs["@type"], names) == (document["type"], set(document["attributes"])))


if __name__ == "__main__":
    main()
