"""A run freezes its inputs, computes, certifies, and ends in one of three ways."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kierto.core.errors import NotAllowed
from kierto.exchange.models import Intent
from kierto.notices.models import Notice
from kierto.parties.queries import system_agent
from kierto.planner import Plan, Problem, Progress, Wish, certify
from kierto.planning import actions, topics
from kierto.planning.actions import computing, running
from kierto.planning.errors import LOST, RunAlreadyOpen, RunOver
from kierto.planning.models import PlanRun
from kierto.planning.pulse import LOST_AFTER, is_lost
from tests.factories.exchange import make_offer
from tests.factories.parties import make_agents, make_district, make_organization, make_person
from tests.factories.planning import make_plan, make_run, make_small_district

pytestmark = pytest.mark.django_db


def test_a_run_keeps_the_optimum_that_was_computed_by_hand() -> None:
    small = make_small_district()
    run = make_plan(small.district)
    plan = Plan.from_dict(run.plan)
    amounts = {(flow.source, flow.sink): flow.amount for flow in plan.flows}
    ports = f"processor:{small.processor.pk}"
    assert run.state == "done"
    assert amounts == pytest.approx(
        {
            (f"offer:{small.offer.pk}", f"need:{small.need.pk}"): 40,
            # Chipping costs 0.05 a kg and halves what has to be disposed of at 0.2 a kg and more,
            # so it pays for all that is left.
            (f"offer:{small.offer.pk}", f"{ports}:in:{small.wood.code}"): 60,
            (f"{ports}:out:{small.chips.code}", f"need:{small.chips_need.pk}"): 20,
        }
    )
    assert plan.fallbacks[f"offer:{small.offer.pk}"] == 0
    assert plan.fallbacks[f"{ports}:out:{small.chips.code}"] == pytest.approx(10)


def test_a_done_run_holds_its_frozen_inputs_and_a_certificate_that_verifies_again() -> None:
    run = make_plan()
    problem, plan = Problem.from_dict(run.problem), Plan.from_dict(run.plan)
    assert problem.digest() == run.inputs_hash == plan.problem_digest
    assert certify(problem, plan).valid


def test_the_carbon_price_is_the_districts_unless_another_is_asked_for() -> None:
    small = make_small_district()
    own = make_plan(small.district)
    dear = make_plan(small.district, carbon_price=Decimal(500))
    assert own.carbon_price == small.district.carbon_price
    assert Problem.from_dict(dear.problem).carbon_price == pytest.approx(0.5)


def test_the_same_inputs_give_the_same_plan_verified_anew() -> None:
    small = make_small_district()
    first, second = make_plan(small.district), make_plan(small.district)
    assert second.inputs_hash == first.inputs_hash
    assert second.same_as == first
    assert second.plan == first.plan


def test_a_tampered_earlier_plan_is_not_taken_over() -> None:
    small = make_small_district()
    first = make_plan(small.district)
    first.plan["totals"]["cost"] -= 1
    first.save(update_fields=["plan"])
    second = make_plan(small.district)
    assert second.same_as is None
    assert second.plan["totals"]["cost"] == pytest.approx(first.plan["totals"]["cost"] + 1)


def test_changed_inputs_give_another_plan() -> None:
    small = make_small_district()
    first = make_plan(small.district)
    make_offer(kind=small.wood, amount="5", place=small.offer.place)
    second = make_plan(small.district)
    assert second.same_as is None
    assert second.inputs_hash != first.inputs_hash


def test_an_empty_district_has_an_empty_plan() -> None:
    run = make_plan(make_district())
    assert run.state == "done"
    assert run.plan["flows"] == []


def test_a_sweep_keeps_a_point_for_each_price_along_which_cost_never_falls() -> None:
    run = make_plan(kind="sweep", carbon_price=Decimal("77"))
    points = run.sweep["points"]
    prices = [point["carbon_price"] for point in points]
    assert prices == sorted({*map(float, computing.SWEEP_PRICES), 77.0})
    assert [p["cost"] for p in points] == sorted(p["cost"] for p in points)
    assert [p["emissions"] for p in points] == sorted(
        (p["emissions"] for p in points), reverse=True
    )


def test_only_those_who_run_the_district_request_and_cancel() -> None:
    district = make_district()
    agents = make_agents(make_organization(), district)
    for role, agent in agents.items():
        if role in ("operator", "node_admin") or agent is None:
            continue
        with pytest.raises(NotAllowed):
            actions.request_run(district, by=agent)
    run = actions.request_run(district, by=agents["operator"])
    with pytest.raises(NotAllowed):
        actions.cancel_run(run, by=agents["member"])
    assert actions.cancel_run(run, by=agents["node_admin"]).state == "cancelled"


def test_an_operator_of_another_district_may_not_request() -> None:
    other = make_person("operator").agent
    with pytest.raises(NotAllowed):
        actions.request_run(make_district(), by=other)


def test_a_district_is_planned_once_at_a_time() -> None:
    run = make_run()
    with pytest.raises(RunAlreadyOpen):
        actions.request_run(run.district, by=system_agent())
    assert actions.request_run(run.district, kind="sweep", by=system_agent()).state == "queued"


def test_a_request_and_its_job_are_written_together() -> None:
    run = make_run()
    job = DBTaskResult.objects.get(pk=run.job)
    assert job.args_kwargs == {"args": [str(run.pk)], "kwargs": {}}


def test_a_waiting_run_is_cancelled_at_once_and_never_computed() -> None:
    run = make_run()
    actions.cancel_run(run, by=system_agent())
    assert actions.run_now(run).state == "cancelled"
    assert run.plan is None


def test_a_computing_run_hears_that_it_is_to_stop() -> None:
    run = make_run(make_small_district().district)
    assert running._start(run)
    actions.cancel_run(run, by=system_agent())
    report = running._Report(run.pk)
    assert report(Progress("solving", 0.5, 0.1)) is Wish.CANCEL
    run.refresh_from_db()
    assert (run.state, run.progress, run.progress_step) == ("running", 0.5, "solving")


def test_a_computing_run_hears_that_its_best_plan_is_enough() -> None:
    run = make_run(make_small_district().district)
    assert running._start(run)
    report = running._Report(run.pk)
    assert report(Progress("solving", 0.2, 0.1)) is Wish.GO_ON
    with pytest.raises(NotAllowed, match="No plan was found yet"):
        actions.finish_run(run, by=system_agent())
    assert report(Progress("solving", 0.4, 0.2, 120.0, 100.0, 0.05)) is Wish.GO_ON
    run.refresh_from_db()
    assert (run.objective, run.bound, run.gap) == (120.0, 100.0, 0.05)
    actions.finish_run(run, by=system_agent())
    assert report(Progress("solving", 0.5, 0.3, 110.0, 100.0, 0.03)) is Wish.ENOUGH


def test_a_plan_that_was_asked_for_roughly_is_not_taken_over_as_exact() -> None:
    small = make_small_district()
    rough = make_plan(small.district, wanted_gap=0.01)
    exact = make_plan(small.district)
    assert exact.same_as is None
    assert make_plan(small.district, wanted_gap=0.01).same_as in (rough, exact)


def test_a_stop_in_the_middle_ends_as_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(make_small_district().district)
    freeze = running._freeze

    def freeze_and_stop(stopped: PlanRun) -> Problem:
        problem = freeze(stopped)
        actions.cancel_run(stopped, by=system_agent())
        return problem

    monkeypatch.setattr(running, "_freeze", freeze_and_stop)
    assert actions.run_now(run).state == "cancelled"
    assert run.plan is None
    assert run.finished_at is not None


def test_a_finished_run_cannot_be_stopped() -> None:
    run = make_plan(make_district())
    with pytest.raises(RunOver):
        actions.cancel_run(run, by=system_agent())


def test_a_run_that_meets_a_domain_error_fails_with_its_reason() -> None:
    small = make_small_district()
    # Limits the wrong way round, as only a hand in the database could write them.
    Intent.objects.filter(pk=small.need.pk).update(quality={"moisture": [0.9, 0.1]})
    run = make_plan(small.district)
    assert (run.state, run.failure, run.plan) == ("failed", "invalid_problem", None)
    assert run.failure_detail
    assert run.finished_at is not None


def test_an_unexpected_error_is_written_down_and_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()

    def broken(_run: PlanRun) -> Problem:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(running, "_freeze", broken)
    with pytest.raises(ZeroDivisionError):
        actions.run_now(run)
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "unexpected")
    assert run.failure_detail == "ZeroDivisionError: by nothing"


def test_a_silent_run_is_lost_and_marked_failed() -> None:
    run = make_run()
    running._start(run)
    assert actions.recover_dead_runs() == 0
    PlanRun.objects.update(heartbeat_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    run.refresh_from_db()
    assert is_lost(run)
    assert actions.recover_dead_runs() == 1
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", LOST)


def test_the_late_result_of_a_run_taken_for_dead_is_not_kept() -> None:
    run = make_run()
    running._start(run)
    PlanRun.objects.update(heartbeat_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    actions.recover_dead_runs()
    assert running._Report(run.pk)(Progress("solving", 0.9, 1.0)) is Wish.CANCEL
    assert running._close(run, running.RunState.DONE, plan={}) is False
    assert (run.state, run.plan) == ("failed", None)


def test_a_run_whose_job_died_before_its_first_word_is_marked_failed() -> None:
    run = make_run()
    long_ago = timezone.now() - LOST_AFTER - timedelta(seconds=1)
    DBTaskResult.objects.filter(pk=run.job).update(status="RUNNING", started_at=long_ago)
    assert actions.recover_dead_runs() == 1
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", LOST)


def test_a_waiting_run_is_not_lost() -> None:
    run = make_run()
    PlanRun.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert actions.recover_dead_runs() == 0
    run.refresh_from_db()
    assert run.state == "queued"


def test_a_new_request_closes_a_lost_run_first() -> None:
    run = make_run()
    running._start(run)
    PlanRun.objects.update(heartbeat_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    again = actions.request_run(run.district, by=system_agent())
    run.refresh_from_db()
    assert (run.state, again.state) == ("failed", "queued")


def test_whoever_asked_is_told_how_it_ended() -> None:
    small = make_small_district()
    operator = make_person("operator", district=small.district)
    done = make_plan(small.district, by=operator.agent)
    lost = make_run(small.district, by=operator.agent)
    running._start(lost)
    PlanRun.objects.filter(pk=lost.pk).update(
        heartbeat_at=timezone.now() - LOST_AFTER - timedelta(seconds=1)
    )
    actions.recover_dead_runs()
    told = Notice.objects.filter(recipient=operator).order_by("pk")
    assert {(notice.topic, notice.path) for notice in told} == {
        (topics.DONE, f"/plans/{done.pk}/"),
        (topics.FAILED, f"/plans/{lost.pk}/"),
    }
