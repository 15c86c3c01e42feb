"""What the floor of parties announces becomes notices here."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kierto.core.announce import listen
from kierto.notices import tasks
from kierto.notices.actions import notify
from kierto.notices.models import Notice
from kierto.notices.reading import read
from kierto.notices.topics import register_topic
from kierto.parties.changes import (
    AppointmentMade,
    MemberInvited,
    MembershipChanged,
    OrganizationWithoutAdministrator,
    PersonErased,
)
from kierto.parties.models import MembershipRole, Person
from kierto.parties.queries import is_system, node_admins
from kierto.parties.records import contribute_to_export


def register() -> None:
    """Make the topics known, listen to parties, and add notices to a person's download."""
    register_topic(
        "parties.joined",
        _("You now act for %(organization)s"),
        _("You can post offers and needs for %(organization)s and answer proposals to it."),
    )
    register_topic(
        "parties.made_administrator",
        _("You now administer %(organization)s"),
        _("You can change the page of %(organization)s and invite people to it."),
    )
    register_topic(
        "parties.left",
        _("You no longer act for %(organization)s"),
        _("What you recorded for %(organization)s stays as it is."),
    )
    register_topic(
        "parties.appointed_operator",
        _("You are now operator of %(district)s"),
        _("You can request plans for %(district)s and send their proposals."),
    )
    register_topic(
        "parties.appointed_administrator",
        _("You now administer this node"),
        _("You can appoint operators, add districts and help organisations."),
    )
    register_topic(
        "parties.without_administrator",
        _("%(organization)s has no administrator any more"),
        _("The last administrator of %(organization)s has left. Invite somebody in their place."),
    )
    listen(MembershipChanged, _tell_member)
    listen(MemberInvited, _post_invitation)
    listen(AppointmentMade, _tell_appointed)
    listen(OrganizationWithoutAdministrator, _tell_node_admins)
    listen(PersonErased, _forget)
    contribute_to_export("notices", _notices_of)


def _tell_member(change: MembershipChanged) -> None:
    """People are told what others do to their membership, not what they do themselves."""
    if change.by.pk == change.person_agent.pk or is_system(change.by):
        return
    topic = {"": "parties.left", MembershipRole.ADMIN: "parties.made_administrator"}.get(
        change.role, "parties.joined"
    )
    path = reverse("parties:organization", args=[change.organization.slug])
    notify(change.person_agent, topic, path=path, organization=change.organization)


def _post_invitation(change: MemberInvited) -> None:
    transaction.on_commit(partial(tasks.post_invitation, str(change.invitation.pk)))


def _tell_appointed(change: AppointmentMade) -> None:
    if is_system(change.by):
        return
    agent, district = change.appointment.person.agent, change.appointment.district
    if district is None:
        notify(agent, "parties.appointed_administrator", path=reverse("parties:roles"))
    else:
        path = reverse("parties:district", args=[district.slug])
        notify(agent, "parties.appointed_operator", path=path, district=district.name)


def _tell_node_admins(change: OrganizationWithoutAdministrator) -> None:
    path = reverse("parties:members", args=[change.organization.slug])
    for person in node_admins().select_related("agent"):
        notify(
            person.agent,
            "parties.without_administrator",
            path=path,
            organization=change.organization,
        )


def _forget(change: PersonErased) -> None:
    Notice.objects.filter(recipient_id=change.agent.pk).delete()


def _notices_of(person: Person) -> list[dict[str, object]]:
    return [
        {
            "subject": words.subject,
            "body": words.body,
            "created_at": words.notice.created_at.isoformat(),
            "read": words.notice.read_at is not None,
        }
        for words in read(Notice.objects.filter(recipient=person))
    ]
