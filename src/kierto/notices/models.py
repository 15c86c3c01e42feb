"""A notice keeps what it says as a key and fields, so each reader has it in their own language."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Person


class Notice(models.Model):
    """One message to one person. ``topic`` names a sentence in :mod:`kierto.notices.topics`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    topic = models.CharField(max_length=60)
    fields = models.JSONField(default=dict)
    path = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    emailed_at = models.DateTimeField(null=True, blank=True)
    email_attempts = models.PositiveSmallIntegerField(default=0)
    # What the mail server said, without the address: the class of the error and its code.
    email_problem = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "read_at"], name="notices_by_reader"),
        ]

    def __str__(self) -> str:
        return self.topic
