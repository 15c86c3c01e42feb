"""Care: plans that fall due by days or uses, times kept free, out of service, the repairer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.core.rounds import registered
from kierto.ledger.actions import cancel_commitment, start_process
from kierto.ledger.models import EconomicResource
from kierto.notices.models import Notice
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import blocks, care
from kierto.sharing.actions import maintenance as actions
from kierto.sharing.availability import free_count
from kierto.sharing.errors import maintenance as errors
from kierto.sharing.models import (
    Block,
    Booking,
    BookingLine,
    Collection,
    Loan,
    Maintenance,
    MaintenancePlan,
    Thing,
)
from kierto.sharing.opening import zone_of
from kierto.sharing.states import BookingState, MaintenanceState, Sort
from tests.factories.ledger import record
from tests.factories.parties import make_organization, make_person
from tests.factories.sharing import make_collection, make_kit, make_pool, make_space, make_thing
from tests.sharing.test_stock import book

MORNING = datetime(2027, 3, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection()


def by() -> Agent:
    return system_agent()


def plan(thing: Thing, *, days_ago: int = 0, **fields: Any) -> MaintenancePlan:
    values: dict[str, Any] = {"name": "Oil the chain", "takes_hours": 4, "by": by()}
    made = actions.plan_maintenance(thing, **{**values, **fields})
    made.created_at = timezone.now() - days_ago * DAY
    made.save(update_fields=["created_at"])
    return made


def schedule(thing: Thing, *, days: int = 0, hours: int = 4, **fields: Any) -> Maintenance:
    begins = MORNING + days * DAY
    values: dict[str, Any] = {
        "begins": begins, "ends": begins + hours * HOUR, "title": "Sharpen", "by": by(),
    }  # fmt: skip
    return actions.schedule_maintenance(thing, **{**values, **fields})


def used(thing: Thing, times: int, *, days_ago: int = 1) -> None:
    """So many loans of an hour, the last of them so many days ago."""
    at = timezone.now() - days_ago * DAY
    for number in range(times):
        booking = Booking.objects.create(
            code=f"U{Booking.objects.count()}", collection=thing.collection,
            borrower=make_person("resident").agent, booked_by=by(),
            begins=at - HOUR, ends=at, state=BookingState.DONE,
        )  # fmt: skip
        line = BookingLine.objects.create(booking=booking, thing=thing)
        if thing.sort != Sort.SPACE:
            Loan.objects.create(
                line=line, thing=thing, out_at=at - HOUR, due_at=at, handed_out_by=by(),
                back_at=at - timedelta(minutes=number), taken_back_by=by(),
            )  # fmt: skip


def due(thing: Thing) -> care.Due:
    return care.due_of(MaintenancePlan.objects.filter(thing=thing))[0]


def with_repairer(collection: Collection) -> Agent:
    repairer = make_organization("Workshop").agent
    collection.repairer = repairer
    collection.save()
    return repairer


# --------------------------------------------------------------------------- plans


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": " ", "every_days": 30}, errors.TitleMissing),
        ({}, errors.NeverDue),
        ({"every_days": 0, "every_uses": 0}, errors.NeverDue),
        ({"every_days": 30, "takes_hours": 0}, errors.TakesNoTime),
        ({"every_days": 30, "takes_hours": 5000}, errors.TakesNoTime),
        ({"every_days": 30, "makes_ticket": True}, errors.NoRepairer),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    collection: Collection, fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        plan(make_thing(collection), **fields)
    assert MaintenancePlan.objects.count() == 0


def test_kits_and_consumables_are_not_cared_for(collection: Collection) -> None:
    for thing in (make_kit(collection), make_thing(collection, sort=Sort.CONSUMABLE)):
        with pytest.raises(errors.NotCaredFor):
            plan(thing, every_days=30)
        with pytest.raises(errors.NotCaredFor):
            schedule(thing)


def test_only_those_who_run_the_collection_plan(collection: Collection) -> None:
    thing = make_thing(collection)
    member = make_person("member", organization=collection.owner.organization).agent
    stranger = make_person("resident").agent
    made = plan(thing, every_days=30)
    for agent in (member, stranger):
        with pytest.raises(NotAllowed):
            plan(thing, every_days=30, by=agent)
        with pytest.raises(NotAllowed):
            actions.change_plan(made, changes={"is_active": False}, by=agent)
    with pytest.raises(NotAllowed):
        schedule(thing, by=stranger)
    with pytest.raises(NotAllowed):
        actions.take_out_of_service(thing, ends=MORNING, title="Broken", by=stranger)
    assert schedule(thing, by=member).state == MaintenanceState.PLANNED


def test_a_plan_of_days_falls_due_after_them(collection: Collection) -> None:
    thing = make_thing(collection)
    made = plan(thing, every_days=30, days_ago=20)
    assert due(thing).at == made.created_at + 30 * DAY
    assert not due(thing).is_due(timezone.now())
    assert due(thing).is_near(timezone.now())


def test_a_plan_of_uses_falls_due_with_the_last_of_them(collection: Collection) -> None:
    thing = make_thing(collection)
    plan(thing, every_uses=3, days_ago=100)
    now = timezone.now()
    assert (due(thing).uses, due(thing).at) == (0, None)
    used(thing, 2)
    foreseen = due(thing).at
    assert foreseen is not None
    assert now + 45 * DAY < foreseen < now + 55 * DAY
    used(thing, 1)
    assert due(thing).is_due(timezone.now())


def test_uses_of_a_space_are_its_bookings(collection: Collection) -> None:
    room = make_space(collection)
    plan(room, every_uses=2, days_ago=100)
    used(room, 2)
    assert (due(room).uses, due(room).is_due(timezone.now())) == (2, True)


def test_whichever_comes_first_counts_and_done_begins_anew(collection: Collection) -> None:
    thing = make_thing(collection)
    made = plan(thing, every_days=365, every_uses=2, days_ago=30)
    used(thing, 2)
    assert due(thing).is_due(timezone.now())
    done = schedule(thing, plan=made)
    actions.move_maintenance(done, "done", by=by())
    again = due(thing)
    assert (again.uses, again.running, again.is_due(timezone.now())) == (0, None, False)
    assert again.at is not None
    assert again.at > timezone.now() + 364 * DAY


def test_what_is_due_is_read_in_a_constant_number_of_queries(
    collection: Collection, django_assert_num_queries: Any
) -> None:
    plan(make_thing(collection), every_uses=3)
    with django_assert_num_queries(5):
        care.due_of(care.plans_of(collection))
    for _ in range(3):
        plan(make_thing(collection), every_uses=3)
    with django_assert_num_queries(5):
        care.due_of(care.plans_of(collection))


# --------------------------------------------------------------------------- a time kept free


def test_a_time_kept_free_cannot_be_booked(collection: Collection) -> None:
    thing = make_thing(collection)
    made = schedule(thing)
    assert free_count(thing, MORNING, MORNING + HOUR) == 0
    assert free_count(thing, MORNING + 5 * HOUR, MORNING + 6 * HOUR) == 1
    block = Block.objects.get()
    assert (block.maintenance, block.begins, block.ends) == (made, made.begins, made.ends)


def test_some_of_a_pool_are_cared_for_while_the_rest_is_lent(collection: Collection) -> None:
    pool = make_pool(collection, 5)
    schedule(pool, quantity=2)
    assert free_count(pool, MORNING, MORNING + HOUR) == 3
    for wrong in (0, 6):
        with pytest.raises(errors.MoreThanThereAre):
            schedule(pool, quantity=wrong, days=3)


def test_bookings_in_the_way_are_named(collection: Collection) -> None:
    thing = make_thing(collection)
    book(thing, code="MEADOW")
    with pytest.raises(errors.TimeIsTaken) as refused:
        schedule(thing)
    assert refused.value.fields["bookings"] == "MEADOW"
    schedule(thing, days=1)
    with pytest.raises(errors.TimeIsTaken) as refused:
        schedule(thing, days=1, title="Oil")
    assert refused.value.fields["bookings"] == "Sharpen"
    assert Maintenance.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": ""}, errors.TitleMissing),
        ({"hours": 0}, errors.EndsBeforeBegins),
        ({"hours": -1}, errors.EndsBeforeBegins),
        ({"days": -1000}, errors.IsOver),
        ({"makes_ticket": True}, errors.NoRepairer),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    collection: Collection, fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        schedule(make_thing(collection), **fields)
    assert Maintenance.objects.count() == 0


def test_another_time_for_the_same_care(collection: Collection) -> None:
    thing = make_thing(collection)
    book(thing, days=1, code="MEADOW")
    made = schedule(thing)
    with pytest.raises(errors.TimeIsTaken):
        actions.reschedule(made, begins=MORNING + DAY, ends=MORNING + 2 * DAY, by=by())
    moved = actions.reschedule(made, begins=MORNING + 2 * DAY, ends=MORNING + 3 * DAY, by=by())
    assert free_count(thing, MORNING, MORNING + HOUR) == 1
    assert moved.begins == MORNING + 2 * DAY
    actions.move_maintenance(made, "cancelled", by=by())
    with pytest.raises(errors.AlreadyClosed):
        actions.reschedule(made, begins=MORNING, ends=MORNING + DAY, by=by())


def test_out_of_service_at_once_tells_who_does_not_get_it(collection: Collection) -> None:
    thing = make_thing(collection)
    booking, later = book(thing, code="MEADOW"), book(thing, days=30, code="LATER")
    made, short = actions.take_out_of_service(
        thing, ends=MORNING + DAY, title="The cord is broken", by=by()
    )
    assert (made.state, short) == (MaintenanceState.IN_WORK, [booking])
    assert free_count(thing, MORNING + 2 * DAY, MORNING + 3 * DAY) == 1
    assert Block.objects.filter(line__booking=later).count() == 1
    notice = Notice.objects.get()
    assert (notice.topic, notice.recipient.agent) == ("sharing.out_of_service", booking.borrower)


def test_done_early_is_free_early(collection: Collection) -> None:
    thing = make_thing(collection)
    made, _short = actions.take_out_of_service(
        thing, ends=timezone.now() + 30 * DAY, title="Clean", by=by()
    )
    assert free_count(thing, timezone.now(), timezone.now() + HOUR) == 0
    done = actions.move_maintenance(made, "done", by=by())
    assert done.finished_at is not None
    assert done.ends == done.finished_at
    assert free_count(thing, timezone.now(), timezone.now() + HOUR) == 1


# --------------------------------------------------------------------------- the clock


def test_the_clock_keeps_a_time_free_and_tells_the_keepers(collection: Collection) -> None:
    keeper = make_person("organization_admin", organization=collection.owner.organization)
    thing = make_thing(collection)
    made = plan(thing, every_days=30, days_ago=20)
    plan(make_thing(collection), every_days=300)
    now = timezone.now()
    assert actions.tend_maintenance(now) == 1
    kept = Maintenance.objects.get()
    assert (kept.plan, kept.title, kept.quantity) == (made, "Oil the chain", 1)
    assert kept.ends - kept.begins == 4 * HOUR
    assert now + DAY <= kept.begins < now + 2 * DAY
    assert free_count(thing, kept.begins, kept.ends) == 0
    notice = Notice.objects.get()
    assert (notice.topic, notice.recipient) == ("sharing.maintenance_planned", keeper)
    assert actions.tend_maintenance(now) == 0


def test_the_clock_finds_a_time_between_bookings_while_the_desk_is_open(
    collection: Collection,
) -> None:
    collection.opening_hours = "Mo-Fr 10:00-18:00"
    collection.save()
    thing = make_thing(collection)
    plan(thing, every_days=1, days_ago=20, takes_hours=2)
    after = timezone.now() + DAY
    booking = book(thing)
    Booking.objects.filter(pk=booking.pk).update(begins=after, ends=after + 3 * DAY)
    blocks.lay(blocks.lock([thing]))
    begins, ends = care.next_free(thing, quantity=1, hours=2, after=after)
    assert begins >= after + 3 * DAY
    assert ends - begins == 2 * HOUR
    assert begins.astimezone(zone_of(thing)).weekday() < 5
    assert 10 <= begins.astimezone(zone_of(thing)).hour < 18


def test_resting_plans_and_retired_things_are_left_alone(collection: Collection) -> None:
    made = plan(make_thing(collection), every_days=1, days_ago=20)
    actions.change_plan(made, changes={"is_active": False}, by=by())
    retired = make_thing(collection)
    plan(retired, every_days=1, days_ago=20)
    Thing.objects.filter(pk=retired.pk).update(state="retired")
    assert actions.tend_maintenance() == 0


def test_the_clock_frees_what_a_listener_could_not(collection: Collection) -> None:
    thing = make_thing(collection)
    made = schedule(thing)
    Maintenance.objects.filter(pk=made.pk).update(state=MaintenanceState.DONE)
    assert actions.tend_maintenance() == 1
    assert Block.objects.count() == 0


def test_the_round_is_registered() -> None:
    assert "sharing.maintenance" in [each.name for each in registered()]


# --------------------------------------------------------------------------- the repairer


def brought(made: Maintenance) -> Any:
    """The repairer takes it in."""
    process = start_process(name="Repair", by=by())
    assert made.agreement is not None
    promise = made.agreement.commitments.get(action="accept")
    record("accept", promise.provider, promise.receiver, conforms_to=promise.conforms_to,
           resource=promise.resource, amount=promise.resource_quantity, input_of=process,
           fulfills=promise)  # fmt: skip
    return process


def given_back(made: Maintenance, process: Any) -> None:
    assert made.agreement is not None
    promise = made.agreement.commitments.get(action="modify")
    record("modify", promise.provider, promise.receiver, conforms_to=promise.conforms_to,
           resource=promise.resource, amount=promise.resource_quantity, output_of=process,
           fulfills=promise)  # fmt: skip


def test_the_repairer_is_promised_it_and_promises_it_back(collection: Collection) -> None:
    repairer = with_repairer(collection)
    thing = make_thing(collection)
    made = schedule(thing, makes_ticket=True, note="The left blade")
    assert made.agreement is not None
    assert made.agreement.note == "Sharpen\n\nThe left blade"
    promises = made.agreement.commitments.order_by("action")
    assert [(p.action, p.provider, p.receiver, p.resource, p.resource_quantity) for p in promises
            ] == [
        ("accept", collection.owner, repairer, thing.resource, Decimal(1)),
        ("modify", repairer, collection.owner, thing.resource, Decimal(1)),
    ]  # fmt: skip


def test_what_the_repairer_records_moves_the_maintenance(collection: Collection) -> None:
    keeper = make_person("organization_admin", organization=collection.owner.organization)
    with_repairer(collection)
    thing = make_thing(collection)
    made = schedule(thing, makes_ticket=True)
    process = brought(made)
    made.refresh_from_db()
    assert made.state == MaintenanceState.IN_WORK
    for to in ("done", "cancelled"):
        with pytest.raises(errors.AtTheRepairer):
            actions.move_maintenance(made, to, by=by())
    given_back(made, process)
    made.refresh_from_db()
    assert made.state == MaintenanceState.DONE
    assert made.finished_at is not None
    assert Block.objects.count() == 0
    assert free_count(thing, MORNING, MORNING + HOUR) == 1
    stock = EconomicResource.objects.get(pk=thing.resource_id)
    assert stock.onhand_quantity == 1
    topics = list(Notice.objects.filter(recipient=keeper).values_list("topic", flat=True))
    assert topics == ["sharing.maintenance_over"]


def test_cancelling_takes_the_promises_back_and_tells_nobody(collection: Collection) -> None:
    make_person("organization_admin", organization=collection.owner.organization)
    with_repairer(collection)
    made = schedule(make_thing(collection), makes_ticket=True)
    actions.move_maintenance(made, "cancelled", by=by())
    assert made.agreement is not None
    assert made.agreement.commitments.filter(cancelled_at=None).count() == 0
    assert Notice.objects.count() == 0


def test_a_repairer_who_declines_leaves_it_to_be_done(collection: Collection) -> None:
    keeper = make_person("organization_admin", organization=collection.owner.organization)
    with_repairer(collection)
    made = schedule(make_thing(collection), makes_ticket=True)
    assert made.agreement is not None
    for promise in made.agreement.commitments.all():
        cancel_commitment(promise, by=by())
    made.refresh_from_db()
    assert made.state == MaintenanceState.PLANNED
    notice = Notice.objects.get()
    assert (notice.topic, notice.recipient) == ("sharing.maintenance_declined", keeper)
    assert actions.move_maintenance(made, "done", by=by()).state == MaintenanceState.DONE
