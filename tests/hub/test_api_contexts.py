"""Contexts: where they come from, what is kept of them; what types and attributes there are."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kierto.hub import contexts, outgoing
from kierto.hub.callers import VISITOR
from kierto.hub.http import links
from kierto.hub.models import ContextKind, StoredContext
from kierto.ngsild.contexts import CORE, CORE_CONTEXT
from tests.hub.calling import LD, call, error_of, made

pytestmark = pytest.mark.django_db

FAR = "https://far.example/terms.jsonld"
TERMS = {"@context": {"power": "https://a.example/power", "Lamp": "https://a.example/Lamp"}}


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    contexts.forget()
    contexts._pinned.cache_clear()
    yield
    contexts.forget()
    contexts._pinned.cache_clear()


@pytest.fixture
def far(monkeypatch) -> dict[str, Any]:
    """What stands at addresses elsewhere; how often it was asked for."""
    told: dict[str, Any] = {"asked": 0, "body": orjson.dumps(TERMS), "status": 200}

    def fetch(method: str, url: str, **_: Any) -> outgoing.Answer:
        told["asked"] += 1
        if told["status"] == 0:
            raise outgoing.Unreachable("Nobody is there.")
        return outgoing.Answer(told["status"], {}, told["body"])

    monkeypatch.setattr(outgoing, "fetch", fetch)
    return told


def lamp(context: Any, number: int = 1) -> Any:
    body = {"id": f"urn:x:{number}", "type": "Lamp", "power": 1, "@context": context}
    return call("POST", "/entities", body, headers={"content-type": LD})


@pytest.mark.parametrize("address", ["http://[::1", "http://", "https://[a]/b", "http://?x"])
def test_an_address_that_is_none_is_a_bad_request(far: dict[str, Any], address: str) -> None:
    assert error_of(lamp(address)) == (400, "BadRequestData")
    assert error_of(lamp([{"@import": address}])) == (400, "BadRequestData")
    link = {"link": links.context_link(address)}
    assert error_of(call("GET", "/types", headers=link)) == (400, "BadRequestData")
    assert call("GET", f"/jsonldContexts/{address}x").status == 404
    assert far["asked"] == 0


def test_an_address_in_a_context_from_elsewhere_may_be_none(far: dict[str, Any]) -> None:
    far["body"] = orjson.dumps({"@context": ["//[::1", {"power": "https://a.example/power"}]})
    assert error_of(lamp(FAR)) == (400, "BadRequestData")


def test_a_name_that_no_database_can_hold_is_nobodys(far: dict[str, Any]) -> None:
    assert call("GET", "/jsonldContexts/a\0b").status == 404


def test_a_context_from_elsewhere_is_fetched_once_and_kept(far: dict[str, Any]) -> None:
    assert [lamp(FAR, number).status for number in range(3)] == [201, 201, 201]
    contexts.forget()
    assert lamp(FAR, 4).status == 201
    assert far["asked"] == 1
    (row,) = StoredContext.objects.all()
    assert (row.kind, row.address) == (ContextKind.CACHED, FAR)
    assert call("GET", "/types").body["typeList"] == ["https://a.example/Lamp"]
    link = {"link": links.context_link(FAR)}
    assert call("GET", "/types", headers=link).body["typeList"] == ["Lamp"]


@pytest.mark.parametrize(("status", "error"), [(0, 504), (404, 504), (500, 504)])
def test_a_context_that_cannot_be_had_is_told_and_not_asked_for_again(
    far: dict[str, Any], status: int, error: int
) -> None:
    far["status"] = status
    for _ in range(3):
        assert error_of(lamp(FAR)) == (error, "LdContextNotAvailable")
    assert far["asked"] == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"a": 1}', b'{"@context": 5}'])
def test_what_is_no_context_is_a_bad_request(far: dict[str, Any], body: bytes) -> None:
    far["body"] = body
    assert error_of(lamp(FAR)) == (400, "BadRequestData")


def test_a_context_that_names_itself_is_a_bad_request(far: dict[str, Any]) -> None:
    far["body"] = orjson.dumps({"@context": [FAR, {"a": "https://a.example/a"}]})
    assert error_of(lamp(FAR)) == (400, "BadRequestData")


def test_nothing_is_fetched_where_the_node_fetches_nothing(far: dict[str, Any], settings) -> None:
    settings.HUB_FETCH_CONTEXTS = False
    assert error_of(lamp(FAR)) == (504, "LdContextNotAvailable")
    assert far["asked"] == 0


def test_addresses_inside_ones_own_network_are_not_asked() -> None:
    for address in ("http://127.0.0.1:9/c.jsonld", "http://169.254.169.254/c", "http://[::1]/c"):
        assert error_of(lamp(address)) == (504, "LdContextNotAvailable")


def test_pinned_files_are_taken_in_the_place_of_fetching(
    far: dict[str, Any], settings, tmp_path
) -> None:
    (tmp_path / "terms.jsonld").write_bytes(orjson.dumps(TERMS))
    (tmp_path / "other.jsonld").write_bytes(orjson.dumps(TERMS))
    (tmp_path / "map.json").write_text('{"https://b.example/x": "other.jsonld"}')
    settings.HUB_CONTEXTS = tmp_path
    assert lamp([FAR, "https://b.example/x"]).status == 201
    assert far["asked"] == 0
    assert lamp("https://c.example/other.jsonld", 2).status == 201
    assert far["asked"] == 1


def test_the_core_needs_no_fetching(far: dict[str, Any]) -> None:
    assert lamp("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld").status == 201
    assert (far["asked"], contexts.context_for(None), contexts.context_for([])) == (0, CORE, CORE)


# ------------------------------------------------------------------------- hosting


def host(context: Any = TERMS["@context"], **options: Any) -> str:
    response = call("POST", "/jsonldContexts", {"@context": context}, **options)
    assert (response.status, response.body) == (201, None)
    return str(response.headers["Location"]).rsplit("/", 1)[-1]


def test_a_hosted_context_is_served_and_used() -> None:
    name = host()
    assert call("GET", f"/jsonldContexts/{name}", by=VISITOR).body == TERMS
    for number, address in enumerate(
        (f"http://elsewhere.example/ngsi-ld/v1/jsonldContexts/{name}",
         f"/ngsi-ld/v1/jsonldContexts/{name}")
    ):  # fmt: skip
        assert lamp(address, number).status == 201
    details = call("GET", f"/jsonldContexts/{name}", details="true").body
    assert (details["kind"], details["localId"], details["numberOfHits"]) == ("Hosted", name, 2)
    assert call("DELETE", f"/jsonldContexts/{name}").status == 204
    assert error_of(call("GET", f"/jsonldContexts/{name}")) == (404, "ResourceNotFound")


def test_contexts_are_listed_by_kind(far: dict[str, Any]) -> None:
    name = host()
    lamp(FAR)
    assert call("GET", "/jsonldContexts", kind="Cached").body == [FAR]
    (address,) = call("GET", "/jsonldContexts", kind="Hosted").body
    assert address == f"http://node.example/ngsi-ld/v1/jsonldContexts/{name}"
    assert len(call("GET", "/jsonldContexts", details="true").body) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "error"),
    [
        ("POST", "", {}, {}, (400, "InvalidRequest")),
        ("POST", "", {"@context": 5}, {}, (400, "BadRequestData")),
        ("POST", "", {"@context": [FAR, 7]}, {}, (400, "BadRequestData")),
        ("GET", "", None, {"kind": "other"}, (400, "BadRequestData")),
        ("GET", "", None, {"details": "maybe"}, (400, "BadRequestData")),
        ("GET", "/nothing", None, {}, (404, "ResourceNotFound")),
        ("DELETE", "/nothing", None, {}, (404, "ResourceNotFound")),
        ("DELETE", "/nothing", None, {"reload": "true"}, (400, "BadRequestData")),
        ("DELETE", f"/{CORE_CONTEXT}", None, {}, (400, "BadRequestData")),
    ],
)
def test_what_cannot_be_done_with_contexts(
    method: str, path: str, body: Any, query: dict[str, str], error: tuple[int, str]
) -> None:
    assert error_of(call(method, f"/jsonldContexts{path}", body, **query)) == error


def test_only_copies_are_fetched_anew_and_a_failure_keeps_the_old_one(far: dict[str, Any]) -> None:
    name = host()
    reload = {"reload": "true"}
    assert error_of(call("DELETE", f"/jsonldContexts/{name}", **reload)) == (400, "BadRequestData")
    lamp(FAR)
    far["body"] = b"broken"
    failed = call("DELETE", f"/jsonldContexts/{FAR}", **reload)
    assert error_of(failed) == (504, "LdContextNotAvailable")
    assert call("GET", f"/jsonldContexts/{FAR}").body == TERMS
    far["body"] = orjson.dumps({"@context": {"Lamp": "https://b.example/Lamp"}})
    assert call("DELETE", f"/jsonldContexts/{FAR}", **reload).status == 204
    assert lamp(FAR, 2).status == 201
    assert call("GET", "/types").body["typeList"] == [
        "https://a.example/Lamp",
        "https://b.example/Lamp",
    ]


def test_a_hosted_context_is_its_tenants_alone() -> None:
    one, other = {"ngsild-tenant": "one"}, {"ngsild-tenant": "other"}
    name = host(headers=one)
    assert call("GET", f"/jsonldContexts/{name}", headers=one).status == 200
    for headers in (other, {}):
        assert call("GET", f"/jsonldContexts/{name}", headers=headers).status == 404
        assert call("DELETE", f"/jsonldContexts/{name}", headers=headers).status == 404
        assert call("GET", "/jsonldContexts", headers=headers).body == []
    assert call("GET", "/jsonldContexts", by=VISITOR, headers=one).status == 404


def test_a_context_without_an_address_gets_one_for_answers() -> None:
    query = {"type": "Query", "entities": [{"type": "Lamp"}]} | TERMS
    headers = {"content-type": LD}
    addresses = set()
    for _ in range(2):
        response = call("POST", "/entityOperations/query", query, headers=headers)
        addresses.add(links.context_address(response.headers["Link"][0]))
    (address,) = addresses
    name = str(address).rsplit("/", 1)[-1]
    assert call("GET", f"/jsonldContexts/{name}").body == TERMS
    assert StoredContext.objects.get().kind == ContextKind.IMPLICIT


# ----------------------------------------------------------------------- discovery


def test_types_and_attributes_are_told_with_their_numbers() -> None:
    made(power=35, near={"type": "Relationship", "object": "urn:x:2"})
    made(id="urn:ngsi-ld:Lamp:2", power=40)
    made(id="urn:ngsi-ld:Bin:1", type="Bin", power=1)
    assert call("GET", "/types").body["typeList"] == ["Bin", "Lamp"]
    assert call("GET", "/attributes").body["attributeList"] == ["near", "power"]
    kind = call("GET", "/types/Lamp").body
    assert (kind["entityCount"], kind["attributeDetails"][1]) == (
        2,
        {
            "id": "https://uri.etsi.org/ngsi-ld/default-context/power",
            "type": "Attribute",
            "attributeName": "power",
            "attributeTypes": ["Property"],
        },
    )
    attribute = call("GET", "/attributes/power").body
    assert (attribute["attributeCount"], attribute["typeNames"]) == (3, ["Bin", "Lamp"])
    (bin_, lamp_) = call("GET", "/types", details="true").body
    assert (bin_["attributeNames"], lamp_["attributeNames"]) == (["power"], ["near", "power"])


@pytest.mark.parametrize("path", ["/types/Nothing", "/attributes/nothing", "/attributes/id"])
def test_what_nobody_has_is_not_found(path: str) -> None:
    made()
    assert error_of(call("GET", path)) == (404, "ResourceNotFound")
