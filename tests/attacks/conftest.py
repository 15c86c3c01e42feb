"""Two neighbours who have nothing to do with each other: what one owns, and six others who ask."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from kierto.exchange.actions import add_photo
from kierto.exchange.models import Intent
from kierto.exchange.topics import ACCEPTED
from kierto.hub.datasets.actions import ask
from kierto.hub.models import Alarm, Node
from kierto.hub.nodes.actions import invite
from kierto.hub.sensors.actions import add_device
from kierto.hub.tokens.actions import make_token
from kierto.ledger.actions import start_process
from kierto.ledger.models import Visibility
from kierto.notices.actions import notify
from kierto.parties import actions
from kierto.parties.models import Agent, Person
from kierto.parties.queries import system_agent
from kierto.repair.actions.intake import take_in
from kierto.repair.actions.parts import add_part
from kierto.repair.actions.photos import add_photo as add_ticket_photo
from kierto.repair.actions.sign_ups import sign_up
from kierto.repair.actions.work import log_work
from kierto.repair.actions.workshops import set_price
from kierto.repair.importers import import_open_data
from kierto.repair.models import DataSet
from kierto.repair.states import EventState, TicketState
from kierto.sharing.actions.attachments import add_file
from kierto.sharing.actions.attachments import add_photo as add_thing_photo
from kierto.sharing.actions.booking import request_booking
from kierto.sharing.actions.charges import charge
from kierto.sharing.actions.condition import report_condition
from kierto.sharing.actions.feeds import open_feed
from kierto.sharing.actions.lending import lend_now
from kierto.sharing.actions.maintenance import plan_maintenance, schedule_maintenance
from kierto.sharing.actions.series import book_series
from kierto.sharing.actions.terms import add_group, set_plan
from kierto.sharing.actions.things import move_thing
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.states import Reason, Sort, ThingState
from tests.factories import exchange as make
from tests.factories import repair as mend
from tests.factories import sharing as lend
from tests.factories.catalogue import make_kind
from tests.factories.datasets import make_data_set
from tests.factories.ledger import make_recipe, make_transfer
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
    square,
)
from tests.factories.planning import make_plan, make_run, make_site, make_small_district

ELSEWHERE = square(50.0, 10.0)
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
OPEN_DATA = b"""id,data_provider,country,partner_product_category,product_category,product_category_id,brand,\
year_of_manufacture,product_age,repair_status,repair_barrier_if_end_of_life,group_identifier,\
event_date,problem
theirs_1,Theirs,FIN,Lamp,Lamp,15,Luxo,2001,20,Fixed,,Theirs,2024-05-04,Flickers
"""


@dataclass
class Neighbours:
    """``agents``: the six roles, in one organisation and one district. ``things``: of others."""

    agents: dict[str, Agent | None]
    things: dict[str, Any]


@pytest.fixture
def neighbours(db: None) -> Neighbours:
    cache.clear()
    agents = make_agents(make_organization("Ours"), make_district("ours", area=ELSEWHERE))
    things = {**_parties(), **_exchange(), **_planning(), **_sharing(), **_repair(), **_hub()}
    return Neighbours(agents, things)


@pytest.fixture
def as_agent() -> Callable[[Agent | None], Client]:
    def signed_in(agent: Agent | None) -> Client:
        client = Client()
        if agent is not None:
            user = Person.objects.get(pk=agent.pk).user
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


def _parties() -> dict[str, Any]:
    district = make_district("theirs")
    organization = make_organization("Theirs", slug="theirs")
    owner = make_person("organization_admin", organization=organization)
    operator = make_person("operator", district=district)
    told = {"what": "wood", "quantity": "1", "unit": "kg", "provider": "A", "receiver": "B"}
    (notice,) = notify(owner.agent, ACCEPTED, **told)
    return {
        "notice": notice.pk,
        "slug": organization.slug,
        "district": district.slug,
        "person": owner.pk,
        "invitation": actions.invite(organization, email="guest@example.org", by=system_agent()).pk,
        "place": make_place(organization.agent).pk,
        "home": make_place(owner.agent).pk,
        "appointment": operator.appointments.get().pk,
    }


def _exchange() -> dict[str, Any]:
    offer, hidden = make.make_offer(), make.make_offer(visibility="matched")
    agreement = make.make_agreement(offer=offer)
    processor = make.make_processor(make.make_making(offer.kind, make.make_priced_kind()))
    event = make_transfer(visibility=Visibility.PARTIES)
    return {
        "offer": offer.pk,
        "hidden": hidden.pk,
        "partner": make.make_need(kind=hidden.kind).pk,
        "photo": _photo(hidden),
        "proposal": make.make_proposal().pk,
        "agreement": agreement.pk,
        "delivery": make.deliver(agreement, photo=make.picture()).pk,
        "processor": processor.pk,
        "event": event.pk,
        "resource": event.to_resource_id,
        "process": start_process(
            name="Theirs", based_on=make_recipe(), place=make_place(), by=system_agent()
        ).pk,
    }


def _sharing() -> dict[str, Any]:
    collection = lend.make_collection()
    by, borrower = system_agent(), make_person().agent
    lend.make_member(collection, borrower)
    kind = make_kind("things-of-theirs", unit="item")
    drill, saw, glue = (lend.make_thing(collection, kind=kind) for _ in range(3))
    sold = lend.make_thing(
        collection, sort=Sort.CONSUMABLE, kind=kind, quantity=9, unit_price=Decimal(2)
    )
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    hour = timedelta(hours=1)
    booking = request_booking(
        collection=collection, borrower=borrower, lines=[(drill, 1)], begins=now + 24 * hour,
        ends=now + 48 * hour, via="desk", note="Of a test", by=by,
    )  # fmt: skip
    (loan,) = lend_now(
        collection=collection, borrower=borrower, lines=[(saw, 1)], due_at=now + 72 * hour,
        note="Of a test", by=by,
    )  # fmt: skip
    waiting = join_waiting_list(
        drill,
        borrower=lend.make_member(collection).agent,
        begins=booking.begins,
        ends=booking.ends,
        by=by,
    )
    plan = plan_maintenance(glue, name="Oil", every_days=90, by=by)
    care = schedule_maintenance(
        glue, begins=now + 24 * hour, ends=now + 30 * hour, title="Oil", by=by
    )
    series = book_series(
        collection=collection, borrower=borrower, lines=[(glue, 1)], begins=now + 480 * hour,
        ends=now + 482 * hour, rule="FREQ=DAILY;COUNT=2", by=by,
    )  # fmt: skip
    owed = charge(
        collection=collection, borrower=borrower, reason=Reason.FINE, amount=Decimal(3), by=by
    )
    picture = add_thing_photo(drill, image=make.picture(), description="Secret", by=by)
    looked_at = report_condition(saw, condition="worn", photos=[make.picture()], by=by)
    move_thing(drill, ThingState.PAUSED, by=by)
    return {
        "collection": collection.slug,
        "borrower": borrower.pk,
        "thing": saw.code,
        "paused thing": drill.code,
        "sold": sold.code,
        "booking": booking.pk,
        "booking code": booking.code,
        "loan": loan.pk,
        "place in line": waiting.pk,
        "series": series.pk,
        "plan of care": plan.pk,
        "care": care.pk,
        "charge": owed.pk,
        "member": collection.memberships.get(agent=borrower).pk,
        "terms": lend.make_terms(collection).pk,
        "membership plan": set_plan(collection, changes={"name": "Yearly"}, by=by).pk,
        "group": add_group(collection, name="Schools", by=by).pk,
        "thing photo": picture.pk,
        "condition photo": looked_at.photos.get().pk,
        "manual": add_file(glue, file=io.BytesIO(PDF), title="Secret", by=by).pk,
        "feed": open_feed(by=borrower).pk,
        "list": "overdue",
        "no secret": "0" * 43,
    }


def _repair() -> dict[str, Any]:
    workshop, by = mend.make_workshop(), system_agent()
    lamp = mend.make_category("Lamp", number=15, kind=make_kind("lamps", unit="item"))
    event = mend.make_event(workshop, begins=timezone.now() - timedelta(hours=1), slots=1)
    ticket = mend.make_ticket(workshop, category=lamp)
    begun = mend.make_ticket(workshop, category=lamp, state=TicketState.IN_WORK)
    station = event.stations.get()
    signed_up = sign_up(
        station.slots.get(), owner=make_person().agent, category=lamp,
        thing="Radio", problem="Silent", by=by,
    )  # fmt: skip
    numbered = take_in(event, category=lamp, problem="Silent", by=by)
    repairer = mend.make_repairer(workshop)
    work = log_work(begun, worker=repairer.agent, hours=Decimal(1), by=by)
    import_open_data(OPEN_DATA, name="rows.csv", by=by)
    return {
        "workshop": workshop.slug,
        "ticket": ticket.pk,
        "begun ticket": begun.pk,
        "repair event": event.pk,
        "draft event": mend.make_event(workshop, state=EventState.DRAFT).pk,
        "slot": station.slots.get().pk,
        "sign-up": signed_up.pk,
        "numbered": numbered.pk,
        "number": numbered.queue_number,
        "volunteer": mend.make_volunteer(event).pk,
        "price": set_price(workshop, name="Look", low=Decimal(1), by=by).pk,
        "repairer": repairer.pk,
        "work": work.pk,
        "part": add_part(begun, name="Fuse", by=by).pk,
        "repair photo": add_ticket_photo(
            begun, image=make.picture(), description="Secret", is_public=False, by=by
        ).pk,
        "data set": DataSet.objects.get().pk,
    }


def _photo(intent: Intent) -> int:
    photo = add_photo(intent, image=make.picture(), description="Secret", by=system_agent())
    return int(photo.pk)


def _planning() -> dict[str, Any]:
    small = make_small_district()
    return {
        "plan": make_plan(small.district).pk,
        "waiting": make_run(small.district).pk,
        "site": make_site(small).pk,
    }


def _hub() -> dict[str, Any]:
    by = system_agent()
    owner = make_organization("Theirs with a program").agent
    token, _secret = make_token(name="theirs", agent=owner, scopes=["read"], days=30, by=by)
    node = Node.objects.create(
        name="Elsewhere", address="https://elsewhere.invalid", alias="elsewhere", joined_by=by
    )
    invitation, _word = invite(by=by)
    device, _key = add_device(name="Theirs", agent=owner, entity_type="Device", by=by)
    alarm = Alarm.objects.create(device=device, kind="silence")
    restricted = make_data_set(owner, openness="restricted", title="Theirs, restricted")
    asker = make_person("resident").agent
    return {
        "draft": make_data_set(owner, state="draft", title="Theirs, a draft").slug,
        "restricted data set": restricted.slug,
        "csv": "csv",
        "data request": ask(restricted, agent=asker, purpose="Theirs", by=asker).pk,
        "device": device.pk,
        "alarm": alarm.pk,
        "token": token.pk,
        "node": node.pk,
        "node invitation": invitation.pk,
    }
