"""Asking the data platform on a page: the answer, and the request behind it."""

from __future__ import annotations

import pytest
from django.test import Client

from kierto.exchange.states import Visibility
from kierto.hub.entity_rows import name_of, plain_text, points_of, rows_of
from kierto.hub.forms.explorer import QuestionForm
from kierto.hub.projections.exchange import INTENTS
from tests.factories.exchange import make_offer
from tests.factories.parties import make_person


def test_a_question_shows_its_answer_and_its_request(client: Client, db: None) -> None:
    offer = make_offer(title="Beech offcuts")
    page = client.get("/data/query/", {"type": "Offer", "q": "resourceQuantity>0"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "Beech offcuts" in text
    request = "/ngsi-ld/v1/entities?type=Offer&amp;q=resourceQuantity%3E0"
    assert request in text.replace("<wbr>", "")
    assert page.context["asked"].total == 1
    assert page.context["rows"][0].id == INTENTS.urn(offer)


def test_the_request_shown_gives_the_same_answer(client: Client, db: None) -> None:
    make_offer()
    asked = client.get("/data/query/", {"type": "Offer", "form": "concise"}).context["asked"]
    link = asked.curl.split("Link: ")[1].split("'")[0]
    again = client.get(asked.path, headers={"Accept": "application/json", "Link": link})
    assert again.json() == asked.body


def test_a_wrong_question_says_what_is_wrong(client: Client, db: None) -> None:
    page = client.get("/data/query/", {"q": "(("})
    assert page.status_code == 200
    assert page.context["asked"].status == 400
    assert page.context["asked"].body["detail"] in page.content.decode().replace("&#x27;", "'")


def test_half_a_circle_is_refused_and_the_form_keeps_what_was_typed(
    client: Client, db: None
) -> None:
    page = client.get("/data/query/", {"type": "Offer", "latitude": "60.2"})
    assert page.context["asked"] is None
    assert page.context["form"].is_narrowed
    assert 'value="60.2"' in page.content.decode()


@pytest.mark.parametrize("role", ["visitor", "resident"])
def test_what_is_hidden_is_neither_shown_nor_counted(client: Client, db: None, role: str) -> None:
    hidden = make_offer(visibility=Visibility.MATCHED)
    if role != "visitor":
        person = make_person("resident", district=hidden.place.district)
        client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    page = client.get("/data/query/", {"type": "Offer"})
    assert page.context["asked"].total == 0
    assert client.get("/data/entity/", {"id": INTENTS.urn(hidden)}).status_code == 404


def test_an_entity_has_a_page_with_its_history(client: Client, db: None) -> None:
    offer = make_offer(title="Beech offcuts")
    page = client.get("/data/entity/", {"id": INTENTS.urn(offer)})
    assert page.status_code == 200
    assert page.context["name"] == "Beech offcuts"
    assert {"title", "state", "provider"} <= {each["name"] for each in page.context["attributes"]}
    assert {change["name"] for change in page.context["changes"]} >= {"title", "state"}


@pytest.mark.parametrize(
    "identifier", ["", "nonsense", "urn:a:b", "../../x", "urn:x:\x00", "u" * 9000]
)
def test_there_is_no_page_of_what_is_not_there(client: Client, db: None, identifier: str) -> None:
    assert client.get("/data/entity/", {"id": identifier}).status_code == 404


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (2.50, "2.5"),
        ("x" * 300, "x" * 119 + "…"),
        ({"type": "Property", "value": [1, 2]}, "1, 2"),
        ({"type": "LanguageProperty", "languageMap": {"en": "saw", "fi": "saha"}}, "saw"),
        ({"values": [[1, "2026-01-01T00:00:00Z"], [7, "2026-01-02T00:00:00Z"]]}, "7"),
        ({"type": "Point", "coordinates": [1, 2]}, "Point"),
        ({"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00Z"),
        ({"streetAddress": "Mill 1", "n": 2}, "streetAddress: Mill 1, n: 2"),
    ],
)
def test_values_read_as_a_line_of_text(value: object, text: str) -> None:
    assert plain_text(value) == text


def test_rows_and_points_leave_out_what_is_none() -> None:
    body = [
        {
            "id": "urn:a",
            "type": "T",
            "name": "A",
            "location": {"type": "Point", "coordinates": [1, 2]},
        },
        {"id": "urn:b", "type": ["T", "U"], "location": {"type": "Polygon", "coordinates": []}},
        "nonsense",
    ]
    assert [row.name for row in rows_of(body)] == ["A", "urn:b"]
    found = points_of(body)
    assert found is not None
    assert [(point["id"], point["lat"], point["lon"]) for point in found["points"]] == [
        ("urn:a", 2, 1)
    ]
    assert points_of([]) is None
    assert name_of({"id": "urn:c"}) == "urn:c"


def test_parameters_are_those_of_the_interface() -> None:
    form = QuestionForm(
        {"type": "Offer", "latitude": "60.2", "longitude": "24.7", "metres": "500", "others": "on"}
    )
    assert form.is_valid()
    assert form.parameters() == {
        "type": "Offer",
        "q": "",
        "id": "",
        "attrs": "",
        "georel": "near;maxDistance==500",
        "geometry": "Point",
        "coordinates": "[24.7,60.2]",
        "format": "simplified",
        "limit": "20",
        "offset": "",
        "count": "true",
    }
