"""The pages for those who keep things: what each shows, to whom, and what its forms do."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kierto.core.quantity import Unit
from kierto.parties.models import Person
from kierto.parties.queries import system_agent
from kierto.sharing.actions.maintenance import plan_maintenance, schedule_maintenance
from kierto.sharing.forms.things import ASKED
from kierto.sharing.models import Collection, Maintenance, MaintenancePlan, Thing
from kierto.sharing.states import Sort
from tests.factories.catalogue import make_kind
from tests.factories.exchange import picture
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
    square,
)
from tests.factories.sharing import make_collection, make_kit, make_pool, make_thing
from tests.sharing.test_attachments import PDF
from tests.sharing.test_stock import book

NOT_FOUND, FORBIDDEN, OK = HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.OK
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


def browser_of(person: Person | None) -> Client:
    browser = Client()
    if person is not None:
        assert person.user is not None
        browser.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection(slug="tools")


@pytest.fixture
def keeper(collection: Collection) -> Client:
    return browser_of(make_person("organization_admin", organization=collection.owner.organization))


def maintenance_of(thing: Thing) -> Maintenance:
    begins = timezone.now() + timedelta(days=3)
    return schedule_maintenance(
        thing, begins=begins, ends=begins + timedelta(hours=2), title="Oil", by=system_agent()
    )


def test_who_may_open_which_page(db: None) -> None:
    district, organization = make_district(), make_organization()
    collection = make_collection(place=make_place(organization.agent), slug="tools")
    agents = make_agents(organization, district)
    others = make_agents(make_organization(), make_district(area=square(61.5, 23.8)))
    agents |= {"stranger": others["organization_admin"], "other_operator": others["operator"]}
    thing, kit = make_thing(collection), make_kit(collection)
    plan = plan_maintenance(thing, name="Oil", every_days=30, by=system_agent())
    staff_pages = [
        reverse("sharing:keep", args=["tools"]),
        reverse("sharing:labels", args=["tools"]),
        reverse("sharing:idle", args=["tools"]),
        reverse("sharing:maintenance_due", args=["tools"]),
        reverse("sharing:thing_edit", args=[thing.code]),
        reverse("sharing:thing_edit", args=[kit.code]),
        reverse("sharing:maintenance_of", args=[thing.code]),
        reverse("sharing:maintenance_of", args=[kit.code]),
        reverse("sharing:maintenance", args=[maintenance_of(thing).pk]),
    ]
    keeper_pages = [
        reverse("sharing:thing_add", args=["tools"]),
        reverse("sharing:things_import", args=["tools"]),
        reverse("sharing:thing_facts", args=[thing.code]),
        reverse("sharing:thing_parts", args=[kit.code]),
        reverse("sharing:maintenance_plan", args=[plan.pk]),
    ]
    for role, agent in agents.items():
        browser = browser_of(agent.person if agent is not None else None)
        for pages, allowed in (
            (staff_pages, {"member", "organization_admin", "operator", "node_admin"}),
            (keeper_pages, {"organization_admin", "operator", "node_admin"}),
        ):
            for address in pages:
                status = browser.get(address).status_code
                wanted = OK if role in allowed else FORBIDDEN
                wanted = HTTPStatus.FOUND if agent is None else wanted
                assert (role, address, status) == (role, address, wanted)


@pytest.mark.parametrize("sort", Sort)
def test_a_thing_of_every_sort_is_added_by_its_form(
    collection: Collection, keeper: Client, sort: str
) -> None:
    make_kind("tool", unit=Unit.ITEM)
    part = make_thing(collection)
    address = f"{reverse('sharing:thing_add', args=['tools'])}?sort={sort}"
    form = keeper.get(address).context["form"]
    places = {"place"} if len(form.places) < 2 else set()
    assert set(form.fields) == set(ASKED[sort]) - places - {"terms"}
    sent = {"name": "Something", "kind": "tool", "quantity": "3", "condition": "good"}
    if sort == Sort.KIT:
        sent |= {"part-0": part.code.lower(), "number-0": ""}
    answer = keeper.post(address, sent)
    thing = Thing.objects.get(name="Something")
    assert answer["Location"] == reverse("sharing:thing_edit", args=[thing.code])
    assert thing.sort == sort
    if thing.resource is not None:
        several = sort in (Sort.POOL, Sort.CONSUMABLE)
        assert thing.resource.accounting_quantity == (3 if several else 1)


def test_what_is_refused_keeps_what_was_typed(collection: Collection, keeper: Client) -> None:
    make_kind("tool", unit=Unit.ITEM)
    taken = make_thing(collection)
    address = f"{reverse('sharing:thing_add', args=['tools'])}?sort=item"
    sent = {"name": "Saw", "kind": "tool", "condition": "good", "code": taken.code}
    answer = keeper.post(address, sent)
    assert answer.status_code == REFUSED
    form = answer.context["form"]
    assert list(form.errors) == ["code"]
    assert form["name"].value() == "Saw"


def test_facts_are_changed_and_the_rest_stays(collection: Collection, keeper: Client) -> None:
    room = make_thing(collection, sort=Sort.SPACE, features=["sink"], seats=8)
    address = reverse("sharing:thing_facts", args=[room.code])
    form = keeper.get(address).context["form"]
    assert form["features"].value() == "sink"
    sent = {"name": "Hall", "seats": "60", "features": "projector\n sink \n\nsink", "code": ""}
    assert keeper.post(address, sent).status_code == HTTPStatus.FOUND
    room.refresh_from_db()
    assert (room.name, room.seats, room.features) == ("Hall", 60, ["projector", "sink"])
    wrong = keeper.post(address, {**sent, "opening_hours": "whenever"})
    assert wrong.status_code == REFUSED
    assert list(wrong.context["form"].errors) == ["opening_hours"]


def test_stock_place_and_state_from_one_page(collection: Collection, keeper: Client) -> None:
    pool = make_pool(collection, 3)
    branch = make_place(collection.owner, name="Branch")

    def post(name: str, **data: Any) -> int:
        return keeper.post(reverse(f"sharing:{name}", args=[pool.code]), data).status_code

    assert post("thing_more", quantity="2", note="A gift") == HTTPStatus.FOUND
    assert post("thing_fewer", quantity="1", note="Broken") == HTTPStatus.FOUND
    assert post("thing_fewer", quantity="1", note="") == REFUSED
    assert post("thing_relocate", place=branch.pk) == HTTPStatus.FOUND
    assert post("thing_move", to="paused") == HTTPStatus.FOUND
    assert post("thing_move", to="draft") == HTTPStatus.CONFLICT
    pool = Thing.objects.select_related("resource").get(pk=pool.pk)
    assert pool.resource is not None
    assert (pool.resource.accounting_quantity, pool.place, pool.state) == (4, branch, "paused")


def test_bookings_in_the_way_stand_at_the_number(collection: Collection, keeper: Client) -> None:
    pool = make_pool(collection, 2)
    book(pool, 2, code="MEADOW")
    answer = keeper.post(
        reverse("sharing:thing_fewer", args=[pool.code]), {"quantity": "1", "note": "Sold"}
    )
    assert answer.status_code == REFUSED
    assert "MEADOW" in str(answer.context["less_form"].errors)


def test_parts_of_a_kit_in_rows(collection: Collection, keeper: Client) -> None:
    kit, pool, other = make_kit(collection), make_pool(collection), make_thing()
    address = reverse("sharing:thing_parts", args=[kit.code])
    assert len(list(keeper.get(address).context["form"].rows())) == 5
    sent = {"part-0": "", "part-3": pool.code, "number-3": "4"}
    assert keeper.post(address, sent).status_code == HTTPStatus.FOUND
    assert list(kit.parts.values_list("part", "quantity")) == [(pool.pk, 4)]
    for wrong in ({"part-0": other.code}, {"part-0": pool.code, "number-0": "6"}, {"part-0": ""}):
        assert keeper.post(address, wrong).status_code == REFUSED
    assert kit.parts.count() == 1


def test_pictures_and_manuals_come_and_go(collection: Collection, keeper: Client) -> None:
    thing = make_thing(collection)

    def add(name: str, **data: Any) -> int:
        return keeper.post(reverse(f"sharing:{name}", args=[thing.code]), data).status_code

    assert add("thing_photo_add", photo=picture(), photo_description="A drill") == HTTPStatus.FOUND
    paper = SimpleUploadedFile("m.pdf", PDF)
    assert add("thing_file_add", file=paper, title="Manual", language="fi") == HTTPStatus.FOUND
    fake = SimpleUploadedFile("m.pdf", io.BytesIO(b"<script>").getvalue())
    assert add("thing_file_add", file=fake, title="Manual") == REFUSED
    photo, file = thing.photos.get(), thing.files.get()
    page = keeper.get(reverse("sharing:thing_edit", args=[thing.code]))
    assert page.status_code == OK
    keeper.post(reverse("sharing:thing_photo_remove", args=[photo.pk]))
    keeper.post(reverse("sharing:thing_file_remove", args=[file.pk]))
    assert (thing.photos.count(), thing.files.count()) == (0, 0)


def test_the_list_finds_and_narrows(collection: Collection, keeper: Client) -> None:
    drill = make_thing(collection, name="Drill", serial_number="SN-1")
    make_thing(collection, name="Saw", state="draft")
    address = reverse("sharing:keep", args=["tools"])

    def names(**query: str) -> list[str]:
        return [thing.name for thing in keeper.get(address, query).context["page"]]

    assert names() == ["Drill", "Saw"]
    assert names(q="dri") == names(q=drill.code.lower()) == names(q="sn-1") == ["Drill"]
    assert names(q=f"https://x.example/t/{drill.code}/") == ["Drill"]
    assert names(state="draft") == ["Saw"]
    assert names(q="%") == names(state="nonsense", q="zzz") == []


@pytest.mark.parametrize("name", ["keep", "labels", "idle", "maintenance_due"])
def test_lists_cost_the_same_for_one_and_three(
    collection: Collection, keeper: Client, name: str
) -> None:
    address = reverse(f"sharing:{name}", args=["tools"])
    counts = []
    for number in (1, 2):
        for _ in range(number):
            thing = make_thing(collection)
            plan_maintenance(thing, name="Oil", every_uses=5, by=system_agent())
            maintenance_of(thing)
        keeper.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert keeper.get(address).status_code == OK
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --------------------------------------------------------------------------- care


def test_plans_and_times_from_the_page_of_a_thing(collection: Collection, keeper: Client) -> None:
    pool = make_pool(collection, 3)

    def post(page: str, **data: Any) -> Any:
        return keeper.post(reverse(f"sharing:{page}", args=[pool.code]), data)

    plan = {"name": "Oil", "every_days": "30", "takes_hours": "4"}
    assert post("maintenance_plan_add", **plan).status_code == HTTPStatus.FOUND
    assert post("maintenance_plan_add", **{**plan, "every_days": ""}).status_code == REFUSED
    times = {"title": "Sand", "begins": "2027-03-01T10:00", "ends": "2027-03-01T12:00"}
    assert post("maintenance_schedule", **times, quantity="2").status_code == HTTPStatus.FOUND
    made = Maintenance.objects.get()
    assert (made.begins.isoformat(), made.quantity) == ("2027-03-01T08:00:00+00:00", 2)
    refused = post("maintenance_schedule", **times, quantity="2")
    assert refused.status_code == REFUSED
    assert "Sand" in str(refused.context["schedule_form"].errors)
    out = {"title": "Broken", "ends": "2027-02-01T12:00", "quantity": "1"}
    assert post("maintenance_take_out", **out).status_code == HTTPStatus.FOUND
    assert keeper.get(reverse("sharing:maintenance_of", args=[pool.code])).status_code == OK
    edited = keeper.post(
        reverse("sharing:maintenance_plan", args=[MaintenancePlan.objects.get().pk]),
        {**plan, "name": "Oil and clean"},
    )
    assert edited.status_code == HTTPStatus.FOUND
    assert MaintenancePlan.objects.get().is_active is False


def test_a_maintenance_is_moved_and_gets_another_time(
    collection: Collection, keeper: Client
) -> None:
    made = maintenance_of(make_thing(collection))
    time = reverse("sharing:maintenance_reschedule", args=[made.pk])
    later = {"begins": "2027-05-01T10:00", "ends": "2027-05-01T12:00"}
    assert keeper.post(time, later).status_code == HTTPStatus.FOUND
    assert keeper.post(time, {**later, "ends": "2027-04-01T10:00"}).status_code == REFUSED
    move = reverse("sharing:maintenance_move", args=[made.pk])
    assert keeper.post(move, {"to": "in_work"}).status_code == HTTPStatus.FOUND
    assert keeper.post(move, {"to": "done"}).status_code == HTTPStatus.FOUND
    assert keeper.post(move, {"to": "planned"}).status_code == HTTPStatus.CONFLICT
    made.refresh_from_db()
    assert made.state == "done"
    assert keeper.get(reverse("sharing:maintenance", args=[made.pk])).status_code == OK


def test_getting_pages_writes_nothing(collection: Collection, keeper: Client) -> None:
    thing = make_thing(collection, value=Decimal(5))
    for name in ("thing_more", "thing_fewer", "thing_move", "thing_relocate",
                 "maintenance_schedule", "maintenance_take_out", "maintenance_plan_add"):  # fmt: skip
        address = reverse(f"sharing:{name}", args=[thing.code])
        assert keeper.get(address).status_code == HTTPStatus.METHOD_NOT_ALLOWED
