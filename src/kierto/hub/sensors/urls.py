"""Addresses of devices and alarms; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.sensors.views import alarms, devices, mapping, uploads

_ONE = "data/devices/<uuid:device_id>"

urlpatterns = [
    path("data/devices/", devices.devices, name="devices"),
    path("data/devices/new/", devices.new, name="device_new"),
    path(f"{_ONE}/", devices.device, name="device"),
    path(f"{_ONE}/edit/", devices.edit, name="device_edit"),
    path(f"{_ONE}/key/", devices.key, name="device_key"),
    path(f"{_ONE}/state/", devices.move, name="device_move"),
    path(f"{_ONE}/mapping/", mapping.mapping, name="device_mapping"),
    path(f"{_ONE}/readings", uploads.readings, name="device_readings"),
    path("data/alarms/", alarms.alarms, name="alarms"),
    path("data/alarms/<uuid:alarm_id>/", alarms.move, name="alarm_move"),
]
