"""The states of a plan run and who may move it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import Table, step


class RunState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("computing")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("stopped")


OPEN_STATES = (RunState.QUEUED, RunState.RUNNING)
"""A run in one of these is not over yet."""

RUN_STEPS: Table = {
    ("queued", "running"): step(_("Start"), "system"),
    ("queued", "cancelled"): step(_("Stop"), "operator", "system"),
    ("queued", "failed"): step(_("Fail"), "system"),
    ("running", "done"): step(_("Finish"), "system"),
    ("running", "failed"): step(_("Fail"), "system"),
    ("running", "cancelled"): step(_("Stop"), "system"),
}
