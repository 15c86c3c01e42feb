"""Who helps: asked, offering, welcomed; what they do and what they see."""

from __future__ import annotations

import pytest

from kierto.core.errors import NotAllowed
from kierto.notices.models import Notice
from kierto.parties.models import Agent
from kierto.repair import actions, programme
from kierto.repair.errors import events as errors
from kierto.repair.models import Volunteer
from kierto.repair.queries import visible_tickets
from kierto.repair.states import VolunteerState
from tests.factories.parties import make_person
from tests.factories.repair import make_volunteer
from tests.repair.cafe import Cafe, client_of, future_cafe, make_cafe

pytestmark = pytest.mark.django_db


def row_of(cafe: Cafe, agent: Agent) -> Volunteer:
    return cafe.event.volunteers.get(agent=agent)


def told(agent: Agent) -> list[str]:
    return list(Notice.objects.filter(recipient__agent=agent).values_list("topic", flat=True))


def test_a_member_is_asked_and_answers() -> None:
    cafe = future_cafe()
    row = actions.invite_volunteer(cafe.event, agent=cafe["resident"], by=cafe["member"])
    assert (row.state, told(cafe["resident"])) == (VolunteerState.ASKED, ["repair.invited"])
    assert actions.invite_volunteer(cafe.event, agent=cafe["resident"], by=cafe["member"]) == row
    row = actions.answer_invitation(row, accept=True, by=cafe["resident"])
    assert row.state == VolunteerState.COMING
    row = actions.answer_invitation(row, accept=False, by=cafe["resident"])
    assert told(cafe["member"]) == ["repair.helper_gone"]
    row = actions.invite_volunteer(cafe.event, agent=cafe["resident"], by=cafe["member"])
    assert row.state == VolunteerState.ASKED


def test_a_stranger_s_offer_waits_and_shows_them_nothing() -> None:
    cafe = make_cafe()
    actions.take_in(cafe.event, category=cafe.toasters, problem="Smokes", by=cafe["helper"])
    resident = cafe["resident"]
    row = actions.volunteer(cafe.event, agent=resident, skills=[cafe.lamps], by=resident)
    assert row.state == VolunteerState.OFFERED
    assert told(cafe["member"]) == ["repair.help_offered"]
    assert not visible_tickets(resident).exists()
    for accept in (True,):
        with pytest.raises(NotAllowed):
            actions.answer_invitation(row, accept=accept, by=resident)
    actions.move_volunteer(row, VolunteerState.COMING, by=cafe["repairer"])
    assert told(resident) == ["repair.welcomed"]
    assert visible_tickets(resident).count() == 1


def test_who_was_not_welcomed_does_not_let_themselves_in() -> None:
    cafe = future_cafe()
    resident = cafe["resident"]
    row = actions.volunteer(cafe.event, agent=resident, by=resident)
    row = actions.move_volunteer(row, VolunteerState.DECLINED, by=cafe["member"])
    with pytest.raises(NotAllowed):
        actions.move_volunteer(row, VolunteerState.COMING, by=resident)
    assert actions.volunteer(cafe.event, agent=resident, by=resident).state == "offered"


@pytest.mark.parametrize("role", ["repairer", "member", "admin"])
def test_those_whom_the_workshop_knows_come_at_once(role: str) -> None:
    cafe = future_cafe()
    row = actions.volunteer(cafe.event, agent=cafe[role], task="host", by=cafe[role])
    assert (row.state, row.task) == (VolunteerState.COMING, "host")
    actions.answer_invitation(row, accept=False, by=cafe[role])
    assert actions.volunteer(cafe.event, agent=cafe[role], by=cafe[role]).state == "coming"


def test_one_offers_for_oneself_only_and_only_people_help() -> None:
    cafe = future_cafe()
    with pytest.raises(NotAllowed):
        actions.volunteer(cafe.event, agent=cafe["helper"], by=cafe["resident"])
    with pytest.raises(errors.VolunteersArePeople):
        actions.volunteer(cafe.event, agent=cafe.workshop.agent, by=cafe["member"])
    with pytest.raises(NotAllowed):
        actions.invite_volunteer(cafe.event, agent=cafe["resident"], by=cafe["helper"])


def test_a_table_of_another_event_is_refused() -> None:
    cafe, other = future_cafe(), future_cafe()
    with pytest.raises(errors.TableOfAnotherEvent):
        actions.volunteer(
            cafe.event, agent=cafe["helper"], station=other.electronics, by=cafe["helper"]
        )


def test_who_leaves_puts_down_what_was_on_their_table() -> None:
    cafe = make_cafe()
    ticket = actions.take_in(
        cafe.event, category=cafe.toasters, problem="Smokes", by=cafe["helper"]
    )
    actions.take(ticket, by=cafe["helper"])
    row = actions.answer_invitation(row_of(cafe, cafe["helper"]), accept=False, by=cafe["helper"])
    assert row.ticket is None


def test_the_rota_says_who_does_what_and_what_is_wanted() -> None:
    cafe = future_cafe()
    at_table = make_volunteer(cafe.event, station=cafe.electronics)
    host = make_volunteer(cafe.event, task="host", station=cafe.textiles)
    other = make_volunteer(cafe.event, task="other")
    asked = make_volunteer(cafe.event, state="asked")
    gone = make_volunteer(cafe.event, state="declined")
    rota = programme.rota(cafe.event)
    assert [(table.station.name, table.helpers) for table in rota.tables] == [
        ("Electronics", [at_table]),
        ("Textiles", []),
    ]
    assert rota.wanted == [cafe.textiles]
    assert (rota.hosts, rota.others, rota.unanswered, rota.declined) == (
        [host],
        [other],
        [asked],
        [gone],
    )
    assert rota.roaming == [row_of(cafe, cafe["helper"])]
    assert rota.offers == [row_of(cafe, cafe["offering"])]
    assert rota.coming == 4


def test_offering_and_welcoming_by_page() -> None:
    cafe = future_cafe()
    pk = cafe.event.pk
    resident = client_of(cafe["resident"])
    fields = {"task": "host", "station": "", "skills": [str(cafe.lamps.pk)]}
    resident.post(f"/repair/events/{pk}/help/", fields)
    row = row_of(cafe, cafe["resident"])
    assert (row.state, row.task, list(row.skills.all())) == ("offered", "host", [cafe.lamps])
    assert (
        resident.post(f"/repair/events/volunteers/{row.pk}/", {"to": "coming"}).status_code == 403
    )
    member = client_of(cafe["member"])
    assert "They offer to help" in member.get(f"/repair/events/{pk}/volunteers/").content.decode()
    member.post(f"/repair/events/volunteers/{row.pk}/", {"to": "coming"})
    row.refresh_from_db()
    assert row.state == "coming"
    stranger = client_of(make_person().agent)
    assert (
        stranger.post(f"/repair/events/volunteers/{row.pk}/", {"to": "declined"}).status_code == 404
    )


def test_asking_by_page_names_those_whom_one_knows_only() -> None:
    cafe = future_cafe()
    member = client_of(cafe["member"])
    path = f"/repair/events/{cafe.event.pk}/volunteers/"
    names = set(member.get(path).context["form"].people.values())
    assert names == {cafe["member"], cafe["admin"], cafe["repairer"]}
    fields = {"agent": str(cafe["repairer"].pk), "task": "repairer", "station": ""}
    member.post(f"{path}invite/", fields)
    assert row_of(cafe, cafe["repairer"]).state == "asked"
    refused = member.post(f"{path}invite/", {**fields, "agent": str(cafe["resident"].pk)})
    assert refused.status_code == 422
