"""Tokens of programs. Of a token only its hash is kept."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Agent


class TokenQuerySet(models.QuerySet["Token"]):
    """Tokens."""

    def valid(self) -> TokenQuerySet:
        """Those that are neither withdrawn nor expired."""
        now = timezone.now()
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now), withdrawn_at__isnull=True
        )


class Token(models.Model):
    """What a program shows to be let in. It stands for an agent and may do what its scopes say."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    # Lists of words: what it may do; names of tenants it may touch (null: all of them).
    scopes = models.JSONField(default=list)
    tenants = models.JSONField(null=True, default=None)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name
