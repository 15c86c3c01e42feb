"""Addresses of sharing, each part in a file of its own."""

from __future__ import annotations

from kierto.sharing.urls import collections, desk, public, things

app_name = "sharing"

urlpatterns = [
    *public.paths,
    *collections.paths,
    *desk.paths,
    *things.paths,
]
