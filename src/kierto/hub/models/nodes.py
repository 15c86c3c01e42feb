"""Nodes of other cities that this node asks and answers, and invitations to become one."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.hub.models.registrations import Registration
from kierto.hub.models.tokens import Token
from kierto.parties.models import Agent


class Node(models.Model):
    """The node of another city. Both sides keep one row for the other, and one key each.

    ``key`` is what the other node gave us to show; of the key that it shows us, ``token`` keeps
    the hash. ``registration`` is how queries find the way there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    # Scheme, host and port, perhaps a path; without a slash at the end.
    address = models.URLField(_("address"), max_length=300)
    # How it reaches us, as we told it when we joined.
    own_address = models.URLField(_("our address"), max_length=300, blank=True)
    # How it names itself in the Via header: loops are found by it.
    alias = models.CharField(max_length=120)
    key = models.CharField(max_length=200, blank=True, editable=False)
    token = models.ForeignKey(Token, null=True, on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey(
        Registration, null=True, on_delete=models.SET_NULL, related_name="nodes"
    )
    # Names of the kinds of entities that it has, as it last said.
    types = models.JSONField(default=list)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    joined_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True)
    removed_at = models.DateTimeField(null=True)
    # Nobody where the other side ended it.
    removed_by = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("node of another city")
        verbose_name_plural = _("nodes of other cities")
        ordering = ("name", "joined_at")
        constraints = [
            models.UniqueConstraint(
                fields=["alias"], condition=Q(removed_at__isnull=True), name="hub_node_joined_once"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | (Q(key="") & Q(registration__isnull=True)),
                name="hub_node_removed_has_no_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A word that lets one other node join once, within some days. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    node = models.ForeignKey(Node, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("invitation of a node")
        verbose_name_plural = _("invitations of nodes")
        ordering = ("-made_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="hub_invitation_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="hub_invitation_used_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return str(self.made_at)
