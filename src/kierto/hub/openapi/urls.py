"""Addresses of the description of the interfaces; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.openapi import views

urlpatterns = [
    path("data/openapi.json", views.openapi, name="openapi"),
    path("data/interface/", views.interface, name="interface"),
    path("data/interface/<str:name>/", views.operation, name="interface_operation"),
]
