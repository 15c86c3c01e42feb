"""Data sets as a catalogue knows them, and requests to use those that are not open."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.hub.datasets.states import DataSetState, Kind, Openness, RequestState
from kierto.parties.models import Agent, District


class DataSet(models.Model):
    """Something that is known here, with who may use it and how.

    ``asked`` says which rows it has, by ``kind``:

    - entities: ``types`` (words of the vocabulary or IRIs), ``q`` (text of the query language),
      ``bbox`` (west, south, east, north in degrees);
    - history: the same, ``attributes`` (words or IRIs) and ``days`` (how far back);
    - platform: ``export``, the key of a registered export.

    ``measured`` is what :mod:`kierto.hub.datasets.measures` found last; nobody types it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what it holds"), blank=True)
    owner = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    district = models.ForeignKey(
        District, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # A key of kierto.hub.datasets.licences.LICENCES.
    licence = models.CharField(_("licence"), max_length=40)
    # Keys of kierto.hub.datasets.words.THEMES; words of one's own.
    themes = models.JSONField(_("themes"), default=list)
    keywords = models.JSONField(_("keywords"), default=list, blank=True)
    # An address of mail or of the web, of the organisation.
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    # A key of kierto.hub.datasets.words.REFRESHED.
    refresh = models.CharField(_("refreshed"), max_length=12, default="IRREG")
    openness = models.CharField(
        _("who may read it"), max_length=12, choices=Openness, default=Openness.OPEN
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ENTITIES)
    asked = models.JSONField(default=dict)
    quality_note = models.TextField(_("what to know about its quality"), blank=True)
    state = models.CharField(max_length=12, choices=DataSetState, default=DataSetState.DRAFT)
    measured = models.JSONField(default=dict, blank=True, editable=False)
    measured_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    # When it was published first.
    published_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("data set")
        verbose_name_plural = _("data sets")
        ordering = ("title", "slug")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="hub_data_set_published_when",
            )
        ]
        indexes = [models.Index(fields=["state", "title"], name="hub_data_set_listed")]

    def __str__(self) -> str:
        return self.title


class AccessRequest(models.Model):
    """Somebody asks to use a restricted data set. ``agent`` is for whom, a person or not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    data_set = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="requests")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    purpose = models.TextField(_("what for"), blank=True)
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.ASKED)
    # What was said with the last answer.
    reason = models.TextField(_("reason"), blank=True)
    # The last day of a grant, in the time of the node.
    until = models.DateField(_("until"), null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_by = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request to use a data set")
        verbose_name_plural = _("requests to use data sets")
        ordering = ("-asked_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["data_set", "agent"],
                condition=Q(state="asked"),
                name="hub_access_request_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(until__isnull=False, decided_by__isnull=False),
                name="hub_access_request_granted_until",
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="hub_access_request_open")]

    def __str__(self) -> str:
        return f"{self.data_set_id}: {self.get_state_display()}"
