"""Pages of the catalogue, as people meet them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kierto.hub.access import PARTNERS, PRIVATE, Access, given_by
from kierto.hub.datasets import actions
from kierto.hub.models import AccessRequest, DataSet, RetentionRule
from kierto.parties.models import Agent, Organization
from tests.factories.datasets import make_data_set, said
from tests.factories.parties import make_organization, make_person
from tests.hub.stored import entity, home, place, put

NAME = "https://smartdatamodels.org/name"


def _sign_in(client: Client, agent: Agent | None) -> None:
    assert agent is not None
    client.force_login(agent.person.user, "django.contrib.auth.backends.ModelBackend")


def _titles(page: Any) -> list[str]:
    return [card["data_set"].title for card in page.context["cards"]]


def _typed(**fields: Any) -> dict[str, Any]:
    values = said(**fields)
    asked = values.pop("asked")
    values.pop("district")
    return {**values, "keywords": ",".join(values["keywords"]), "district": "", **asked}


def test_the_first_line_says_what_is_known_and_usable(
    client: Client, organization: Organization
) -> None:
    assert "No data set is published yet." in client.get("/data/").content.decode()
    make_data_set(organization.agent)
    make_data_set(organization.agent, openness="restricted", title="Secret lights")
    page = client.get("/data/")
    assert (page.context["total"], page.context["usable"]) == (2, 1)
    assert _titles(page) == ["Lights of Kera", "Secret lights"]
    assert "2 data sets. You may use 1 of them now, and ask for others." in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("q=LIGHTS", ["Lights of Kera"]),
        ("q=énergy", ["Lights of Kera"]),
        ("q=lights+bins", []),
        ("theme=ENVI", ["Bins"]),
        ("theme=HEAL", []),
        ("openness=restricted", ["Bins"]),
        ("licence=CC0-1.0", ["Bins"]),
        ("theme=none-such", ["Bins", "Lights of Kera"]),
        ("owner=nobody", ["Bins", "Lights of Kera"]),
    ],
)
def test_the_catalogue_is_searched(
    client: Client, organization: Organization, asked: str, titles: list[str]
) -> None:
    make_data_set(organization.agent)
    make_data_set(
        title="Bins", description="Full?", keywords=[], themes=["ENVI"], openness="restricted",
        licence="CC0-1.0",
    )  # fmt: skip
    assert _titles(client.get(f"/data/?{asked}")) == titles
    assert _titles(client.get(f"/data/?owner={organization.agent_id}")) == ["Lights of Kera"]


def test_a_list_of_three_asks_as_much_as_a_list_of_one(
    client: Client, organization: Organization
) -> None:
    person = make_person("organization_admin", organization=organization)
    _sign_in(client, person.agent)
    counts = []
    for number in (1, 2):
        for each in range(number):
            owner = make_organization().agent
            made = make_data_set(owner, title=f"Set {number}{each}", openness="restricted")
            actions.ask(made, agent=person.agent, purpose="To look.", by=person.agent)
        client.get("/data/")
        with CaptureQueriesContext(
            connection,
        ) as of_list:
            assert client.get("/data/").status_code == 200
        with CaptureQueriesContext(connection) as of_requests:
            assert client.get("/data/requests/").status_code == 200
        counts.append((len(of_list), len(of_requests)))
    assert counts[0] == counts[1]


def test_the_page_shows_rows_map_chart_and_worth(
    client: Client, organization: Organization
) -> None:
    kind = "https://uri.etsi.org/ngsi-ld/default-context/Light"
    put(
        *(
            entity(
                f"l{number}",
                "Light",
                name=f"Lamp {number}",
                state="on" if number % 2 else "off",
                location=place(24.75 + number / 1000, 60.2),
            )
            for number in range(6)
        )
    )
    made = make_data_set(organization.agent, asked={"types": [kind]})
    page = client.get(f"/data/sets/{made.slug}/")
    text = page.content.decode()
    assert page.context["measured"].rows == 6
    assert len(page.context["preview"].rows) == 6
    assert len(page.context["preview"].points["points"]) == 6
    assert [chart["x"] for chart in page.context["preview"].charts] == [["off", "on"]]
    assert "Everybody may read it, under CC BY 4.0." in text
    assert "/ngsi-ld/v1/entities?type=" in text
    assert 'rel="license"' in text


def test_of_a_restricted_set_a_stranger_sees_what_it_is_and_no_row(
    client: Client, organization: Organization
) -> None:
    secret = entity("s1", "Meter", name="Cellar meter")
    access = Access(PRIVATE, frozenset({given_by(organization.agent_id)}))
    put(secret, access=access, source="device:1")
    made = make_data_set(
        organization.agent,
        openness="restricted",
        licence="LicenseRef-by-agreement",
        asked={"types": ["https://uri.etsi.org/ngsi-ld/default-context/Meter"]},
    )
    stranger = make_person("resident").agent
    address = f"/data/sets/{made.slug}/"
    for agent in (None, stranger):
        if agent is not None:
            _sign_in(client, agent)
        page = client.get(address)
        assert page.context["preview"] is None
        assert page.context["downloads"] == []
        assert "Cellar meter" not in page.content.decode()
        assert "Its owner decides who reads it." in page.content.decode()
    request = actions.ask(made, agent=stranger, purpose="To learn.", by=stranger)
    answered = {"reason": "Fine.", "until": "2999-01-01", "answer": "grant"}
    admin = make_person("organization_admin", organization=organization).agent
    _sign_in(client, admin)
    page = client.post(f"/data/requests/{request.pk}/", answered)
    assert "until" in page.context["form"].errors
    answered["until"] = timezone.localdate().isoformat()
    assert client.post(f"/data/requests/{request.pk}/", answered).status_code == 302
    _sign_in(client, stranger)
    page = client.get(address)
    assert "Cellar meter" in page.content.decode()


def test_a_data_set_is_described_counted_saved_and_published(
    client: Client, organization: Organization
) -> None:
    put(entity("l1", "urn:x:Light", **{NAME: "Lamp"}))
    admin = make_person("organization_admin", organization=organization).agent
    _sign_in(client, admin)
    typed = _typed(types=["urn:x:Light"], owner=str(organization.agent_id), asked={})
    page = client.post("/data/sets/new/", {**typed, "look": "1"})
    assert page.context["looked"].measured.rows == 1
    assert page.context["looked"].names == ["Lamp"]
    assert not DataSet.objects.exists()
    page = client.post("/data/sets/new/", typed)
    made = DataSet.objects.get()
    assert page["Location"] == f"/data/sets/{made.slug}/"
    assert (made.state, made.slug, made.asked) == (
        "draft", "lights-of-kera", {"types": ["urn:x:Light"]},
    )  # fmt: skip
    assert client.get("/data/").context["total"] == 1
    client.post(f"/data/sets/{made.slug}/move/", {"to": "published"})
    client.logout()
    assert client.get(f"/data/sets/{made.slug}/").status_code == 200
    assert client.get("/data/").context["total"] == 1


def test_what_cannot_be_asked_for_is_told_at_its_field(
    client: Client, organization: Organization
) -> None:
    put(entity("l1", "urn:x:Light", **{NAME: "Lamp"}))
    _sign_in(client, make_person("organization_admin", organization=organization).agent)
    typed = _typed(types=["urn:x:Light"], owner=str(organization.agent_id), asked={}, q="((")
    page = client.post("/data/sets/new/", typed)
    assert list(page.context["form"].errors) == ["q"]
    assert page.context["form"]["title"].value() == "Lights of Kera"
    page = client.post("/data/sets/new/", typed | {"q": "", "west": "24"})
    assert list(page.context["form"].errors) == ["west"]


def test_a_data_set_is_changed_and_keeps_its_address(
    client: Client, organization: Organization
) -> None:
    put(entity("l1", "urn:x:Light", **{NAME: "Lamp"}))
    made = make_data_set(
        organization.agent, asked={"types": ["urn:x:Light"], "bbox": [24, 60, 25, 61]}
    )
    _sign_in(client, make_person("organization_admin", organization=organization).agent)
    form = client.get(f"/data/sets/{made.slug}/edit/").context["form"]
    assert form["west"].value() == 24
    typed = _typed(types=["urn:x:Light"], asked={}, title="Lamps")
    assert client.post(f"/data/sets/{made.slug}/edit/", typed).status_code == 302
    made.refresh_from_db()
    assert (made.title, made.slug) == ("Lamps", "lights-of-kera")
    assert made.asked == {"types": ["urn:x:Light"]}
    page = client.post(f"/data/sets/{made.slug}/edit/", typed | {"contact": ""})
    assert "a contact" in str(page.context["form"].errors)


def test_what_is_not_yet_complete_is_not_published(
    client: Client, organization: Organization
) -> None:
    made = make_data_set(organization.agent, state="draft", description="", themes=[])
    _sign_in(client, make_person("organization_admin", organization=organization).agent)
    page = client.post(f"/data/sets/{made.slug}/move/", {"to": "published"}, follow=True)
    assert "what it holds, a theme" in page.content.decode()
    made.refresh_from_db()
    assert made.state == "draft"


def test_who_acts_for_no_organisation_is_told_so(client: Client, db: None) -> None:
    _sign_in(client, make_person("resident").agent)
    page = client.get("/data/sets/new/")
    assert "Data sets belong to organisations" in page.content.decode()
    assert client.post("/data/sets/new/", _typed()).status_code == 200
    assert not DataSet.objects.exists()


def test_asking_goes_from_the_page_to_the_answer(
    client: Client, organization: Organization
) -> None:
    made = make_data_set(organization.agent, openness="restricted")
    asker = make_person("resident").agent
    _sign_in(client, asker)
    address = f"/data/sets/{made.slug}/ask/"
    page = client.post(address, {"agent": str(asker.pk), "purpose": ""})
    assert list(page.context["form"].errors) == ["purpose"]
    client.post(address, {"agent": str(asker.pk), "purpose": "To count lamps."})
    request = AccessRequest.objects.get()
    assert "waits for an answer" in client.get(f"/data/sets/{made.slug}/").content.decode()
    assert client.get(address).status_code == 403
    assert client.get("/data/requests/").context["mine_count"] == 1
    client.post(f"/data/requests/{request.pk}/", {"answer": "withdraw"})
    request.refresh_from_db()
    assert request.state == "withdrawn"


def test_a_reading_set_says_how_long_it_is_kept(client: Client, organization: Organization) -> None:
    RetentionRule.objects.create(
        tenant=home().id, name="Lights", type="urn:x:Light", raw_days=30, hours_days=400
    )
    made = make_data_set(
        organization.agent,
        kind="history",
        asked={"types": ["urn:x:Light"], "attributes": ["urn:x:watts"], "days": 90},
    )
    text = client.get(f"/data/sets/{made.slug}/").content.decode()
    assert "single readings 30 days; sums by hour 400 days" in text


def test_records_of_the_platform_are_published_by_who_runs_it(
    client: Client, organization: Organization
) -> None:
    made = make_data_set(organization.agent, kind="platform", asked={"export": "ledger"})
    page = client.get(f"/data/sets/{made.slug}/")
    assert page.status_code == 200
    assert page.context["measured"].rows == 0
    _sign_in(client, make_person("organization_admin", organization=organization).agent)
    assert "platform" not in client.get("/data/sets/new/").context["kinds"]
    _sign_in(client, make_person("node_admin").agent)
    assert client.get("/data/sets/new/?kind=platform").context["kind"] == "platform"


def test_counting_tells_nobody_of_what_they_do_not_read(
    client: Client, organization: Organization
) -> None:
    put(entity("l1", "urn:x:Light", **{NAME: "For partners"}), access=Access(PARTNERS))
    put(entity("l2", "urn:x:Light", **{NAME: "For everybody"}))
    admin = make_person("organization_admin", organization=organization).agent
    _sign_in(client, admin)
    typed = _typed(
        types=["urn:x:Light"], owner=str(organization.agent_id), asked={}, openness="partners"
    )
    page = client.post("/data/sets/new/", {**typed, "look": "1"})
    assert page.context["looked"] is None
    assert list(page.context["form"].errors) == ["openness"]
    assert "For partners" not in page.content.decode()
