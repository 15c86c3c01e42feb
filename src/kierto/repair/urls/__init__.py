"""Addresses of repair, each part in a file of its own."""

from __future__ import annotations

from kierto.repair.urls import events, open_data, tickets

app_name = "repair"

urlpatterns = [
    *tickets.paths,
    *events.paths,
    *open_data.paths,
]
