"""Every refusal says what happened and what to do, in the shape that fits who asked."""

from __future__ import annotations

import logging
import re
from html import unescape

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.urls")]


def heading(text: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)
    assert found is not None
    return unescape(found[1].strip())


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/broken-rule/", 409, "That did not work"),
        ("/not-yours/", 403, "This is not open to you"),
        ("/denied/", 403, "This is not open to you"),
        ("/no/such/page/", 404, "There is no such page"),
        ("/form/", 405, "This address is not for opening"),
        ("/too-big/", 413, "That is too much at once"),
        ("/bug/", 500, "Something broke on our side"),
    ],
)
def test_refusal_is_a_page_of_words(visitor: Client, path: str, status: int, title: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, heading(answer.text)) == (status, title)
    assert 'href="/"' in answer.text


def test_page_of_a_broken_rule_says_the_rule_and_escapes_it(visitor: Client) -> None:
    text = visitor.get("/broken-rule/").text
    assert "It ended on Monday &lt;b&gt;. Choose a later day." in text
    assert "Nothing was changed." in text


def test_program_gets_problem_details(visitor: Client) -> None:
    answer = visitor.get("/broken-rule/", headers={"accept": "application/json"})
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:kierto:error:too_late",
        "title": "too late",
        "status": 409,
        "detail": "It ended on Monday <b>. Choose a later day.",
        "field": "day",
        "fields": {"day": "Monday <b>"},
    }


@pytest.mark.parametrize(("path", "status"), [("/denied/", 403), ("/none/", 404), ("/form/", 405)])
def test_program_gets_problem_details_for_plain_refusals(
    visitor: Client, path: str, status: int
) -> None:
    answer = visitor.get(path, headers={"accept": "application/problem+json"})
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer["Content-Type"] == "application/problem+json"


def test_htmx_gets_a_fragment(visitor: Client) -> None:
    answer = visitor.get("/broken-rule/", headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert answer.text.startswith('<div class="ds-alert"')
    assert "<html" not in answer.text
    assert {"Accept", "HX-Request"} <= {part.strip() for part in answer["Vary"].split(",")}


def test_wrong_method_keeps_the_header_that_names_the_right_one(visitor: Client) -> None:
    assert visitor.get("/form/")["Allow"] == "POST"


def test_form_without_its_token_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/form/")
    assert (answer.status_code, heading(answer.text)) == (403, "This form has grown too old")


def test_visitor_who_may_not_is_offered_to_sign_in(visitor: Client) -> None:
    assert 'href="/accounts/login/?next=/not-yours/"' in visitor.get("/not-yours/").text


def test_failure_is_logged_under_the_reference_on_the_page(
    visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="kierto.web"):
        text = visitor.get("/bug/").text
    reference = re.search(r"<code>(\w{8})</code>", text)
    ours = [record for record in caplog.records if record.name == "kierto.web"]
    assert reference is not None
    assert [record.getMessage() for record in ours] == [f"GET /bug/ failed ({reference[1]})"]
    assert ours[0].exc_info is not None


def test_page_of_a_failure_asks_the_database_nothing(
    visitor: Client, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test import RequestFactory

    from kierto.web.views.errors import server_error

    def refuse_all(*args: object) -> None:
        raise AssertionError("a query")

    with connection.execute_wrapper(refuse_all):
        answer = server_error(RequestFactory().get("/bug/"))
    assert answer.status_code == 500


def test_error_pages_speak_the_readers_direction(visitor: Client) -> None:
    text = visitor.get("/no/such/page/", headers={"accept-language": "ar"}).text
    assert 'lang="ar" dir="rtl"' in text
