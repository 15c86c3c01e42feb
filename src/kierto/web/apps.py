from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kierto.core.text import speak_with


class WebConfig(AppConfig):
    name = "kierto.web"
    label = "web"
    verbose_name = _("Web")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Sentences written below Django's floor speak the reader's language from now on."""
        speak_with(gettext)
