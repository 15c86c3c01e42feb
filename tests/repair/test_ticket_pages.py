"""Pages of repair: who may open them, what they say, and what their forms write."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kierto.core.quantity import Unit
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair import actions
from kierto.repair.models import Answer, Ticket, TicketPhoto, Work, Workshop
from kierto.repair.visitors import unnamed_visitor
from tests.factories.catalogue import make_kind
from tests.factories.exchange import picture
from tests.factories.parties import make_organization, make_person, make_place
from tests.factories.repair import (
    make_category,
    make_event,
    make_repairer,
    make_ticket,
    make_workshop,
)

pytestmark = pytest.mark.django_db


def _as(agent: Agent | None) -> Client:
    """A browser, signed in as the person behind an agent; None is a visitor."""
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user, "django.contrib.auth.backends.ModelBackend")
    return client


def _keeper() -> tuple[Agent, Workshop]:
    organization = make_organization("Fixers")
    admin = make_person("organization_admin", organization=organization)
    return admin.agent, make_workshop(organization, warranty_days=30)


def _queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


# --------------------------------------------------------------------------- who may open what


def test_everybody_finds_workshops_by_what_is_broken() -> None:
    kettles, bikes = make_category("Kettle"), make_category("Bicycle")
    fits = make_workshop(categories=[kettles], name="Kettle house", opening_hours="24/7")
    actions.set_price(fits, name="Descaling", low=5, category=kettles, by=system_agent())
    make_workshop(categories=[bikes], name="Bike house")
    make_workshop(name="Anything goes")
    make_event(fits)
    page = _as(None).get(reverse("repair:home"), {"category": kettles.pk})
    assert [row["workshop"].name for row in page.context["rows"]] == [
        "Anything goes",
        "Kettle house",
    ]
    assert [price.name for price in page.context["rows"][1]["prices"]] == ["Descaling"]
    assert page.context["rows"][1]["opening"].is_open
    assert len(page.context["events"]) == 1


def test_odd_filters_do_no_harm() -> None:
    make_workshop()
    for query in ("", "category=x", "category=99999", "district=nowhere", "page=77", "problem=%00"):
        assert _as(None).get(reverse("repair:home") + "?" + query).status_code == 200


def test_the_page_of_a_workshop_is_public_until_it_closes() -> None:
    keeper, workshop = _keeper()
    path = reverse("repair:workshop", args=[workshop.slug])
    assert _as(None).get(path).status_code == 200
    actions.change_workshop(workshop, changes={"is_open": False}, by=keeper)
    assert _as(None).get(path).status_code == 404
    assert _as(make_person().agent).get(path).status_code == 404
    assert _as(keeper).get(path).status_code == 200


def test_a_hidden_ticket_looks_like_one_that_is_not_there() -> None:
    ticket, stranger = make_ticket(), make_person().agent
    hidden = _as(stranger).get(reverse("repair:ticket", args=[ticket.pk]))
    unknown = _as(stranger).get(
        reverse("repair:ticket", args=["00000000-0000-4000-8000-000000000000"])
    )
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    for name in ("move", "decline", "answer", "estimate", "assign", "work", "part", "finish"):
        path = reverse(f"repair:ticket_{name}", args=[ticket.pk])
        assert _as(stranger).post(path, {"to": "cancelled"}).status_code == 404
        assert _as(stranger).get(path).status_code == 405


def test_visitors_are_asked_to_sign_in_alike() -> None:
    ticket = make_ticket()
    for pk in (ticket.pk, "00000000-0000-4000-8000-000000000000"):
        response = _as(None).get(reverse("repair:ticket", args=[pk]))
        assert (response.status_code, "login" in response["Location"]) == (302, True)


@pytest.mark.parametrize(
    "state",
    ["new", "estimated", "accepted", "in_work", "done", "collected", "declined", "cancelled"],
)
def test_owner_and_staff_see_every_state(state: str) -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop, state=state)
    for agent in (keeper, ticket.owner):
        page = _as(agent).get(reverse("repair:ticket", args=[ticket.pk]))
        assert page.status_code == 200
        assert page.context["is_staff"] == (agent == keeper)


def test_pages_for_those_who_work_there() -> None:
    keeper, workshop = _keeper()
    make_ticket(workshop)
    client = _as(keeper)
    for path in (
        reverse("repair:queue", args=[workshop.slug]),
        reverse("repair:ask", args=[workshop.slug]),
        reverse("repair:workshop", args=[workshop.slug]),
        reverse("repair:workshop_edit", args=[workshop.slug]),
        reverse("repair:workshop_new"),
        reverse("repair:tickets"),
    ):
        assert client.get(path).status_code == 200, path
    stranger = _as(make_person().agent)
    for name in ("queue", "workshop_edit"):
        assert stranger.get(reverse(f"repair:{name}", args=[workshop.slug])).status_code == 403


# --------------------------------------------------------------------------- forms that write


def test_a_resident_asks_and_agrees() -> None:
    keeper, workshop = _keeper()
    category, resident = make_category("Kettle"), make_person().agent
    client = _as(resident)
    path = reverse("repair:ask", args=[workshop.slug])
    answer = client.post(
        path,
        {
            "category": category.pk,
            "thing": "Red kettle",
            "problem": "It leaks.",
            "owner": str(resident.pk),
            "shares_data": "on",
        },
    )
    ticket = Ticket.objects.get()
    assert answer["Location"] == reverse("repair:ticket", args=[ticket.pk])
    _as(keeper).post(
        reverse("repair:ticket_estimate", args=[ticket.pk]), {"low": "10", "high": "12,50"}
    )
    client.post(reverse("repair:ticket_move", args=[ticket.pk]), {"to": "accepted"})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.estimate_high) == ("accepted", Decimal("12.50"))


def test_what_was_typed_is_kept_when_it_cannot_be_taken() -> None:
    _, workshop = _keeper()
    resident = make_person().agent
    page = _as(resident).post(
        reverse("repair:ask", args=[workshop.slug]),
        {
            "category": make_category().pk,
            "thing": "Kettle",
            "problem": "Leaks",
            "made_year": "1500",
            "owner": str(resident.pk),
        },
    )
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["made_year"]
    assert page.context["form"]["thing"].value() == "Kettle"


def test_one_asks_for_oneself_only() -> None:
    _, workshop = _keeper()
    other = make_person().agent
    for owner in (str(other.pk), "unnamed"):
        page = _as(make_person().agent).post(
            reverse("repair:ask", args=[workshop.slug]),
            {
                "category": make_category().pk,
                "thing": "Kettle",
                "problem": "Leaks",
                "owner": owner,
            },
        )
        assert list(page.context["form"].errors) == ["owner"]
    assert not Ticket.objects.exists()


def test_at_the_counter_a_visitor_leaves_no_name() -> None:
    keeper, workshop = _keeper()
    _as(keeper).post(
        reverse("repair:ask", args=[workshop.slug]),
        {"category": make_category().pk, "thing": "Kettle", "problem": "L", "owner": "unnamed"},
    )
    ticket = Ticket.objects.get()
    assert ticket.owner.person.name == ""
    page = _as(keeper).get(reverse("repair:ticket", args=[ticket.pk]))
    assert page.context["owner_name"] == "A visitor without a name"


def test_the_whole_repair_by_the_buttons_of_the_page() -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop)
    client = _as(keeper)
    worker = str(workshop.agent.pk)
    belt = make_kind(unit=Unit.ITEM)
    steps = [
        ("ticket_move", {"to": "in_work"}),
        ("ticket_work", {"hours": "0.5", "worker": worker, "note": "Opened it"}),
        ("ticket_part", {"name": "Belt", "kind": belt.code, "quantity": "1"}),
        ("ticket_finish", {"outcome": "Fixed", "price": "25", "advice": "Descale it."}),
        ("ticket_back", {}),
    ]
    for name, data in steps:
        answer = client.post(reverse(f"repair:{name}", args=[ticket.pk]), data)
        assert answer["Location"] == reverse("repair:ticket", args=[ticket.pk]), name
    ticket.refresh_from_db()
    assert (ticket.state, ticket.outcome, ticket.price) == ("collected", "Fixed", 25)
    assert ticket.warranty_until == timezone.localdate() + timedelta(days=30)
    assert Work.objects.get().event.effort_quantity == Decimal("0.5")
    assert ticket.parts.get().kind == belt


def test_a_wrong_outcome_is_told_at_its_field() -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop, state="in_work")
    page = _as(keeper).post(
        reverse("repair:ticket_finish", args=[ticket.pk]),
        {"outcome": "Fixed", "barrier": "Too worn out"},
    )
    assert page.status_code == 422
    assert list(page.context["finish_form"].errors) == ["barrier"]


def test_parts_are_settled_by_their_buttons() -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop, state="in_work")
    part = actions.add_part(ticket, name="Belt", kind=make_kind(unit=Unit.ITEM), by=keeper)
    path = reverse("repair:part_step", args=[part.pk])
    assert _as(ticket.owner).post(path, {"step": "fit"}).status_code == 403
    assert _as(make_person().agent).post(path, {"step": "fit"}).status_code == 404
    assert _as(keeper).post(path, {"step": "burn"}).status_code == 404
    for step, state in (("order", "ordered"), ("fit", "fitted")):
        _as(keeper).post(path, {"step": step})
        part.refresh_from_db()
        assert part.state == state


def test_hours_are_taken_back_by_their_button() -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop, state="in_work")
    work = actions.log_work(ticket, worker=workshop.agent, hours=Decimal(8), by=keeper)
    path = reverse("repair:work_undo", args=[work.pk])
    assert _as(ticket.owner).post(path).status_code == 403
    assert _as(keeper).post(path).status_code == 302
    assert _as(keeper).get(reverse("repair:ticket", args=[ticket.pk])).context["hours"] == 0


def test_the_owner_cannot_use_the_forms_of_the_workshop() -> None:
    ticket = make_ticket(state="in_work")
    for name in ("estimate", "assign", "work", "part", "finish"):
        answer = _as(ticket.owner).post(reverse(f"repair:ticket_{name}", args=[ticket.pk]))
        assert answer.status_code == 403, name
    path = reverse("repair:ticket_back", args=[ticket.pk])
    assert _as(ticket.owner).post(path).status_code == 409


def test_declining_needs_a_reason() -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop)
    path = reverse("repair:ticket_decline", args=[ticket.pk])
    assert _as(keeper).post(path).status_code == 422
    assert _as(keeper).post(path, {"reason": "No time."}).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reason) == ("declined", "No time.")


def test_the_question_is_asked_kindly_and_once() -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop, state="done")
    page = reverse("repair:ticket", args=[ticket.pk])
    path = reverse("repair:ticket_answer", args=[ticket.pk])
    assert _as(ticket.owner).get(page).context["asks"]
    assert not _as(keeper).get(page).context["asks"]
    assert _as(ticket.owner).post(path).status_code == 422
    _as(ticket.owner).post(path, {"skip": "1"})
    assert Answer.objects.get().is_skipped
    assert not _as(ticket.owner).get(page).context["asks"]


# --------------------------------------------------------------------------- pictures


def test_a_picture_is_private_until_the_owner_agrees() -> None:
    ticket = make_ticket()
    owner = _as(ticket.owner)
    owner.post(
        reverse("repair:ticket_photo", args=[ticket.pk]),
        {"photo": picture(), "description": "The crack"},
    )
    photo = TicketPhoto.objects.get()
    path = reverse("repair:photo", args=[photo.pk])
    change = reverse("repair:photo_change", args=[photo.pk])
    assert _as(None).get(path).status_code == 404
    assert owner.get(path).status_code == 200
    assert _as(make_person().agent).post(change, {"do": "show"}).status_code == 404
    owner.post(change, {"do": "show"})
    assert _as(None).get(path).status_code == 200
    owner.post(change, {"do": "hide"})
    assert _as(None).get(path).status_code == 404
    owner.post(change, {"do": "remove"})
    assert not TicketPhoto.objects.exists()


def test_what_is_no_picture_is_told_at_its_field() -> None:
    ticket = make_ticket()
    page = _as(ticket.owner).post(
        reverse("repair:ticket_photo", args=[ticket.pk]), {"description": "Nothing"}
    )
    assert (page.status_code, list(page.context["photo_form"].errors)) == (422, ["photo"])


# --------------------------------------------------------------------------- workshops


def test_an_administrator_opens_and_runs_a_workshop() -> None:
    organization = make_organization("Mend Ltd")
    admin = make_person("organization_admin", organization=organization).agent
    place, category = make_place(organization.agent), make_category("Kettle")
    client = _as(admin)
    said = {
        "name": "Mend",
        "place": str(place.pk),
        "timezone": "Europe/Helsinki",
        "warranty_days": "14",
        "takes_tickets": "on",
        "is_open": "on",
    }
    refused = client.post(reverse("repair:workshop_new"), {**said, "opening_hours": "whenever"})
    assert list(refused.context["form"].errors) == ["opening_hours"]
    client.post(
        reverse("repair:workshop_new"),
        {**said, "opening_hours": "Mo-Fr 09:00-17:00", "categories": [category.pk]},
    )
    workshop = Workshop.objects.get()
    assert (workshop.agent, list(workshop.categories.all())) == (organization.agent, [category])
    client.post(
        reverse("repair:price_add", args=[workshop.slug]),
        {"name": "New belt", "low": "10", "high": "20", "category": category.pk},
    )
    client.post(reverse("repair:repairer_add", args=[workshop.slug]), {"agent": str(admin.pk)})
    assert (workshop.prices.get().high, workshop.repairers.get().agent) == (20, admin)
    edit = reverse("repair:workshop_edit", args=[workshop.slug])
    client.post(edit, {**said, "name": "Mend it", "warranty_days": "7"})
    workshop.refresh_from_db()
    assert (workshop.name, workshop.warranty_days) == ("Mend it", 7)
    client.post(reverse("repair:price_drop", args=[workshop.prices.get().pk]))
    client.post(reverse("repair:repairer_stop", args=[workshop.repairers.get().pk]))
    assert (workshop.prices.count(), workshop.repairers.get().is_active) == (0, False)


def test_strangers_do_not_run_a_workshop() -> None:
    _, workshop = _keeper()
    price = actions.set_price(workshop, name="Belt", low=10, by=system_agent())
    repairer = make_repairer(workshop)
    for agent in (make_person().agent, repairer.agent):
        client = _as(agent)
        assert client.post(reverse("repair:price_add", args=[workshop.slug])).status_code == 403
        assert client.post(reverse("repair:price_drop", args=[price.pk])).status_code == 403
        assert client.post(reverse("repair:repairer_add", args=[workshop.slug])).status_code == 403
    stranger = _as(make_person().agent)
    assert stranger.post(reverse("repair:repairer_stop", args=[repairer.pk])).status_code == 403


# --------------------------------------------------------------------------- lists


def test_lists_ask_as_often_for_three_rows_as_for_one() -> None:
    keeper, workshop = _keeper()
    make_repairer(workshop, agent=keeper)
    category = make_category()
    client = _as(keeper)
    paths = [
        reverse("repair:home") + f"?category={category.pk}",
        reverse("repair:tickets"),
        reverse("repair:queue", args=[workshop.slug]),
        reverse("repair:workshop", args=[workshop.slug]),
    ]

    def more() -> None:
        other = make_workshop(opening_hours="24/7")
        actions.set_price(other, name="Belt", low=10, by=system_agent())
        actions.set_price(workshop, name="Belt", low=10, category=category, by=system_agent())
        ticket = make_ticket(workshop, owner=keeper)
        actions.assign(ticket, repairer=make_repairer(workshop), by=system_agent())
        make_event(workshop)

    more()
    before = [_queries(client, path) for path in paths]
    more()
    more()
    assert [_queries(client, path) for path in paths] == before


def test_repairers_change_what_they_are_good_at() -> None:
    keeper, workshop = _keeper()
    repairer = make_repairer(workshop)
    skill = make_category()
    path = reverse("repair:repairer_edit", args=[repairer.pk])
    for agent, note in ((repairer.agent, "Mondays"), (keeper, "Tuesdays")):
        assert _as(agent).get(path).status_code == 200
        _as(agent).post(path, {"skills": [skill.pk], "note": note})
        repairer.refresh_from_db()
        assert (list(repairer.skills.all()), repairer.note) == ([skill], note)
    assert _as(make_person().agent).get(path).status_code == 403
    assert _as(None).get(path).status_code == 302


def test_at_the_counter_the_question_is_asked_for_the_visitor_without_a_name() -> None:
    keeper, workshop = _keeper()
    ticket = make_ticket(workshop, owner=unnamed_visitor(), state="done")
    page = _as(keeper).get(reverse("repair:ticket", args=[ticket.pk]))
    assert page.context["asks"]
    _as(keeper).post(reverse("repair:ticket_answer", args=[ticket.pk]), {"alternative": "new"})
    assert Answer.objects.get().alternative == "new"


def test_hours_are_shown_by_the_clock_of_the_workshop() -> None:
    workshop = make_workshop(opening_hours="Mo-Su 08:00-22:30", timezone="Asia/Amman")
    page = _as(None).get(reverse("repair:workshop", args=[workshop.slug]))
    assert page.content.decode().count("08:00–22:30") == 7
