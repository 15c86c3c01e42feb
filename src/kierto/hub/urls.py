"""Addresses of the hub."""

from __future__ import annotations

from django.urls import path

from kierto.hub.views.ngsi_ld import ngsi_ld

app_name = "hub"

urlpatterns = [
    path("ngsi-ld/v1/<path:rest>", ngsi_ld, name="ngsi_ld"),
]
