from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RepairConfig(AppConfig):
    name = "kierto.repair"
    label = "repair"
    verbose_name = _("Repair")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kierto.repair import erasure, listeners, topics

        topics.register()
        listeners.register()
        erasure.register()
