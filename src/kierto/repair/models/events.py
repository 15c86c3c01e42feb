"""Repair events: stations, slots to sign up for, and volunteers."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Agent, Place
from kierto.repair.models.workshops import Category, Workshop
from kierto.repair.states import EventState, Task, VolunteerState


class Event(models.Model):
    """A repair café or the like, held by a workshop."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="events")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="repair_events")
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    begins = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    slot_minutes = models.PositiveIntegerField(_("minutes for each thing"), default=30)
    takes_walk_ins = models.BooleanField(_("one may come without signing up"), default=True)
    state = models.CharField(max_length=10, choices=EventState, default=EventState.DRAFT)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("repair event")
        verbose_name_plural = _("repair events")
        ordering: ClassVar = ["-begins"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="repair_event_state_known", condition=Q(state__in=EventState.values)
            ),
            models.CheckConstraint(
                name="repair_event_ends_after_start", condition=Q(ends__gt=F("begins"))
            ),
            models.CheckConstraint(
                name="repair_event_slot_lasts", condition=Q(slot_minutes__gte=5)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Station(models.Model):
    """A table at an event, and what is repaired at it. Without categories: everything."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="stations")
    name = models.CharField(_("name"), max_length=80)
    categories = models.ManyToManyField(Category, blank=True, related_name="stations")

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="repair_one_station_each", fields=["event", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Slot(models.Model):
    """One stretch of time at a station; its ticket says who comes with what."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="slots")
    begins = models.DateTimeField(_("from"))

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering: ClassVar = ["begins", "station"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="repair_one_slot_each", fields=["station", "begins"]),
        ]

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}"


class Volunteer(models.Model):
    """A person who helps at an event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="volunteers")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="volunteers_at")
    station = models.ForeignKey(
        Station, on_delete=models.SET_NULL, null=True, blank=True, related_name="volunteers"
    )
    task = models.CharField(_("does what"), max_length=10, choices=Task, default=Task.REPAIRER)
    skills = models.ManyToManyField(Category, blank=True, related_name="volunteers")
    # What they have on their table now; one thing at a time, and several may share one.
    ticket = models.ForeignKey(
        "repair.Ticket", on_delete=models.SET_NULL, null=True, blank=True, related_name="helpers"
    )
    state = models.CharField(max_length=10, choices=VolunteerState)

    class Meta:
        verbose_name = _("volunteer")
        verbose_name_plural = _("volunteers")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="repair_one_volunteer_each", fields=["event", "agent"]),
            models.CheckConstraint(
                name="repair_volunteer_words_known",
                condition=Q(task__in=Task.values, state__in=VolunteerState.values),
            ),
        ]

    def __str__(self) -> str:
        return str(self.agent_id)
