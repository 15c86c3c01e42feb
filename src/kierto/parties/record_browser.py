"""Django's administration as a record browser: node admins read, nobody writes around the actions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kierto.core.errors import NotAllowed
from kierto.parties.permissions import can_administer_node


class RecordBrowser(admin.AdminSite):
    """Open to node admins only; who is not signed in is sent to the ordinary sign-in."""

    site_header = _("Records of this node")
    site_title = _("Records of this node")
    index_title = _("Choose what to read")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Node admins, whatever Django's own flags say."""
        return bool(can_administer_node(getattr(request, "agent", None)))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """No second sign-in page, and no way around the one that counts attempts."""
        if request.user.is_authenticated:
            raise NotAllowed(can_administer_node(getattr(request, "agent", None)).reason)
        here = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('account_login')}?{here}")


class ReadOnly(admin.ModelAdmin[models.Model]):
    """Lists and shows rows to node admins; writing is for actions."""

    list_per_page = 50
    show_full_result_count = False
    # Django 5.2 warns of a changing default even where the form is only shown.
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The site has let the reader in already."""
        return bool(can_administer_node(getattr(request, "agent", None)))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for the whole site."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: rows come from actions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
