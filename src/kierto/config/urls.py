"""The addresses of the platform; each app keeps its own."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from kierto.parties.views.language import set_language

urlpatterns = [
    path("", include("kierto.web.urls")),
    path("", include("kierto.parties.urls")),
    path("", include("kierto.catalogue.urls")),
    path("", include("kierto.notices.urls")),
    path("", include("kierto.ledger.urls")),
    path("", include("kierto.exchange.urls")),
    path("", include("kierto.sharing.urls")),
    path("", include("kierto.repair.urls")),
    path("", include("kierto.planning.urls")),
    path("", include("kierto.indicators.urls")),
    path("", include("kierto.hub.urls")),
    path("accounts/", include("allauth.urls")),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
]

handler400 = "kierto.web.views.errors.bad_request"
handler403 = "kierto.web.views.errors.forbidden"
handler404 = "kierto.web.views.errors.not_found"
handler500 = "kierto.web.views.errors.server_error"
