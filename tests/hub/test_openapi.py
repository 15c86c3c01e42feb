"""The description of the interface says what there is, in the words of OpenAPI 3.1."""

from __future__ import annotations

from django.test import Client
from schemathesis.specs.openapi import definitions

from kierto.hub.http.answering import router
from kierto.hub.openapi import document
from kierto.hub.openapi.operations import BODIES, SUMMARIES


def test_the_document_is_openapi() -> None:
    # A copy of https://spec.openapis.org/oas/3.1/schema/2022-10-07 comes with schemathesis.
    errors = [
        f"{list(error.instance_path)}: {error.message}"
        for error in definitions.OPENAPI_31_VALIDATOR.iter_errors(document("http://node.example"))
    ]
    assert errors == []


def test_every_route_is_described_once() -> None:
    paths = document()["paths"]
    described = {
        (method.upper(), path.removeprefix("/ngsi-ld/v1"))
        for path, operations in paths.items()
        for method in operations
        if path.startswith("/ngsi-ld/")
    }
    assert described == {(route.method, route.pattern) for route in router().routes}
    names = [one["operationId"] for path in paths.values() for one in path.values()]
    assert len(names) == len(set(names))


def test_nothing_is_described_that_is_not_there() -> None:
    operations = {route.operation for route in router().routes}
    assert operations == SUMMARIES.keys()
    assert operations >= BODIES.keys()


def test_the_document_is_served_to_any_site(db: None) -> None:
    response = Client().get("/data/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/vnd.oai.openapi+json;version=3.1"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json() == document("http://testserver")
