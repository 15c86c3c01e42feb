"""Refusals have the type, the status and the shape the specification gives them."""

from __future__ import annotations

import pytest

from kierto.ngsild import errors

STATUSES = {
    "InvalidRequest": 400,
    "BadRequestData": 400,
    "AlreadyExists": 409,
    "OperationNotSupported": 422,
    "ResourceNotFound": 404,
    "InternalError": 500,
    "TooComplexQuery": 403,
    "TooManyResults": 403,
    "LdContextNotAvailable": 504,
    "NoMultiTenantSupport": 501,
    "NonexistentTenant": 404,
    "Conflict": 409,
    "LoopDetected": 508,
    "NotAcceptable": 406,
    "UnsupportedMediaType": 415,
    "LengthRequired": 411,
    "RequestEntityTooLarge": 413,
    "Unauthorized": 401,
    "Forbidden": 403,
}
KINDS = [kind for kind in errors.NgsiLdError.__subclasses__() if kind.__module__ == errors.__name__]


def test_every_refusal_has_its_status() -> None:
    assert {kind.name: int(kind.status) for kind in KINDS} == STATUSES


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_refusal_is_problem_details(kind: type[errors.NgsiLdError]) -> None:
    problem = kind("Because.").problem()
    assert problem == {
        "type": f"https://uri.etsi.org/ngsi-ld/errors/{kind.name}",
        "title": kind.title,
        "status": STATUSES[kind.name],
        "detail": "Because.",
    }


def test_a_refusal_may_have_another_status_and_more_members() -> None:
    error = errors.OperationNotSupported("Not here.", status=405, allowed=["GET"])
    assert (error.problem()["status"], error.problem()["allowed"]) == (405, ["GET"])
    assert "detail" not in errors.ResourceNotFound().problem()


def test_a_context_that_cannot_be_had_is_named() -> None:
    error = errors.LdContextNotAvailable(url="https://example.org/a")
    assert (error.url, error.detail) == (
        "https://example.org/a",
        "The @context https://example.org/a could not be retrieved.",
    )
