"""Addresses of devices; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.sensors import views

urlpatterns = [
    path("data/devices/<uuid:device_id>/readings", views.readings, name="device_readings"),
]
