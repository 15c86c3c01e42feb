"""Posting in three steps, with and without script, and everything that may go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from kierto.catalogue.models import ResourceSpecification
from kierto.core.photos import LARGEST_BYTES
from kierto.exchange.models import Intent, IntentPhoto
from kierto.parties.models import Agent
from tests.exchange.conftest import World
from tests.factories import exchange as make

SignIn = Callable[[Agent | None], Client]
AMOUNT = {
    "quantity": "2,5",
    "unit": "t",
    "every": "month",
    "available_from": "2026-01-05",
    "available_until": "",
    "minimum_lot": "0.5",
    "quality": "moisture = 0.1",
    "fallback_cost": "",
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def denim(db: None) -> ResourceSpecification:
    kind = make.make_priced_kind("denim-offcuts")
    make.name_kind(kind, "Denim offcuts", "en", "jeans scraps")
    make.name_kind(kind, "Ritagli di denim", "it")
    return kind


def _begin(client: Client, direction: str = "offer", title: str = "Blue denim offcuts") -> str:
    """Fill in step 1; returns the address of step 2."""
    response = client.post(
        reverse("exchange:post"),
        {"direction": direction, "title": title, "kind": "denim-offcuts", "description": "Clean."},
    )
    assert response.status_code == 302
    return response["Location"]


def _to_review(client: Client, world: World) -> str:
    amount = _begin(client)
    where = client.post(amount, AMOUNT)["Location"]
    review = client.post(where, {"place": str(world.place.pk), "visibility": "partners"})
    return str(review["Location"])


def test_three_steps_and_a_look_publish_an_offer(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    client = as_agent(world.agents["member"])
    review = _to_review(client, world)
    page = client.get(review)
    assert page.status_code == 200
    assert "Blue denim offcuts" in page.content.decode()
    assert Intent.objects.count() == 0
    done = client.post(review, {"publish": "1"})
    intent = Intent.objects.get()
    assert done["Location"] == reverse("exchange:intent", args=[intent.pk])
    assert (intent.state, intent.visibility, intent.agent) == (
        "open",
        "partners",
        world.organization.agent,
    )
    assert (intent.resource_quantity, intent.entered_value, intent.entered_unit) == (
        2500,
        "2.5",
        "t",
    )
    assert (intent.minimum_lot, intent.quality, intent.created_by) == (
        500,
        {"moisture": 0.1},
        world.agents["member"],
    )


def test_a_draft_stays_with_those_who_wrote_it(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    client = as_agent(world.agents["member"])
    client.post(_to_review(client, world), {"draft": "1"})
    intent = Intent.objects.get()
    path = reverse("exchange:intent", args=[intent.pk])
    assert intent.state == "draft"
    assert client.get(path).status_code == 200
    assert as_agent(world.agents["resident"]).get(path).status_code == 404
    assert as_agent(None).get(path).status_code == 404


def test_words_in_another_language_find_the_kind_without_script(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    client = as_agent(world.agents["member"])
    typed = {"direction": "need", "title": "ritagli di demin", "description": "Any colour"}
    found = client.post(reverse("exchange:post"), {**typed, "find": "1"})
    page = client.get(found["Location"]).content.decode()
    assert 'value="denim-offcuts"' in page
    assert "ritagli di demin" in page
    assert "Any colour" in page
    assert "data-invalid" not in page


def test_kinds_appear_while_one_types(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    client = as_agent(world.agents["member"])
    answer = client.get(
        reverse("exchange:kinds"), {"title": "jean scraps"}, headers={"HX-Request": "true"}
    )
    text = answer.content.decode()
    assert text.strip().startswith('<div id="kinds"')
    assert 'value="denim-offcuts"' in text


def test_what_was_typed_is_kept_when_something_is_wrong(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    client = as_agent(world.agents["member"])
    amount = _begin(client)
    wrong = {**AMOUNT, "quantity": "1,234,5", "quality": "wet", "available_until": "2025-01-01"}
    page = client.post(amount, wrong)
    text = page.content.decode()
    assert page.status_code == 422
    assert "1,234,5" in text
    assert ">wet<" in text.replace("\n", "")
    assert set(page.context["form"].errors) == {"quantity", "quality", "available_until"}


def test_back_shows_what_was_entered_and_steps_are_not_skipped(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    client = as_agent(world.agents["member"])
    amount = _begin(client)
    skipped = client.get(amount.replace("/amount/", "/review/"))
    assert skipped["Location"] == amount
    client.post(amount, AMOUNT)
    assert 'value="2,5"' in client.get(amount).content.decode()
    assert "Blue denim offcuts" in client.get(amount.replace("/amount/", "/what/")).content.decode()


def test_units_fit_the_kind(world: World, as_agent: SignIn, denim: ResourceSpecification) -> None:
    client = as_agent(world.agents["member"])
    page = client.get(_begin(client))
    assert [value for value, _label in page.context["form"].fields["unit"].choices] == [
        "kg",
        "t",
        "g",
    ]
    refused = client.post(page.request["PATH_INFO"], {**AMOUNT, "unit": "MWh"})
    assert set(refused.context["form"].errors) == {"unit"}


def test_another_place_is_added_with_the_offer(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    resident = world.agents["resident"]
    client = as_agent(resident)
    where = client.post(_begin(client), AMOUNT)["Location"]
    place = {"place": "new", "agent": str(resident.pk), "visibility": "public"}
    missing = client.post(where, place)
    assert set(missing.context["form"].errors) == {"locality", "latitude", "longitude"}
    place |= {"locality": "Espoo", "street": "Secret street 5"}
    place |= {"latitude": "60,2171", "longitude": "24.7563"}
    review = client.post(where, place)["Location"]
    client.post(review, {"publish": "1"})
    intent = Intent.objects.get()
    assert (intent.agent, intent.place.district) == (resident, world.district)
    path = reverse("exchange:intent", args=[intent.pk])
    assert "Secret street" in client.get(path).content.decode()
    for role in ("visitor", "member"):
        shown = as_agent(world.agents[role]).get(path).content.decode()
        assert "Secret street" not in shown
        assert "60.2171" not in shown
    assert "Secret street" in as_agent(world.agents["operator"]).get(path).content.decode()
    on_map = as_agent(None).get(reverse("exchange:market") + "?view=map").content.decode()
    assert "24.7563" not in on_map
    assert "24.76" in on_map


def test_somebody_elses_place_is_not_offered(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    other = make.make_offer().place
    client = as_agent(world.agents["member"])
    where = client.post(_begin(client), AMOUNT)["Location"]
    refused = client.post(where, {"place": str(other.pk), "visibility": "public"})
    assert set(refused.context["form"].errors) == {"place"}


def test_another_persons_begun_form_is_not_found(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    amount = _begin(as_agent(world.agents["member"]))
    stranger = as_agent(world.agents["resident"]).get(amount)
    assert stranger["Location"] == reverse("exchange:post")


def test_visitors_are_asked_to_sign_in(db: None, client: Client) -> None:
    assert "/login/" in client.get(reverse("exchange:post"))["Location"]


# --------------------------------------------------------------------------- pictures


def _upload(client: Client, intent: Intent, content: bytes, name: str = "a.jpg", **more: str):
    return client.post(
        reverse("exchange:photo_add", args=[intent.pk]),
        {
            "photo": SimpleUploadedFile(name, content, "image/jpeg"),
            "photo_description": "A bale",
            **more,
        },
    )


def test_a_picture_is_written_anew_without_its_metadata(world: World, as_agent: SignIn) -> None:
    intent = world.offer()
    image = Image.new("RGB", (3000, 1000), "green")
    exif = Image.Exif()
    exif[0x010E] = "Taken at home, Secret street 5"
    upload = make.io.BytesIO()
    image.save(upload, "JPEG", exif=exif)
    client = as_agent(world.agents["member"])
    assert (
        _upload(client, intent, upload.getvalue() + b"<script>alert(1)</script>").status_code == 302
    )
    photo = IntentPhoto.objects.get()
    with photo.image.open("rb") as file:
        stored = file.read()
    assert b"Secret" not in stored
    assert b"script" not in stored
    with Image.open(make.io.BytesIO(stored)) as again:
        assert (again.size, again.format) == ((1600, 533), "JPEG")
    served = as_agent(None).get(reverse("exchange:photo", args=[photo.pk]))
    assert (served.status_code, served["Content-Type"]) == (200, "image/jpeg")
    assert served.content == stored


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SVG, "not a picture"),
        (HTML, "not a picture"),
        (b"GIF89a" + HTML, "not a picture"),
        (make.picture("GIF").getvalue(), "not a picture"),
        (make.picture().getvalue()[:300], "not a picture"),
        (b"\xff\xd8\xff" + b"0" * (LARGEST_BYTES + 1), "too large"),
        (make.picture("PNG", (9000, 9000)).getvalue(), "too large"),
    ],
    ids=["svg", "html", "polyglot", "gif", "cut short", "bytes", "pixels"],
)
def test_disguised_and_oversized_pictures_are_refused(
    world: World, as_agent: SignIn, content: bytes, code: str
) -> None:
    intent = world.offer()
    answer = _upload(as_agent(world.agents["member"]), intent, content)
    assert answer.status_code == 422
    assert code in str(answer.context["photo_form"].errors["photo"])
    assert IntentPhoto.objects.count() == 0


def test_a_picture_needs_words_and_there_is_an_end_to_them(world: World, as_agent: SignIn) -> None:
    intent = world.offer()
    client = as_agent(world.agents["member"])
    picture = make.picture().getvalue()
    assert _upload(client, intent, picture, photo_description=" ").status_code == 422
    for _each in range(6):
        assert _upload(client, intent, picture).status_code == 302
    assert _upload(client, intent, picture).status_code == 422
    assert intent.photos.count() == 6


def test_a_picture_that_is_refused_publishes_nothing(
    world: World, as_agent: SignIn, denim: ResourceSpecification
) -> None:
    client = as_agent(world.agents["member"])
    review = _to_review(client, world)
    answer = client.post(
        review,
        {"publish": "1", "photo": SimpleUploadedFile("a.jpg", SVG), "photo_description": "x"},
    )
    assert Intent.objects.count() == 0
    assert answer.context["error"].code == "not_a_photo"
    assert client.get(review).status_code == 200


def test_pictures_of_hidden_offers_are_hidden(world: World, as_agent: SignIn) -> None:
    intent = world.offer(visibility="matched")
    member = as_agent(world.agents["member"])
    _upload(member, intent, make.picture().getvalue())
    path = reverse("exchange:photo", args=[IntentPhoto.objects.get().pk])
    assert member.get(path).status_code == 200
    for role in ("visitor", "resident"):
        assert as_agent(world.agents[role]).get(path).status_code == 404
