"""Who read what that is not for everybody: what is written down, and who may know it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.hub.access import CITY, PRIVATE, PUBLIC, Access, given_by
from kierto.hub.callers import VISITOR, Caller, caller_of_agent
from kierto.hub.datasets import actions
from kierto.hub.models import How, ReadLog, ReadOwner
from kierto.hub.publishing.views import PAGE_OF_ROWS
from kierto.hub.reads.noting import KEPT, forget_old, note_data_set
from kierto.hub.reads.queries import visible_reads
from kierto.hub.tokens.actions import make_token
from kierto.parties.actions.privacy import erase_person
from kierto.parties.models import Agent, Organization
from kierto.parties.records import collected
from tests.factories.datasets import make_data_set
from tests.factories.parties import ROLES, make_organization, make_person
from tests.hub.calling import call
from tests.hub.stored import entity, place, put

LIGHT = "urn:ngsi-ld:Light:1"


def signed_in(agent: Agent | None) -> Client:
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user)
    return client


@pytest.fixture
def private(organization: Organization, agents: dict[str, Agent | None]) -> Caller:
    """A private light of the organisation, and one of its members as caller."""
    put(
        entity("1", power=1, location=place(24.7, 60.2)),
        access=Access(PRIVATE, frozenset({organization.agent_id})),
    )
    put(entity("2", power=2, location=place(24.8, 60.2)))
    return caller_of_agent(agents["member"])


def noted() -> list[tuple[str, str, int, int]]:
    return [
        (read.what, read.entity_id or str(read.data_set), read.times, read.rows)
        for read in ReadLog.objects.order_by("pk")
    ]


# ------------------------------------------------------------------- entities


def test_reading_a_private_entity_is_written_down(private: Caller) -> None:
    assert call("GET", f"/entities/{LIGHT}", by=private).status == 200
    (read,) = ReadLog.objects.all()
    assert (read.what, read.entity_id, read.how) == ("entity", LIGHT, "ngsi-ld")
    assert (read.reader_id, read.times) == (private.agent_id, 1)
    assert read.first_at == read.at


@pytest.mark.parametrize(
    "query",
    [
        {"type": "Light"},
        {"type": "Light", "pick": "power"},
        {"type": "Light", "q": "power==1"},
        {"id": LIGHT, "local": "true"},
        {"type": "Light", "orderBy": "power"},
        {"type": "Light", "format": "simplified"},
        {"type": "Light", "georel": "near;maxDistance==1000", "geometry": "Point",
         "coordinates": "[24.7,60.2]"},
    ],
)  # fmt: skip
def test_so_is_finding_it_in_whatever_way(query: dict[str, str], private: Caller) -> None:
    assert call("GET", "/entities", by=private, **query).status == 200
    assert noted() == [("entity", LIGHT, 1, 1)]


def test_so_is_asking_by_post_or_for_its_history(private: Caller) -> None:
    body = {"type": "Query", "entities": [{"type": "Light"}]}
    assert call("POST", "/entityOperations/query", body, by=private).status == 200
    assert call("GET", f"/temporal/entities/{LIGHT}", by=private).status == 200
    assert noted() == [("entity", LIGHT, 2, 1 + 1)]


def test_what_is_not_shown_is_not_written_down(private: Caller) -> None:
    assert call("GET", "/entities", by=private, type="Light", q="power==2").status == 200
    assert call("GET", "/entities", by=private, id=LIGHT, q="power==2").status == 200
    assert call("GET", "/entities", by=private, type="Light", limit="0", count="true").status == 200
    assert call("GET", "/types", by=private).status == 200
    assert call("GET", f"/entities/{LIGHT}", by=private, q="x").status == 400
    assert noted() == []


def test_who_may_not_see_it_leaves_no_trace(
    private: Caller, agents: dict[str, Agent | None]
) -> None:
    stranger = caller_of_agent(agents["resident"])
    assert call("GET", f"/entities/{LIGHT}", by=stranger).status == 404
    assert call("GET", f"/entities/{LIGHT}", by=VISITOR).status == 404
    assert noted() == []


@pytest.mark.parametrize("visibility", [PUBLIC, CITY])
def test_reading_what_others_may_read_too_leaves_no_trace(
    visibility: int, agents: dict[str, Agent | None]
) -> None:
    put(entity("1"), access=Access(visibility))
    for role in ROLES:
        call("GET", f"/entities/{LIGHT}", by=caller_of_agent(agents[role]))
        call("GET", "/entities", by=caller_of_agent(agents[role]), type="Light")
    assert noted() == []


def test_features_and_tokens_are_written_down_as_well(
    private: Caller, agents: dict[str, Agent | None]
) -> None:
    member = agents["member"]
    assert member is not None
    token, secret = make_token(name="app", agent=member, scopes=["read"], days=1, by=member)
    said = {"Authorization": f"Bearer {secret}"}
    client = Client()
    items = client.get("/data/features/collections/Light/items", headers=said)
    assert items.json()["numberMatched"] == 2
    client.get(f"/data/features/collections/Light/items/{LIGHT}", headers=said)
    (read,) = ReadLog.objects.all()
    assert (read.how, read.token_id, read.reader_id, read.times) == (
        "features",
        token.pk,
        member.pk,
        2,
    )


def test_many_readings_within_an_hour_are_one_row(private: Caller) -> None:
    for _ in range(5):
        call("GET", f"/entities/{LIGHT}", by=private)
    assert noted() == [("entity", LIGHT, 5, 5)]
    ReadLog.objects.update(key="of an hour before")
    call("GET", f"/entities/{LIGHT}", by=private)
    assert len(noted()) == 2


# ------------------------------------------------------------------- data sets


def test_taking_a_restricted_data_set_is_written_down_with_its_rows(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    put(entity("1"), entity("2"))
    make_data_set(organization.agent, openness="restricted")
    for form in ("csv", "parquet", "geojson"):
        answer = signed_in(agents["member"]).get(f"/data/sets/lights-of-kera.{form}")
        assert b"".join(answer.streaming_content)
    assert noted() == [("data set", "Lights of Kera", 1, 2)] * 3
    assert set(ReadLog.objects.values_list("how", flat=True)) == {"csv", "geojson", "parquet"}


def test_who_stops_in_the_middle_has_taken_that_much(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    put(*(entity(str(number), text="x" * 2_000) for number in range(300)))
    make_data_set(organization.agent, openness="restricted")
    answer = signed_in(agents["member"]).get("/data/sets/lights-of-kera.csv")
    next(iter(answer.streaming_content))
    for close in answer._resource_closers:  # as the server does when the reader has gone
        close()
    ((_what, _name, times, rows),) = noted()
    assert times == 1
    assert 0 < rows < 300
    assert PAGE_OF_ROWS > 300


def test_looking_at_its_first_rows_is_written_down(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    put(entity("1"), entity("2"))
    make_data_set(organization.agent, openness="restricted")
    for role in ROLES:
        assert signed_in(agents[role]).get("/data/sets/lights-of-kera/").status_code == 200
    assert noted() == [("data set", "Lights of Kera", 1, 2)] * 3
    readers = set(ReadLog.objects.values_list("reader", flat=True))
    allowed = (agents[role] for role in ("member", "organization_admin", "node_admin"))
    assert readers == {agent.pk for agent in allowed if agent is not None}


def test_other_data_sets_leave_no_trace(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    put(entity("1"))
    for openness in ("open", "partners", "city"):
        one = make_data_set(organization.agent, title=openness, openness=openness)
        answer = signed_in(agents["node_admin"]).get(f"/data/sets/{one.slug}.csv")
        assert b"".join(answer.streaming_content)
    assert noted() == []


def test_a_refused_download_leaves_no_trace(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    make_data_set(organization.agent, openness="restricted")
    assert signed_in(agents["resident"]).get("/data/sets/lights-of-kera.csv").status_code == 403
    assert Client().head("/data/sets/lights-of-kera.csv").status_code == 403
    assert noted() == []


def test_who_was_let_in_is_seen_by_the_owner(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    data_set = make_data_set(organization.agent, openness="restricted")
    asker, admin = make_person(name="Ada").agent, agents["organization_admin"]
    assert admin is not None
    asked = actions.ask(data_set, agent=asker, purpose="A study", by=asker)
    actions.grant(asked, until=timezone.localdate() + timedelta(days=3), reason="Yes", by=admin)
    answer = signed_in(asker).get(f"/data/sets/{data_set.slug}.csv")
    assert answer.status_code == 200
    page = signed_in(admin).get("/data/reads/")
    assert [(row["read"].reader, row["who"]) for row in page.context["rows"]] == [(asker, "Ada")]


# ------------------------------------------------------------------ who knows


def test_the_owners_people_know_who_read_theirs(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    other, stranger = make_organization("Other"), make_person(name="Stranger").agent
    mine = make_data_set(organization.agent, openness="restricted", title="Mine")
    theirs = make_data_set(other.agent, openness="restricted", title="Theirs")
    caller = caller_of_agent(stranger)
    note_data_set(mine.pk, caller, How.CSV, rows=3)
    note_data_set(theirs.pk, caller, How.CSV, rows=3)
    put(
        entity("1"),
        access=Access(PRIVATE, frozenset({stranger.pk, given_by(organization.agent_id)})),
    )
    call("GET", f"/entities/{LIGHT}", by=caller)

    def seen(by: Agent | None) -> list[str]:
        return sorted(str(read.data_set or read.entity_id) for read in visible_reads(by))

    own = sorted(["Mine", LIGHT])
    everything = sorted(["Mine", "Theirs", LIGHT])
    assert {role: seen(agents[role]) for role in ROLES} == {
        "visitor": [],
        "resident": [],
        "member": own,
        "organization_admin": own,
        "operator": [],
        "node_admin": everything,
    }
    assert seen(stranger) == everything  # what one read oneself


@pytest.mark.parametrize("role", ROLES)
def test_the_page_is_for_people_who_are_signed_in(
    role: str, agents: dict[str, Agent | None]
) -> None:
    answer = signed_in(agents[role]).get("/data/reads/")
    assert answer.status_code == (302 if role == "visitor" else 200)
    assert signed_in(agents[role]).post("/data/reads/").status_code in {302, 405}


def test_the_page_asks_as_much_for_three_rows_as_for_one(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    data_set = make_data_set(organization.agent, openness="restricted")
    client = signed_in(agents["member"])
    counts = []
    for number in range(3):
        note_data_set(data_set.pk, caller_of_agent(make_person(name=f"P{number}").agent), How.CSV)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/data/reads/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_the_list_is_narrowed(organization: Organization, agents: dict[str, Agent | None]) -> None:
    member, stranger = agents["member"], make_person(name="Stranger").agent
    data_set = make_data_set(organization.agent, openness="restricted")
    note_data_set(data_set.pk, caller_of_agent(member), How.CSV)
    note_data_set(data_set.pk, caller_of_agent(stranger), How.CSV)
    client = signed_in(member)

    def found(query: str) -> list[Any]:
        return [row["read"].reader for row in client.get(f"/data/reads/?{query}").context["rows"]]

    assert len(found("")) == 2
    assert found("who=me") == [member]
    assert found("who=others") == [stranger]
    assert len(found("q=lights")) == 2
    assert found("q=nothing") == []
    assert len(found("who=nonsense&page=99")) == 2


# ------------------------------------------------------------------ forgetting


def test_what_is_older_than_a_year_is_forgotten(private: Caller) -> None:
    call("GET", f"/entities/{LIGHT}", by=private)
    assert forget_old() == 0
    ReadLog.objects.update(at=timezone.now() - KEPT - timedelta(days=1))
    assert forget_old() == 1
    assert (ReadLog.objects.count(), ReadOwner.objects.count()) == (0, 0)


def test_a_person_takes_their_readings_along_and_is_forgotten(
    organization: Organization, agents: dict[str, Agent | None]
) -> None:
    person = make_person(name="Ada")
    data_set = make_data_set(organization.agent, openness="restricted")
    note_data_set(data_set.pk, caller_of_agent(person.agent), How.CSV, rows=7)
    (taken,) = collected(person)["reads"]
    assert (taken["what"], taken["how"], taken["rows"]) == ("Lights of Kera", "csv", 7)
    erase_person(person, by=person.agent)
    (read,) = ReadLog.objects.all()
    assert (read.reader, read.rows) == (None, 7)
    page = signed_in(agents["member"]).get("/data/reads/")
    assert b"somebody who was forgotten" in page.content
