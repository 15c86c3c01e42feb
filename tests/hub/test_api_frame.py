"""What stands before every operation: addresses, lengths, media types, parameters, tenants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub.callers import OPEN, VISITOR
from kierto.hub.http import Request, answer, bodies, links, negotiation, routing
from kierto.hub.http.answering import router
from kierto.hub.http.call import once
from kierto.ngsild.errors import BadRequestData, InvalidRequest, NotAcceptable
from tests.hub.calling import BASE, GEO, LD, call, error_of, made, shown

pytestmark = pytest.mark.django_db

OFFERS = ("application/json", LD, GEO)


# ------------------------------------------------------------------- addresses


def test_a_path_finds_its_operation_and_its_identifiers() -> None:
    routes, params = router().find("/entities/urn:x:1/attrs/speed")
    assert (sorted(routes), params) == (
        ["DELETE", "PATCH", "PUT"],
        {"entityId": "urn:x:1", "attrId": "speed"},
    )


def test_identifiers_may_hold_slashes() -> None:
    _, params = router().find("/entities/http://a.example/b/attrs/https://c.example/d")
    assert params == {"entityId": "http://a.example/b", "attrId": "https://c.example/d"}


def test_a_slash_at_the_end_makes_no_difference() -> None:
    assert call("GET", "/types/").status == call("GET", "/types").status == 200


def test_no_two_operations_share_an_address() -> None:
    addresses = [(route.method, route.pattern) for route in router().routes]
    assert len(addresses) == len(set(addresses))


def test_an_unknown_address_is_not_found() -> None:
    assert error_of(call("GET", "/nothing")) == (404, "ResourceNotFound")


def test_an_operation_that_is_not_offered_names_those_that_are() -> None:
    response = call("PUT", "/types", {})
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_options_name_the_operations_and_the_media_types_of_a_patch() -> None:
    response = call("OPTIONS", "/entities/urn:x:1")
    assert (response.status, response.headers) == (
        204,
        {
            "Allow": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
            "Accept-Patch": "application/json, application/ld+json, application/merge-patch+json",
        },
    )


def test_a_missing_identifier_is_a_bad_request() -> None:
    assert error_of(call("POST", "/entities//attrs", {})) == (400, "BadRequestData")
    assert error_of(call("PATCH", "/entities/", {})) == (400, "BadRequestData")


def test_an_identifier_that_is_no_uri_is_a_bad_request() -> None:
    for path in ("/entities/lamp", "/entities/../../etc/passwd", "/entities/%2e%2e"):
        assert error_of(call("GET", path)) == (400, "BadRequestData")


@given(st.text(max_size=60))
def test_no_path_makes_the_router_fail(path: str) -> None:
    found = router().find(path)
    assert found is None or found[0]


_PARTS = st.sampled_from(["entities", "temporal", "attrs", "a", "urn:x:1", "é\n", "", "a:b"])


@given(st.lists(_PARTS, max_size=9))
def test_long_paths_are_read_as_short_ones_are(parts: list[str]) -> None:
    short = router().find("/" + "/".join(parts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "SHORT", 0)
        long = router().find("/" + "/".join(parts))
    assert (short is None) == (long is None)
    assert short is None or long is None or (short[0] is long[0] and short[1] == long[1])


def test_a_path_that_can_be_cut_in_many_ways_is_cut_once() -> None:
    # With expressions that try them all this would take hours.
    found = router().find("/temporal/entities/x" + "/attrs/a" * 50_000)
    assert found is not None
    assert found[1]["entityId"] == "x"


# --------------------------------------------------------- lengths and media types


def test_without_a_length_a_body_is_refused_without_a_body() -> None:
    response = answer(Request("POST", "/entities", {}, {}, b""), caller=OPEN)
    assert (response.status, response.body) == (411, None)


def test_a_body_beyond_the_limit_is_refused() -> None:
    body = b" " * (bodies.BODY_BYTES + 1)
    assert error_of(call("POST", "/entities", body)) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("kind", ["application/xml", "text/plain", "application/geo+json"])
def test_a_body_of_another_media_type_is_refused(kind: str) -> None:
    response = call("POST", "/entities", {"id": "urn:x:1"}, headers={"content-type": kind})
    assert error_of(response) == (415, "UnsupportedMediaType")


def test_a_body_of_no_media_type_is_taken_for_json() -> None:
    lamp = {"id": "urn:x:1", "type": "Lamp"}
    assert call("POST", "/entities", lamp, headers={"content-type": ""}).status == 201
    broken = call("POST", "/entities", b"{", headers={"content-type": ""})
    assert error_of(broken) == (400, "InvalidRequest")


def test_a_compressed_body_is_refused() -> None:
    response = call("POST", "/entities", b"\x1f\x8b", headers={"content-encoding": "gzip"})
    assert error_of(response) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        (f"{LD}, application/json", "application/json"),
        (f"application/json;q=0.1, {LD};q=0.9", LD),
        ("application/json;q=0, */*", LD),
        ("application/*;q=0.5, application/geo+json", GEO),
        (f"{LD};q=nonsense", LD),
        ("TEXT/html, Application/LD+JSON", LD),
    ],
)
def test_the_answer_has_the_heaviest_media_type(accept: str | None, kind: str) -> None:
    assert negotiation.chosen(accept, OFFERS) == kind


@pytest.mark.parametrize("accept", ["application/xml", "*/*;q=0", "application/json;q=0"])
def test_a_client_that_takes_nothing_offered_is_told(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiation.chosen(accept, ("application/json",))


@given(st.text(max_size=200))
def test_no_accept_header_does_more_than_to_be_refused(accept: str) -> None:
    try:
        assert negotiation.chosen(accept, OFFERS) in OFFERS
    except NotAcceptable:
        pass


# ------------------------------------------------------------ bodies and parameters


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 2_000, b'{"a": NaN}'])
def test_a_body_that_is_no_json_is_invalid(body: bytes) -> None:
    response = call("POST", "/entities", body, headers={"content-type": "application/json"})
    assert error_of(response) == (400, "InvalidRequest")


def test_json_too_deep_to_be_meant_is_refused() -> None:
    value = b"[" * 400 + b"]" * 400
    lamp = b'{"id": "urn:x:1", "type": "Lamp", "deep": {"type": "Property", "value": %b}}' % value
    assert error_of(call("POST", "/entities", lamp)) == (400, "BadRequestData")


@pytest.mark.parametrize("query", [{"colour": "red"}, {"options": "magic"}, {"format": "xml"}])
def test_parameters_and_words_that_are_unknown_are_invalid(query: dict[str, str]) -> None:
    assert error_of(call("GET", "/entities", type="Lamp", **query)) == (400, "InvalidRequest")


def test_a_parameter_stands_once() -> None:
    with pytest.raises(InvalidRequest):
        once([("type", "Lamp"), ("type", "Bin")])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": "0"}, 400),
        ({"limit": "0", "count": "true"}, 200),
        ({"limit": "-1"}, 400),
        ({"limit": "many"}, 400),
        ({"limit": "1001"}, 403),
        ({"limit": "9" * 400}, 400),
        ({"offset": "0" * 18 + "9" * 5_000}, 400),
        ({"offset": "x"}, 400),
        ({"count": "yes"}, 400),
        ({"local": "perhaps"}, 400),
    ],
)
def test_pages_have_limits(query: dict[str, str], status: int) -> None:
    assert call("GET", "/entities", type="Lamp", **query).status == status


@given(st.binary(max_size=60))
def test_no_body_makes_the_node_fail(body: bytes) -> None:
    response = call("POST", "/entities", body, headers={"content-type": "application/json"})
    assert response.status in {400, 201}


# ----------------------------------------------------------------------- contexts


def test_the_link_header_names_the_context() -> None:
    link = '<https://a.example/next>; rel="next", ' + links.context_link("https://a.example/c")
    assert links.context_address(link) == "https://a.example/c"
    assert links.context_address('<https://a.example/c>; rel="next"') is None


def test_a_link_header_of_openings_alone_is_read_once() -> None:
    assert links.context_address("<" * 1_000_000) is None


def test_two_contexts_in_the_link_header_are_one_too_many() -> None:
    link = ", ".join(links.context_link(f"https://a.example/{name}") for name in "cd")
    with pytest.raises(BadRequestData):
        links.context_address(link)


@given(st.text(max_size=300))
def test_no_link_header_makes_the_node_fail(link: str) -> None:
    try:
        assert links.context_address(link) is None or "<" in link
    except BadRequestData:
        pass


def test_a_context_stands_in_ld_json_and_nowhere_else() -> None:
    lamp = {"id": "urn:x:1", "type": "Lamp"}
    inside = lamp | {"@context": {"Lamp": "https://a.example/Lamp"}}
    ld = {"content-type": LD}
    link = {"link": links.context_link("https://a.example/c")}
    assert error_of(call("POST", "/entities", inside)) == (400, "BadRequestData")
    assert error_of(call("POST", "/entities", lamp, headers=ld)) == (400, "BadRequestData")
    assert error_of(call("POST", "/entities", inside, headers=ld | link)) == (400, "BadRequestData")
    assert call("POST", "/entities", inside, headers=ld).status == 201
    assert call("GET", "/entities/urn:x:1").body["type"] == "https://a.example/Lamp"


# ------------------------------------------------------------------------ tenants


def test_tenants_see_nothing_of_each_other() -> None:
    one, other = {"ngsild-tenant": "one"}, {"ngsild-tenant": "other"}
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
    response = call("POST", "/entities", lamp, headers=one)
    assert (response.status, response.headers["NGSILD-Tenant"]) == (201, "one")
    call("POST", "/entities", lamp | {"id": "urn:ngsi-ld:Lamp:2"}, headers=other)
    assert call("GET", "/entities/urn:ngsi-ld:Lamp:1", headers=one).status == 200
    assert call("GET", "/entities/urn:ngsi-ld:Lamp:1", headers=other).status == 404
    assert call("GET", "/entities/urn:ngsi-ld:Lamp:1").status == 404
    assert call("DELETE", "/entities/urn:ngsi-ld:Lamp:1", headers=other).status == 404


def test_reading_brings_no_tenant_into_being() -> None:
    response = call("GET", "/types", headers={"ngsild-tenant": "nobody"})
    assert error_of(response) == (404, "NonexistentTenant")
    assert response.headers["NGSILD-Tenant"] == "nobody"


def test_a_tenant_whose_name_is_none_is_refused() -> None:
    lamp = {"id": "urn:x:1", "type": "Lamp"}
    for name in ("../up", "a b", "x" * 200, "naïve\r\nX: 1"):
        response = call("POST", "/entities", lamp, headers={"ngsild-tenant": name})
        assert error_of(response) == (400, "BadRequestData")


def test_a_visitor_is_not_told_which_tenants_there_are() -> None:
    call("POST", "/entities", {"id": "urn:x:1", "type": "L"}, headers={"ngsild-tenant": "one"})
    there = call("GET", "/types", by=VISITOR, headers={"ngsild-tenant": "one"})
    absent = call("GET", "/types", by=VISITOR, headers={"ngsild-tenant": "two"})
    assert error_of(there) == error_of(absent) == (404, "NonexistentTenant")


def test_the_node_says_who_it_is() -> None:
    one = call("GET", "/info/sourceIdentity")
    other = call("GET", "/info/sourceIdentity", headers={"ngsild-tenant": "other"})
    again = call("GET", "/info/sourceIdentity", headers={"accept": LD})
    assert set(one.body) == {
        *("id", "type", "contextSourceAlias", "contextSourceUptime", "contextSourceTimeAt")
    }
    assert one.body["contextSourceAlias"] != other.body["contextSourceAlias"]
    assert one.body["contextSourceAlias"] == again.body["contextSourceAlias"]
    assert again.body["@context"].startswith("https://uri.etsi.org/ngsi-ld/v1/")


def test_addresses_in_answers_start_where_the_client_called() -> None:
    call("POST", "/jsonldContexts", {"@context": {"a": "https://a.example/a"}})
    (address,) = call("GET", "/jsonldContexts").body
    assert address.startswith(f"{BASE}/ngsi-ld/v1/jsonldContexts/")
    assert shown(made(), options="keyValues")["type"] == "Lamp"
