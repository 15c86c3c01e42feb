"""The states of devices and of alarms, and who may take each step.

Roles: ``owner`` acts for the agent who owns the device, ``operator`` runs the district where it
stands, ``system`` is this node and its administrators. Silence is no state: a clock can tell it.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import Table, step


class DeviceState(models.TextChoices):
    """Whether what a device sends is taken."""

    DRAFT = "draft", _("being set up")
    ACTIVE = "active", _("working")
    PAUSED = "paused", _("paused")
    RETIRED = "retired", _("retired")


DEVICE_STEPS: Table = {
    ("draft", "active"): step(_("Take into use"), "owner", "system"),
    ("active", "paused"): step(_("Pause"), "owner", "system"),
    ("paused", "active"): step(_("Start again"), "owner", "system"),
    ("draft", "retired"): step(_("Discard"), "owner", "system"),
    ("active", "retired"): step(_("Retire"), "owner", "system"),
    ("paused", "retired"): step(_("Retire"), "owner", "system"),
}


class AlarmKind(models.TextChoices):
    """What is wrong."""

    SILENCE = "silence", _("silent")
    OUTLIER = "outlier", _("strange value")
    BATTERY = "battery", _("battery low")


class AlarmState(models.TextChoices):
    """Where an alarm stands."""

    OPEN = "open", _("new")
    SEEN = "seen", _("being looked at")
    OVER = "over", _("over")


ALARM_STEPS: Table = {
    ("open", "seen"): step(_("I look at it"), "owner", "operator", "system"),
    ("open", "over"): step(_("It is over"), "owner", "operator", "system"),
    ("seen", "over"): step(_("It is over"), "owner", "operator", "system"),
}
