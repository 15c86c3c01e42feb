"""What sensors tell their owners, as keys and sentences; see :mod:`kierto.notices`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors.states import AlarmKind
from kierto.notices.topics import register_topic

SILENT = "hub.device_silent"
STRANGE = "hub.device_strange"
BATTERY = "hub.device_battery"

OF_KIND: dict[str, str] = {
    AlarmKind.SILENCE: SILENT,
    AlarmKind.OUTLIER: STRANGE,
    AlarmKind.BATTERY: BATTERY,
}

SENTENCES: dict[str, tuple[Any, Any]] = {
    SILENT: (
        _("Nothing comes from “%(device)s” any more"),
        _("The device has missed its times to send. Check its battery and its connection."),
    ),
    STRANGE: (
        _("Strange value from “%(device)s”"),
        _(
            "%(attribute)s was %(value)s, which does not fit what is known of it. Look whether the "
            "device is damaged or was moved."
        ),
    ),
    BATTERY: (
        _("The battery of “%(device)s” is low"),
        _("%(attribute)s is %(value)s. Change the battery before the device falls silent."),
    ),
}


def register() -> None:
    """Make them known to the notices."""
    for key, (subject, body) in SENTENCES.items():
        register_topic(key, subject, body)
