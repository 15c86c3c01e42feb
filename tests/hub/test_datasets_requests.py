"""Asking for a data set, being let in, refused, told; and what is left of a person who goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.hub.datasets import actions
from kierto.hub.errors.datasets import (
    DataAskedAlready,
    DataPurposeMissing,
    DataReasonMissing,
    DataSetOwnerUnusable,
    DataUntilUnusable,
    TooManyDataSets,
)
from kierto.hub.models import AccessRequest, DataSet
from kierto.notices.models import Notice
from kierto.parties.actions import add_member, export_person
from kierto.parties.actions.privacy import erase_person
from kierto.parties.models import Agent, Organization, Person
from kierto.parties.queries import system_agent
from tests.factories.datasets import make_data_set, said
from tests.factories.parties import make_organization, make_person

TODAY = timezone.localdate


@pytest.fixture
def admin(organization: Organization) -> Person:
    return make_person("organization_admin", organization=organization)


@pytest.fixture
def restricted(organization: Organization) -> DataSet:
    return make_data_set(organization.agent, openness="restricted")


def _ask(data_set: DataSet, agent: Agent | None = None) -> AccessRequest:
    agent = agent or make_person("resident").agent
    return actions.ask(data_set, agent=agent, purpose="To count lamps.", by=agent)


def _told(person: Person) -> list[str]:
    return list(
        Notice.objects.filter(recipient=person, topic__startswith="hub.data")
        .order_by("created_at", "pk")
        .values_list("topic", flat=True)
    )


def test_both_sides_are_told(restricted: DataSet, admin: Person) -> None:
    asker = make_person("resident")
    request = _ask(restricted, asker.agent)
    request = actions.grant(request, until=TODAY(), reason="Yes.", by=admin.agent)
    actions.end_access(request, reason="Enough.", by=admin.agent)
    second = _ask(restricted, asker.agent)
    actions.refuse_request(second, reason="No.", by=admin.agent)
    third = _ask(restricted, asker.agent)
    actions.withdraw_request(third, by=asker.agent)
    fourth = actions.grant(
        _ask(restricted, asker.agent), until=TODAY(), reason="Yes.", by=admin.agent
    )
    actions.end_access(fourth, by=asker.agent)
    assert _told(admin) == [
        "hub.data_asked", "hub.data_asked", "hub.data_asked", "hub.data_withdrawn",
        "hub.data_asked", "hub.data_given_back",
    ]  # fmt: skip
    assert _told(asker) == [
        "hub.data_granted", "hub.data_ended", "hub.data_refused", "hub.data_granted",
    ]  # fmt: skip


def test_a_notice_leads_to_its_request(restricted: DataSet, admin: Person, client: Client) -> None:
    request = _ask(restricted)
    notice = Notice.objects.get(recipient=admin)
    assert notice.path == f"/data/requests/{request.pk}/"
    assert admin.user is not None
    client.force_login(admin.user, "django.contrib.auth.backends.ModelBackend")
    assert client.get(notice.path).status_code == 200


def test_who_decides_reads_the_name_of_who_asks(
    restricted: DataSet, admin: Person, client: Client
) -> None:
    asker = make_person("resident", name="Noora Saari")
    request = _ask(restricted, asker.agent)
    assert admin.user is not None
    client.force_login(admin.user, "django.contrib.auth.backends.ModelBackend")
    for path in ("/data/requests/", f"/data/requests/{request.pk}/"):
        assert "Noora Saari" in client.get(path).content.decode()


def test_a_request_needs_a_purpose_and_comes_once(restricted: DataSet) -> None:
    person = make_person("resident").agent
    with pytest.raises(DataPurposeMissing):
        actions.ask(restricted, agent=person, purpose=" ", by=person)
    _ask(restricted, person)
    with pytest.raises(NotAllowed):
        _ask(restricted, person)
    assert AccessRequest.objects.count() == 1


def test_an_organisation_asks_once_whoever_speaks_for_it(restricted: DataSet) -> None:
    firm = make_organization()
    first, second = (make_person("member", organization=firm).agent for _ in range(2))
    actions.ask(restricted, agent=firm.agent, purpose="To count.", by=first)
    with pytest.raises(NotAllowed):
        actions.ask(restricted, agent=second, purpose="To count.", by=second)
    with pytest.raises(NotAllowed):
        actions.ask(restricted, agent=firm.agent, purpose="Mine.", by=make_person().agent)


def test_a_member_who_joined_later_finds_the_request_there(restricted: DataSet) -> None:
    firm, person = make_organization(), make_person("resident")
    actions.ask(restricted, agent=firm.agent, purpose="To count.", by=_member(firm))
    _ask(restricted, person.agent)
    AccessRequest.objects.filter(agent=person.agent).update(state="withdrawn")
    add_member(firm, person=person, by=system_agent())
    with pytest.raises((NotAllowed, DataAskedAlready)):
        actions.ask(restricted, agent=firm.agent, purpose="Again.", by=person.agent)


def _member(firm: Organization) -> Agent:
    return make_person("member", organization=firm).agent


@pytest.mark.parametrize("days", [-1, actions.LONGEST_DAYS + 1])
def test_a_grant_ends_some_day_and_not_before_it_begins(
    restricted: DataSet, admin: Person, days: int
) -> None:
    request = _ask(restricted)
    until = TODAY() + timedelta(days=days)
    with pytest.raises(DataUntilUnusable):
        actions.grant(request, until=until, reason="Yes.", by=admin.agent)
    request.refresh_from_db()
    assert request.state == "asked"


def test_no_answer_comes_without_a_reason(restricted: DataSet, admin: Person) -> None:
    request = _ask(restricted)
    with pytest.raises(DataReasonMissing):
        actions.grant(request, until=TODAY(), reason=" ", by=admin.agent)
    with pytest.raises(DataReasonMissing):
        actions.refuse_request(request, reason="", by=admin.agent)
    request = actions.grant(request, until=TODAY(), reason="Yes.", by=admin.agent)
    with pytest.raises(DataReasonMissing):
        actions.end_access(request, by=admin.agent)
    assert actions.end_access(request, by=request.agent).state == "ended"


def test_a_data_set_belongs_to_an_organisation(db: None) -> None:
    with pytest.raises(DataSetOwnerUnusable):
        actions.add_data_set(owner=make_person("resident").agent, said=said(), by=system_agent())


def test_an_owner_has_so_many_data_sets_and_no_more(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kierto.hub.datasets.actions.describing.MOST", 2)
    make_data_set(organization.agent)
    make_data_set(organization.agent)
    with pytest.raises(TooManyDataSets):
        make_data_set(organization.agent)


def test_addresses_are_each_once_and_never_a_page_of_ours(organization: Organization) -> None:
    titles = ["Bins", "bins!", "New", "مصابيح", "…"]
    made = [make_data_set(organization.agent, title=title).slug for title in titles]
    assert made == ["bins", "bins-2", "new-2", "data-set", "data-set-2"]


def test_what_an_erased_person_asked_for_is_nameless_and_opens_nothing(
    restricted: DataSet, admin: Person
) -> None:
    other = make_data_set(restricted.owner, openness="restricted", title="Another")
    person = make_person("resident")
    waiting = _ask(restricted, person.agent)
    granted = _ask(other, person.agent)
    actions.grant(granted, until=TODAY(), reason="For your thesis.", by=admin.agent)
    told = export_person(person, by=person.agent)["data_requests"]
    assert [each["purpose"] for each in told] == ["To count lamps."] * 2
    erase_person(person, by=person.agent)
    for request, state in ((waiting, "withdrawn"), (granted, "ended")):
        request.refresh_from_db()
        assert (request.state, request.purpose, request.reason) == (state, "", "")


def test_what_an_erased_member_asked_for_their_organisation_stays_the_organisations(
    restricted: DataSet,
) -> None:
    firm = make_organization()
    person = make_person("member", organization=firm)
    request = actions.ask(restricted, agent=firm.agent, purpose="To count.", by=person.agent)
    erase_person(person, by=person.agent)
    request.refresh_from_db()
    assert (request.state, request.purpose) == ("asked", "To count.")
