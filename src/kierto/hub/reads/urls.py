"""Addresses of the pages about who read what; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.reads import views

urlpatterns = [path("data/reads/", views.reads, name="reads")]
