from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    name = "kierto.parties"
    label = "parties"
    verbose_name = _("Parties")
    default_auto_field = "django.db.models.BigAutoField"


class RecordBrowserConfig(admin_apps.AdminConfig):
    """Stands in the settings where ``django.contrib.admin`` would."""

    default = False
    default_site = "kierto.parties.record_browser.RecordBrowser"
