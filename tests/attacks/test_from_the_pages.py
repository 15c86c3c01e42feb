"""Hostile files through every page that takes one, and hostile names out of every table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kierto.exchange.models import Delivery, Intent, IntentPhoto, Processor
from kierto.parties.models import Agent, Organization
from kierto.parties.queries import system_agent
from tests.attacks.conftest import Neighbours
from tests.attacks.test_on_the_machine import HOSTILE
from tests.factories import exchange as make
from tests.factories.parties import make_district, make_organization, make_person, make_place
from tests.factories.planning import make_plan

SignIn = Callable[[Agent | None], Client]
PAGES = {
    "parties:organizations_import": ("file", [""]),
    "catalogue:import": ("file", ["factors", "kinds"]),
    "exchange:import": ("table", ["offer", "need", "processor"]),
}
FORMULA = "=HYPERLINK(0)"


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_table_gives_its_faults_and_nothing_else(
    neighbours: Neighbours, as_agent: SignIn, page: str
) -> None:
    client = as_agent(neighbours.agents["node_admin"])
    field, whats = PAGES[page]
    before = counts()
    for what in whats:
        for name, (data, words) in HOSTILE.items():
            file = SimpleUploadedFile("table.csv", data, "text/csv")
            answer = client.post(reverse(page), {field: file, "what": what})
            text = answer.content.decode()
            assert answer.status_code in (200, 422), (name, answer.status_code)
            assert words.split()[-1] in text, (page, what, name)
    assert counts() == before


def counts() -> list[int]:
    models = (Organization, Intent, Processor, IntentPhoto, Delivery)
    return [model._base_manager.count() for model in models]


DISGUISED = {
    "a script": (b"<script>alert(1)</script>", "photo.jpg"),
    "a drawing with script": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "p.png"),
    "a program": (b"MZ\x90\x00" + b"\x00" * 500, "photo.jpeg"),
    "half a picture": (make.picture().getvalue()[:100], "photo.jpg"),
    "another form": (make.picture("GIF").getvalue(), "photo.jpg"),
    "too many bytes": (make.picture().getvalue() + b"\x00" * 9_000_000, "photo.jpg"),
}


@pytest.mark.parametrize("name", DISGUISED)
def test_what_is_no_picture_is_refused_at_its_field(
    neighbours: Neighbours, as_agent: SignIn, name: str
) -> None:
    place = make_place(neighbours.agents["member"])
    offer = make.make_offer(agent=place.agent, place=place)
    data, file = DISGUISED[name]
    before = counts()
    answer = as_agent(neighbours.agents["member"]).post(
        reverse("exchange:photo_add", args=[offer.pk]),
        {"photo": SimpleUploadedFile(file, data, "image/jpeg"), "photo_description": "x"},
    )
    assert (answer.status_code, counts()) == (422, before)
    assert "photo" in answer.context["photo_form"].errors


def test_no_table_that_leaves_holds_a_formula(db: None, as_agent: SignIn) -> None:
    make_district()
    district = hostile_district()
    client = as_agent(make_person("node_admin").agent)
    plan = make_plan(district)
    paths = [
        reverse("ledger:export_csv"),
        reverse("planning:flows_csv", args=[plan.pk]),
        *(reverse(f"catalogue:{name}_csv") for name in ("kinds", "recipes", "factors")),
        *(
            reverse("indicators:indicator_csv", args=["mass-circulated"]) + f"?table={table}"
            for table in ("month", "kind", "organization")
        ),
    ]
    seen = 0
    for path in paths:
        answer = client.get(path)
        text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert not cell.startswith(("=", "@", "\t", "\r")), (path, cell)
                seen += FORMULA in cell
    assert seen > 0


def hostile_district() -> object:
    """A kind, and two organisations, whose names a spreadsheet would run."""
    kind = make.make_priced_kind()
    make.name_kind(kind, FORMULA)
    places = [make_place(make_organization(f"{FORMULA} {n}").agent) for n in range(2)]
    agreement = make.make_agreement(
        offer=make.make_offer(kind=kind, place=places[0], title=FORMULA),
        need=make.make_need(kind=kind, place=places[1], title=FORMULA),
    )
    make.actions.confirm_delivery(make.deliver(agreement), by=system_agent())
    return places[0].district
