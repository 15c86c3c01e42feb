from __future__ import annotations

import datetime
import smtplib
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult

from kierto.core.errors import NotAllowed
from kierto.notices import tasks
from kierto.notices.actions import mark_read, notify
from kierto.notices.mail import absolute
from kierto.notices.models import Notice
from kierto.notices.permissions import can_see_notice
from kierto.notices.queries import unread_count, visible_notices
from kierto.notices.reading import read
from kierto.notices.topics import TOPICS, UnknownTopic, register_topic
from kierto.parties import actions
from kierto.parties.models import Person
from kierto.parties.queries import system_agent
from tests.factories.parties import (
    ROLES,
    make_agents,
    make_district,
    make_organization,
    make_person,
)

pytestmark = pytest.mark.django_db

TOPIC = "tests.offered"


@pytest.fixture(autouse=True)
def _topic() -> Iterator[None]:
    register_topic(TOPIC, "%(organization)s offers %(amount)s kg", "From %(day)s. %(note)s")
    yield
    del TOPICS[TOPIC]


def tell(agent, **fields):
    values = {
        "organization": make_organization("Puu"),
        "amount": Decimal("2.5"),
        "day": datetime.date(2026, 3, 1),
        "note": "Dry.",
    }
    return notify(agent, TOPIC, path="/exchange/", **{**values, **fields})


def sign_in(person: Person) -> Client:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# -------------------------------------------------------------------- telling


def test_a_person_is_told():
    person = make_person()
    (notice,) = tell(person.agent)
    assert (notice.recipient, notice.topic, notice.read_at) == (person, TOPIC, None)
    assert unread_count(person.agent) == 1


def test_an_organization_is_told_through_all_its_members():
    organization = make_organization()
    people = {make_person("member", organization=organization) for _ in range(3)}
    make_person()
    assert {notice.recipient for notice in tell(organization.agent)} == people
    assert tell(make_organization().agent) == []


def test_an_erased_person_and_the_node_itself_are_told_nothing():
    person = make_person()
    actions.erase_person(person, by=person.agent)
    assert tell(person.agent) == []
    assert tell(system_agent()) == []


def test_an_unknown_topic_is_a_mistake_of_the_program():
    with pytest.raises(UnknownTopic):
        notify(make_person().agent, "tests.unheard_of")
    assert not Notice.objects.exists()


# -------------------------------------------------------------------- reading


def test_a_notice_is_put_into_words_when_it_is_read_in_the_readers_language():
    person = make_person()
    organization = make_organization("Puu")
    (notice,) = tell(person.agent, organization=organization)
    with translation.override("en"):
        (english,) = read([notice])
    with translation.override("it"):
        (italian,) = read([notice])
    assert (english.subject, english.body) == ("Puu offers 2.5 kg", "From March 1, 2026. Dry.")
    assert (italian.subject, italian.body) == ("Puu offers 2,5 kg", "From 01 Marzo 2026. Dry.")


def test_names_are_looked_up_at_reading_time_and_never_stored():
    person = make_person(name="Aino")
    actions.give_consent(person, purpose="show_name", by=person.agent)
    (notice,) = tell(make_person().agent, organization=person)
    assert notice.fields["organization"] == {"agent": str(person.pk)}
    assert read([notice])[0].subject == "Aino offers 2.5 kg"
    actions.withdraw_consent(person, purpose="show_name", by=person.agent)
    assert read([notice])[0].subject == "A resident offers 2.5 kg"


def test_thirty_notices_are_read_with_one_query():
    person = make_person()
    for number in range(30):
        tell(person.agent, organization=make_organization(f"Puu {number}"))
    with CaptureQueriesContext(connection) as queries:
        assert len(read(Notice.objects.all())) == 30
    assert len(queries) == 2  # the notices, and all their names


def test_a_notice_of_an_app_that_is_gone_still_reads():
    (notice,) = tell(make_person().agent)
    notice.topic = "gone.app"
    assert read([notice])[0].subject == "Something changed"


def test_every_registered_topic_names_fields_in_both_sentences_that_can_be_filled():
    for topic in TOPICS.values():
        for sentence in (str(topic.subject), str(topic.body)):
            assert sentence.strip(), topic.key
            assert sentence % _Anything(), topic.key


class _Anything(dict):
    def __missing__(self, key: str) -> str:
        return key


def test_lists_and_permission_agree_for_every_role():
    agents = make_agents(make_organization(), make_district())
    for agent in agents.values():
        if agent is not None:
            tell(agent)
    everything = list(Notice.objects.all())
    for role in ROLES:
        by = agents[role]
        seen = {notice for notice in everything if can_see_notice(by, notice)}
        assert seen == set(visible_notices(by)), role


def test_notices_are_marked_read_by_their_reader_only():
    one, other = make_person(), make_person()
    first, second = tell(one.agent) + tell(one.agent)
    with pytest.raises(NotAllowed):
        mark_read(first, by=other.agent)
    assert mark_read("all", by=other.agent) == 0
    assert (mark_read(first, by=one.agent), mark_read(first, by=one.agent)) == (1, 0)
    assert unread_count(one.agent) == 1
    assert mark_read("all", by=one.agent) == 1
    second.refresh_from_db()
    assert second.read_at is not None


# ----------------------------------------------------------------------- mail


def queued() -> list[str]:
    return [task.task_path for task in DBTaskResult.objects.all()]


def test_mail_is_queued_once_the_change_is_committed(django_capture_on_commit_callbacks):
    person = make_person()
    with django_capture_on_commit_callbacks(execute=True):
        tell(person.agent)
        assert queued() == []
    assert queued() == ["kierto.notices.tasks.send_notice"]


def test_who_wants_no_mail_gets_none(django_capture_on_commit_callbacks):
    person = make_person()
    actions.change_profile(person, notify_by_email=False, by=person.agent)
    with django_capture_on_commit_callbacks(execute=True):
        (notice,) = tell(person.agent)
    assert queued() == []
    assert tasks.send_notice.call(str(notice.pk)) == "not wanted"
    assert mail.outbox == []


def test_mail_speaks_the_readers_language_and_leads_to_the_page():
    person = make_person(name="Aino", email="aino@example.org", language="it")
    (notice,) = tell(person.agent)
    assert tasks.send_notice.call(str(notice.pk)) == "sent"
    (letter,) = mail.outbox
    assert letter.to == ["aino@example.org"]
    assert letter.subject == "Puu offers 2,5 kg"
    assert "http://localhost:8000/exchange/" in letter.body
    assert "http://localhost:8000/me/" in letter.body
    assert letter.extra_headers["Content-Language"] == "it"
    notice.refresh_from_db()
    assert (notice.emailed_at is not None, notice.email_attempts) == (True, 1)


def test_mail_is_sent_once_even_if_the_task_runs_twice():
    (notice,) = tell(make_person().agent)
    fates = [tasks.send_notice.call(str(notice.pk)) for _ in range(2)]
    assert (fates, len(mail.outbox)) == (["sent", "not wanted"], 1)


def test_a_name_with_a_line_break_cannot_add_a_header():
    organization = make_organization("Puu\nBcc: all@example.org")
    (notice,) = tell(make_person().agent, organization=organization)
    assert tasks.send_notice.call(str(notice.pk)) == "sent"
    assert mail.outbox[0].subject == "Puu Bcc: all@example.org offers 2.5 kg"


class ServerIsAway:
    """A mail server that refuses and repeats the address in its answer."""

    def __init__(self, *args: object, **options: object) -> None:
        """Takes what Django gives to any backend."""

    def send_messages(self, messages: list[mail.EmailMessage]) -> int:
        raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (450, b"try later")})


def test_a_mail_server_that_is_away_is_tried_again_and_then_given_up(settings):
    settings.EMAIL_BACKEND = "tests.notices.test_notices.ServerIsAway"
    person = make_person(email="aino@example.org")
    (notice,) = tell(person.agent)
    fates = [tasks.send_notice.call(str(notice.pk)) for _ in range(5)]
    assert fates == ["later", "later", "later", "later", "given up"]
    notice.refresh_from_db()
    assert (notice.email_attempts, notice.emailed_at) == (5, None)
    assert notice.email_problem == "SMTPRecipientsRefused"
    waits = [task.run_after - timezone.now() for task in DBTaskResult.objects.all()]
    assert sorted(round(wait / datetime.timedelta(minutes=1)) for wait in waits) == [
        2,
        20,
        180,
        1440,
    ]


def test_an_invitation_is_posted_in_the_language_of_the_inviter(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), translation.override("en"):
        invitation = actions.invite(
            make_organization("Puu"), email="new@example.org", by=system_agent()
        )
    assert queued() == ["kierto.notices.tasks.send_invitation"]
    assert tasks.send_invitation.call(str(invitation.pk), 0) == "sent"
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["new@example.org"], "Puu invites you")
    assert "http://localhost:8000/me/" in letter.body
    actions.withdraw_invitation(invitation, by=system_agent())
    assert tasks.send_invitation.call(str(invitation.pk), 0) == "not wanted"


def test_an_invitation_that_cannot_be_posted_is_tried_again(settings):
    settings.EMAIL_BACKEND = "tests.notices.test_notices.ServerIsAway"
    invitation = actions.invite(make_organization(), email="x@example.org", by=system_agent())
    fates = [tasks.send_invitation.call(str(invitation.pk), tries) for tries in range(5)]
    assert fates == ["later", "later", "later", "later", "given up"]


def test_links_in_mail_name_the_served_host(settings):
    settings.ALLOWED_HOSTS = ["kierto.example"]
    assert absolute("/me/") == "http://kierto.example/me/"
    settings.HTTPS = True
    assert absolute("/me/") == "https://kierto.example/me/"
    settings.ALLOWED_HOSTS = [".kierto.example"]
    assert absolute("/me/") == "https://kierto.example/me/"


# ------------------------------------------------------- what parties announce


def test_people_are_told_what_others_do_to_their_roles_and_not_what_they_do_themselves():
    admin = make_person("organization_admin")
    organization = admin.memberships.get().organization
    person = make_person()
    actions.add_member(organization, person=person, by=admin.agent)
    actions.change_role(organization, person=person, role="admin", by=admin.agent)
    actions.remove_member(organization, person=person, by=admin.agent)
    actions.remove_member(
        organization, person=make_person("member", organization=organization), by=system_agent()
    )
    told = Notice.objects.order_by("created_at").values_list("recipient_id", "topic")
    assert list(told) == [
        (person.pk, "parties.joined"),
        (person.pk, "parties.made_administrator"),
        (person.pk, "parties.left"),
    ]


def test_an_appointment_is_told():
    admin, person, kera = make_person("node_admin"), make_person(), make_district("kera")
    actions.appoint(person, role="operator", district=kera, by=admin.agent)
    actions.appoint(person, role="node_admin", by=admin.agent)
    told = Notice.objects.order_by("created_at").values_list("topic", "path")
    assert list(told) == [
        ("parties.appointed_operator", "/districts/kera/"),
        ("parties.appointed_administrator", "/administration/roles/"),
    ]


# ---------------------------------------------------------------------- pages


def test_the_list_is_for_the_signed_in(client: Client):
    assert client.get(reverse("notices:notices")).status_code == 302
    assert client.post(reverse("notices:all_read")).status_code == 302
    person = make_person()
    (notice,) = tell(person.agent)
    page = sign_in(person).get(reverse("notices:notices"))
    assert [one.notice for one in page.context["words"]] == [notice]
    assert page.context["unread"] == 1


def test_looking_at_the_list_marks_nothing_read():
    person = make_person()
    tell(person.agent)
    client = sign_in(person)
    client.get(reverse("notices:notices"))
    assert client.get(reverse("notices:notices"), {"show": "unread"}).context["unread"] == 1
    assert client.get(reverse("notices:all_read")).status_code == 405


def test_opening_a_notice_marks_it_read_and_leads_on():
    person = make_person()
    (notice,) = tell(person.agent)
    client = sign_in(person)
    address = reverse("notices:notice_read", args=[notice.pk])
    assert client.post(address, {"follow": "yes"}).url == "/exchange/"
    assert unread_count(person.agent) == 0
    assert client.post(address).url == "/notices/"


def test_a_notice_never_leads_out_of_the_node():
    person = make_person()
    (notice,) = tell(person.agent)
    Notice.objects.update(path="https://evil.example/")
    address = reverse("notices:notice_read", args=[notice.pk])
    assert sign_in(person).post(address, {"follow": "yes"}).url == "/notices/"


def test_notices_of_others_are_not_there():
    (notice,) = tell(make_person().agent)
    address = reverse("notices:notice_read", args=[notice.pk])
    for role in ROLES[1:]:
        assert sign_in(make_person(role)).post(address).status_code == 404
    assert unread_count(notice.recipient.agent) == 1


def test_everything_can_be_marked_read_at_once():
    person = make_person()
    for _ in range(3):
        tell(person.agent)
    assert sign_in(person).post(reverse("notices:all_read")).status_code == 302
    assert unread_count(person.agent) == 0


def test_the_list_asks_no_more_for_thirty_notices_than_for_one():
    person = make_person()
    client = sign_in(person)
    counts = []
    for number in (1, 30):
        for _ in range(number):
            tell(person.agent, organization=make_organization())
        client.get(reverse("notices:notices"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("notices:notices"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_visitors_have_nothing_unread(rf: RequestFactory):
    assert unread_count(None) == 0
