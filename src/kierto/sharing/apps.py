from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SharingConfig(AppConfig):
    name = "kierto.sharing"
    label = "sharing"
    verbose_name = _("Sharing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kierto.sharing import erasure, listeners, topics

        topics.register()
        listeners.register()
        erasure.register()
        from kierto.core import rounds
        from kierto.sharing.actions.late import tend_loans
        from kierto.sharing.actions.maintenance import tend_maintenance
        from kierto.sharing.actions.rounds import tend_bookings

        rounds.every("sharing.bookings", 60, tend_bookings)
        rounds.every("sharing.loans", 300, tend_loans)
        rounds.every("sharing.maintenance", 600, tend_maintenance)
