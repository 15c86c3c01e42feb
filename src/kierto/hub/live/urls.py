"""Addresses of the live map; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.live.views import live_map, live_map_now

urlpatterns = [
    path("data/map/", live_map, name="live_map"),
    path("data/map/now.json", live_map_now, name="live_map_now"),
]
