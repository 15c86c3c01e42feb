"""Every page of planning, for every role; what it says, and what it keeps to itself."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.catalogue.labels import label_of
from kierto.exchange.models import Visibility
from kierto.parties.queries import system_agent
from kierto.planning import actions, urls
from kierto.planning.explaining import told_to
from kierto.planning.models import PlanRun
from kierto.planning.permissions import can_see_run
from kierto.planning.queries import visible_runs
from kierto.planning.reading import read_run
from tests.factories.exchange import make_need, make_offer, make_priced_kind
from tests.factories.parties import ROLES, make_organization, make_place
from tests.factories.planning import make_plan, make_run, make_small_district
from tests.planning.conftest import SignIn, World

EVERYBODY = [200, 200, 200, 200, 200, 200]
OPERATORS = [302, 403, 403, 403, 200, 200]

PAGES = {
    "runs": (None, EVERYBODY),
    "new_run": (None, OPERATORS),
    "run": ("plan", EVERYBODY),
    "participants": ("plan", EVERYBODY),
    "compare": ("plan", EVERYBODY),
    "plan_json": ("plan", EVERYBODY),
    "flows_csv": ("plan", EVERYBODY),
    "sweep_csv": ("sweep", EVERYBODY),
    "split": ("plan", EVERYBODY),
    "split_csv": ("plan", EVERYBODY),
    "sites": (None, OPERATORS),
    "new_site": (None, OPERATORS),
    "edit_site": ("site", OPERATORS),
}
POSTS = {
    "cancel": ("waiting", [302, 403, 403, 403, 302, 302]),
    "propose": ("plan", [302, 403, 403, 403, 302, 302]),
    "finish": ("found", [302, 403, 403, 403, 302, 302]),
    "remove_site": ("site", [302, 403, 403, 403, 302, 302]),
}


def address(world: World, name: str, which: str | None) -> str:
    return reverse(f"planning:{name}", args=[getattr(world, which).pk] if which else [])


def test_every_address_is_tried_below() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == PAGES.keys() | POSTS.keys()


@pytest.mark.parametrize("name", PAGES)
def test_pages_answer_each_role_as_they_should(world: World, sign_in: SignIn, name: str) -> None:
    which, wanted = PAGES[name]
    got = [
        sign_in(world.agents[role]).get(address(world, name, which)).status_code for role in ROLES
    ]
    assert got == wanted


@pytest.mark.parametrize("name", POSTS)
def test_deeds_are_refused_to_those_who_may_not(world: World, sign_in: SignIn, name: str) -> None:
    which, wanted = POSTS[name]
    page = address(world, name, which)
    refused = [role for role, status in zip(ROLES, wanted, strict=True) if status == 403]
    assert [sign_in(world.agents[role]).post(page).status_code for role in refused] == [403] * 3
    answer = sign_in(None).post(page)
    assert (answer.status_code, "login" in answer["Location"]) == (302, True)
    assert (world.waiting.state, world.plan.proposed_at) == ("queued", None)


@pytest.mark.parametrize("role", ["operator", "node_admin"])
def test_deeds_are_done_for_those_who_may(world: World, sign_in: SignIn, role: str) -> None:
    client = sign_in(world.agents[role])
    for name, (which, _) in POSTS.items():
        answer = client.post(address(world, name, which))
        back = reverse("planning:sites") if name == "remove_site" else address(world, "run", which)
        assert answer["Location"].partition("?")[0] == back
    world.waiting.refresh_from_db()
    world.plan.refresh_from_db()
    assert world.waiting.state == "cancelled"
    assert world.plan.proposed_at is not None


def test_an_unfinished_run_is_for_those_who_run_the_district(world: World, sign_in: SignIn) -> None:
    page = address(world, "run", "waiting")
    got = [sign_in(world.agents[role]).get(page).status_code for role in ROLES]
    assert got == [403, 403, 403, 403, 200, 200]


def test_the_list_and_the_permission_agree(world: World) -> None:
    make_run(make_small_district().district)
    for by in [*world.agents.values(), system_agent()]:
        listed = set(visible_runs(by).values_list("pk", flat=True))
        allowed = {run.pk for run in PlanRun.objects.all() if can_see_run(by, run)}
        assert listed == allowed


def test_get_never_writes(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.agents["operator"])
    before = list(PlanRun.objects.order_by("pk").values())
    for name, (which, _) in PAGES.items():
        client.get(address(world, name, which))
    client.get(address(world, "run", "waiting"))
    assert list(PlanRun.objects.order_by("pk").values()) == before


def test_deeds_are_not_done_by_get(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.agents["operator"])
    for name, (which, _) in POSTS.items():
        assert client.get(address(world, name, which)).status_code == 405


def text_of(answer: object) -> str:
    import html
    import re

    words = re.sub(r"<[^>]+>", " ", answer.content.decode())  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", html.unescape(words))


def test_the_first_line_is_the_answer(world: World, sign_in: SignIn) -> None:
    # 100 kg leave the offer; see test_running for the flows.
    text = text_of(sign_in(None).get(address(world, "run", "plan")))
    assert "This plan keeps 100 kg a week in circulation and saves" in text
    assert "another piece of code, which knows no solver, checked it anew" in text


def test_a_run_in_the_making_shows_its_progress_and_reloads_when_done(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.agents["operator"])
    page = address(world, "run", "waiting")
    whole = client.get(page).content.decode()
    assert "<html" in whole
    assert f'hx-get="{page}?part=progress"' in whole
    polled = client.get(f"{page}?part=progress", headers={"HX-Request": "true"})
    assert "<html" not in polled.content.decode()
    actions.run_now(world.waiting)
    over = client.get(f"{page}?part=progress", headers={"HX-Request": "true"})
    assert (over.status_code, over["HX-Refresh"]) == (204, "true")


def test_a_failed_run_says_why_and_what_to_do(world: World, sign_in: SignIn) -> None:
    PlanRun.objects.filter(pk=world.waiting.pk).update(
        state="failed", failure="worker_lost", finished_at=world.waiting.created_at
    )
    text = text_of(sign_in(world.agents["operator"]).get(address(world, "run", "waiting")))
    assert "stopped without a word" in text
    assert "Run the plan again" in text


def test_an_operator_asks_for_a_run_in_a_form(world: World, sign_in: SignIn) -> None:
    other = make_small_district().district
    client = sign_in(world.agents["node_admin"])
    form = {"district": other.slug, "kind": "plan", "carbon_price": "120,5"}
    answer = client.post(reverse("planning:new_run"), form)
    run = PlanRun.objects.get(district=other)
    assert answer["Location"] == reverse("planning:run", args=[run.pk])
    assert str(run.carbon_price) == "120.50"


def test_a_price_that_cannot_be_read_is_said_so_and_kept(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.agents["operator"])
    for price in ("dear", "-5", "1e9", "1,234,5", "1000000"):
        form = {"district": world.small.district.slug, "kind": "sweep", "carbon_price": price}
        answer = client.post(reverse("planning:new_run"), form)
        assert f'value="{price}"' in answer.content.decode()
        assert answer.context["form"].errors.keys() == {"carbon_price"}


def test_a_second_run_at_once_is_refused_in_the_form(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.agents["operator"])
    form = {"district": world.small.district.slug, "kind": "plan", "carbon_price": ""}
    assert "already being planned" in text_of(client.post(reverse("planning:new_run"), form))


def test_an_operator_cannot_ask_for_another_district(world: World, sign_in: SignIn) -> None:
    other = make_small_district().district
    client = sign_in(world.agents["operator"])
    answer = client.post(reverse("planning:new_run"), {"district": other.slug, "kind": "plan"})
    assert answer.context["form"].errors.keys() == {"district"}
    assert not PlanRun.objects.filter(district=other).exists()


def test_sending_shows_why_others_cannot(world: World, sign_in: SignIn) -> None:
    text = text_of(sign_in(world.agents["member"]).get(address(world, "run", "plan")))
    assert "Only the operators of this district can send a plan’s proposals." in text
    sign_in(world.agents["operator"]).post(address(world, "propose", "plan"))
    sent = text_of(sign_in(None).get(address(world, "run", "plan")))
    assert "The proposals were sent on" in sent
    assert "3 wait for answers." in sent


def test_a_participant_is_told_what_the_plan_says_to_them(world: World, sign_in: SignIn) -> None:
    text = text_of(sign_in(world.agents["member"]).get(address(world, "run", "plan")))
    giver = world.small.offer.agent.name
    assert "What this plan says to you" in text
    assert f"come from {giver}." in text
    assert "What this plan says to you" not in text_of(
        sign_in(world.agents["resident"]).get(address(world, "run", "plan"))
    )


def test_the_flow_table_sorts_by_every_column(world: World, sign_in: SignIn) -> None:
    client = sign_in(None)
    for column in ("kind", "from", "to", "amount", "km", "cost", "emissions", "?"):
        answer = client.get(address(world, "run", "plan"), {"sort": column})
        assert len(answer.context["page"].object_list) == 3
    costs = [
        row.cost
        for row in client.get(answer.request["PATH_INFO"], {"sort": "cost"}).context["page"]
    ]
    assert costs == sorted(costs, reverse=True)


def test_the_download_holds_the_flows(world: World, sign_in: SignIn) -> None:
    answer = sign_in(None).get(address(world, "flows_csv", "plan"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert sorted(float(row["amount_per_week"]) for row in rows) == pytest.approx([20, 40, 60])
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_whole_problem_is_downloaded_by_operators_only(world: World, sign_in: SignIn) -> None:
    page = address(world, "plan_json", "plan")
    whole = json.loads(sign_in(world.agents["operator"]).get(page).content)
    public = json.loads(sign_in(world.agents["resident"]).get(page).content)
    assert whole["problem"] == world.plan.problem
    assert "problem" not in public
    assert public["plan"]["certificate"]["valid"] is True


def test_a_formula_in_a_name_is_harmless_in_the_table(world: World, sign_in: SignIn) -> None:
    organization = world.small.offer.agent.organization
    organization.name = "=cmd()"
    organization.save()
    answer = sign_in(None).get(address(world, "flows_csv", "plan"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert "'=cmd()" in {row["from"] for row in rows}


@pytest.fixture
def secret(db: None) -> PlanRun:
    """A plan in which an offer is shown to a matched partner only."""
    small = make_small_district(visibility=Visibility.MATCHED, title="Secret offcuts")
    organization = small.offer.agent.organization
    organization.name = "Silent Works"
    organization.save()
    return make_plan(small.district)


def test_what_is_hidden_is_neither_named_nor_counted(secret: PlanRun, sign_in: SignIn) -> None:
    client = sign_in(None)
    for name in ("run", "participants", "compare", "plan_json", "flows_csv"):
        text = client.get(reverse(f"planning:{name}", args=[secret.pk])).content.decode()
        offer = next(part for part in secret.problem["offers"])
        assert "Silent Works" not in text
        assert "Secret offcuts" not in text
        assert offer["id"] not in text
    page = text_of(client.get(reverse("planning:run", args=[secret.pk])))
    assert "2 more flows are between participants who show their amounts only" in page
    assert "Together they carry" not in page


def test_a_matched_partner_sees_its_own_flow_and_no_other(secret: PlanRun) -> None:
    need = next(part for part in secret.problem["needs"] if part["amount"] == 40)
    partner = PlanRun.objects.get(pk=secret.pk).district.places.get(agent=need["agent"]).agent
    reading = read_run(secret, partner)
    assert [row.sink.mine for row in reading.flows if row.source.name == "Silent Works"] == [True]
    assert reading.hidden.flows == 1


def test_operators_see_everything(secret: PlanRun) -> None:
    reading = read_run(secret, system_agent())
    assert len(reading.flows) == 3
    assert reading.hidden.flows == 0


def test_many_hidden_participants_are_summed(db: None) -> None:
    small = make_small_district()
    for step in range(3):
        place = make_place(make_organization().agent)
        make_offer(kind=small.wood, amount="5", place=place, visibility=Visibility.MATCHED)
        make_need(
            kind=small.wood,
            amount="5",
            place=make_place(make_organization().agent, latitude=place.latitude + step / 1e5),
            visibility=Visibility.MATCHED,
        )
    reading = read_run(make_plan(small.district), None)
    assert reading.hidden.flows >= 3
    assert reading.hidden.mass is not None


def test_comparing_tells_what_changed_by_how_much(world: World, sign_in: SignIn) -> None:
    actions.cancel_run(world.waiting, by=system_agent())
    make_need(kind=world.small.wood, amount="30", place=world.small.need.place)
    later = make_plan(world.small.district)
    page = reverse("planning:compare", args=[later.pk])
    answer = sign_in(None).get(page, {"with": str(world.plan.pk)})
    # The new need takes 30 kg from the processor, whose 15 kg of chips no longer cover all 20.
    changes = [(row["flow"].sort, round(row["flow"].change, 6)) for row in answer.context["rows"]]
    assert sorted(changes) == [("less", -30), ("less", -5), ("new", 30)]
    assert answer.context["changes"].is_same is False


def test_comparing_with_itself_is_the_same(world: World, sign_in: SignIn) -> None:
    page = address(world, "compare", "plan")
    answer = sign_in(None).get(page, {"with": str(world.plan.pk)})
    assert "Both plans have the same flows." in text_of(answer)


def test_comparing_with_nothing_is_a_clear_error(world: World, sign_in: SignIn) -> None:
    page, client = address(world, "compare", "plan"), sign_in(None)
    assert client.get(page, {"with": "nonsense"}).status_code == 409
    assert client.get(page, {"with": "00000000-0000-0000-0000-000000000000"}).status_code == 404


def test_comparing_needs_leave_to_see_both(world: World, sign_in: SignIn) -> None:
    page = address(world, "compare", "plan")
    answer = sign_in(None).get(page, {"with": str(world.waiting.pk)})
    assert answer.status_code == 403


def queries_of(client: object, page: str) -> int:
    client.get(page)  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200  # type: ignore[attr-defined]
    return len(captured)


NAMES = ("run", "participants", "compare", "flows_csv")


def counts_of(world: World, sign_in: SignIn, run: PlanRun) -> dict[tuple[str, str], int]:
    return {
        (role, name): queries_of(
            sign_in(world.agents[role]), reverse(f"planning:{name}", args=[run.pk])
        )
        for role in ("visitor", "member", "operator")
        for name in NAMES
    }


def test_queries_do_not_grow_with_the_plan(world: World, sign_in: SignIn) -> None:
    actions.cancel_run(world.waiting, by=system_agent())
    few = counts_of(world, sign_in, make_plan(world.small.district))
    for _ in range(10):
        make_offer(kind=world.small.wood, amount="3", place=make_place())
        make_need(kind=world.small.wood, amount="3", place=make_place())
    assert counts_of(world, sign_in, make_plan(world.small.district)) == few


def test_queries_of_the_list_do_not_grow(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.agents["operator"])
    page = reverse("planning:runs")
    actions.cancel_run(world.waiting, by=system_agent())
    few = queries_of(client, page)
    for _ in range(10):
        make_plan(world.small.district)
    assert queries_of(client, page) == few


def test_a_reason_that_speaks_of_a_hidden_neighbour_is_kept_from_others(db: None) -> None:
    small = make_small_district()
    other = make_priced_kind(disposal=0.01, price=0.01)
    place = make_place(make_organization().agent)
    dear = make_offer(kind=other, place=place, title="Dear to carry", fallback_cost=-5.0)
    make_need(kind=other, place=make_place(), visibility=Visibility.MATCHED)
    run = make_plan(small.district)
    port = f"offer:{dear.pk}"
    told = {
        who: next(each for each in told_to(read_run(run, by)) if each.end.port == port)
        for who, by in (("visitor", None), ("node", system_agent()))
    }
    assert told["visitor"].explanation.why == told["node"].explanation.why
    assert told["visitor"].text == f"100 kg of {label_of(other)} a week find no use."
    assert told["node"].text.startswith(told["visitor"].text + " Bringing it to ")


def test_what_the_planner_says_is_said_in_the_readers_language(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.agents["operator"])
    for name, english in (("participants", "Matched"), ("split", "Stable: no group")):
        page = address(world, name, "plan")
        assert english in client.get(page).text
        assert english not in client.get(page, headers={"accept-language": "fi"}).text
