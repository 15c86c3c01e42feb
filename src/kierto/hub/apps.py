from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HubConfig(AppConfig):
    name = "kierto.hub"
    label = "hub"
    verbose_name = _("Data platform")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kierto.hub import (
            datasets,
            distribution,
            history,
            nodes,
            projections,
            reads,
            sensors,
            subscriptions,
        )
        from kierto.hub.store import starting
        from kierto.hub.tokens import erasure

        starting.register()
        history.register()
        distribution.register()
        subscriptions.register()
        projections.register()
        erasure.register()
        nodes.register()
        sensors.register()
        datasets.register()
        reads.register()
