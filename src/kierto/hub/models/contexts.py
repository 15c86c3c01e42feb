"""Contexts of JSON-LD that this node keeps (clause 5.13)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ContextKind(models.TextChoices):
    """How a context came here."""

    HOSTED = "Hosted", _("Kept here for others")
    CACHED = "Cached", _("A copy from elsewhere")
    IMPLICIT = "ImplicitlyCreated", _("Made for an answer")


class StoredContext(models.Model):
    """One context document. Its body never changes; a copy may be fetched anew."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=ContextKind)
    # Address of the original; of an implicit one the hash of its body, so that it is made once.
    address = models.TextField(unique=True)
    body = models.TextField()
    # Whose it is, by name; a copy is everybody's.
    tenant = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    refreshed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "hub_context"
        verbose_name = _("context of terms")
        verbose_name_plural = _("contexts of terms")

    def __str__(self) -> str:
        return self.address
