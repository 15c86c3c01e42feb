"""Volunteers: asked, offering, coming; what they do and at which table."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse

from kierto.core.transitions import move
from kierto.notices.actions import notify
from kierto.parties.models import Agent, AgentType
from kierto.repair import event_permissions, topics
from kierto.repair.actions.events import locked_event
from kierto.repair.errors import events as errors
from kierto.repair.models import Category, Event, Station, Volunteer
from kierto.repair.states import VOLUNTEER_STEPS, Task, VolunteerState


@transaction.atomic
def invite_volunteer(
    event: Event,
    *,
    agent: Agent,
    task: str = Task.REPAIRER,
    station: Station | None = None,
    skills: Iterable[Category] = (),
    by: Agent,
) -> Volunteer:
    """Ask a person to help; they are told, and answer. Asking twice changes nothing.

    Raises:
        NotAllowed, VolunteersArePeople, TableOfAnotherEvent.
    """
    event = locked_event(event)
    event_permissions.can_invite(by, event).require()
    found = event.volunteers.filter(agent=agent).first()
    if found is None:
        found = _write(event, agent, task, station, skills, VolunteerState.ASKED)
    elif found.state == VolunteerState.DECLINED:
        return move_volunteer(found, VolunteerState.ASKED, by=by)
    else:
        return found
    _tell(found, topics.INVITED, found.agent)
    return found


@transaction.atomic
def volunteer(
    event: Event,
    *,
    agent: Agent,
    task: str = Task.REPAIRER,
    station: Station | None = None,
    skills: Iterable[Category] = (),
    by: Agent,
) -> Volunteer:
    """Offer to help, or say so for somebody as the staff.

    Members and repairers of the workshop come at once; others wait to be welcomed, since who
    comes sees the visitors' things. Whoever is on the list already has their words changed.

    Raises:
        NotAllowed, VolunteersArePeople, TableOfAnotherEvent.
    """
    event = locked_event(event)
    event_permissions.can_offer_help(by, event, agent).require()
    state = event_permissions.first_state(by, agent, event)
    found = event.volunteers.filter(agent=agent).first()
    if found is None:
        found = _write(event, agent, task, station, skills, state)
        if state == VolunteerState.OFFERED:
            _tell(found, topics.HELP_OFFERED, event.workshop.agent)
        return found
    found = change_volunteer(found, task=task, station=station, skills=skills, by=by)
    if found.state == VolunteerState.ASKED:
        return move_volunteer(found, VolunteerState.COMING, by=by)
    if found.state == VolunteerState.DECLINED:
        return _come_back(found, state, by)
    return found


@transaction.atomic
def answer_invitation(volunteer: Volunteer, *, accept: bool, by: Agent) -> Volunteer:
    """Say whether one comes.

    Raises:
        IllegalTransition, NotAllowed.
    """
    to = VolunteerState.COMING if accept else VolunteerState.DECLINED
    return move_volunteer(volunteer, to, by=by)


@transaction.atomic
def move_volunteer(volunteer: Volunteer, to: str, *, by: Agent) -> Volunteer:
    """Come, decline, welcome somebody who offered, or ask again.

    Raises:
        IllegalTransition, NotAllowed.
    """
    event = locked_event(volunteer.event)
    volunteer = _locked(volunteer, event)
    roles = event_permissions.volunteer_roles(by, volunteer)
    before = volunteer.state
    if (before, to) in VOLUNTEER_STEPS:
        event_permissions.can_move_volunteer(by, volunteer, to).require()
    volunteer.state = move(VOLUNTEER_STEPS, before, to, roles)
    if volunteer.state == VolunteerState.DECLINED:
        volunteer.ticket = None
    volunteer.save(update_fields=["state", "ticket"])
    _tell_about(volunteer, before, by)
    return volunteer


@transaction.atomic
def change_volunteer(
    volunteer: Volunteer,
    *,
    task: str,
    station: Station | None = None,
    skills: Iterable[Category] = (),
    by: Agent,
) -> Volunteer:
    """What they do, at which table, and what they are good at.

    Raises:
        NotAllowed, TableOfAnotherEvent.
    """
    event = locked_event(volunteer.event)
    volunteer = _locked(volunteer, event)
    event_permissions.can_change_volunteer(by, volunteer).require()
    _check_station(event, station)
    volunteer.task, volunteer.station = Task(task), station
    volunteer.save(update_fields=["task", "station"])
    volunteer.skills.set(skills)
    return volunteer


def _write(
    event: Event,
    agent: Agent,
    task: str,
    station: Station | None,
    skills: Iterable[Category],
    state: str,
) -> Volunteer:
    if agent.type != AgentType.PERSON:
        raise errors.VolunteersArePeople
    _check_station(event, station)
    row = Volunteer.objects.create(
        event=event, agent=agent, task=Task(task), station=station, state=state
    )
    row.skills.set(skills)
    return row


def _check_station(event: Event, station: Station | None) -> None:
    if station is not None and station.event_id != event.pk:
        raise errors.TableOfAnotherEvent


def _come_back(volunteer: Volunteer, state: str, by: Agent) -> Volunteer:
    """Somebody who had declined: the workshop's own people at once, others ask anew."""
    if "staff" in event_permissions.volunteer_roles(by, volunteer):
        return move_volunteer(volunteer, VolunteerState.COMING, by=by)
    return move_volunteer(volunteer, VolunteerState.OFFERED, by=by)


def _locked(volunteer: Volunteer, event: Event) -> Volunteer:
    found = (
        Volunteer.objects.select_for_update(of=("self",))
        .select_related("agent__person")
        .get(pk=volunteer.pk)
    )
    found.event = event
    return found


def _tell_about(volunteer: Volunteer, before: str, by: Agent) -> None:
    """The one who has to know: the volunteer of what the workshop did, the workshop of theirs."""
    if by.pk == volunteer.agent_id:
        if volunteer.state == VolunteerState.OFFERED:
            _tell(volunteer, topics.HELP_OFFERED, volunteer.event.workshop.agent)
        elif before == VolunteerState.COMING:
            _tell(volunteer, topics.HELPER_GONE, volunteer.event.workshop.agent)
    elif volunteer.state == VolunteerState.COMING:
        _tell(volunteer, topics.WELCOMED, volunteer.agent)
    elif volunteer.state == VolunteerState.ASKED:
        _tell(volunteer, topics.INVITED, volunteer.agent)


def _tell(volunteer: Volunteer, topic: str, reader: Agent) -> None:
    event = volunteer.event
    notify(
        reader,
        topic,
        path=reverse("repair:event", args=[event.pk]),
        who=volunteer.agent,
        event=event.title,
        begins=event.begins,
    )
