"""Addresses of the catalogue; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.datasets import form_views, request_views, views

urlpatterns = [
    path("data/", views.catalogue, name="data"),
    path("data/sets/new/", form_views.new, name="data_set_new"),
    path("data/sets/<slug:slug>/", views.data_set, name="data_set"),
    path("data/sets/<slug:slug>/edit/", form_views.edit, name="data_set_edit"),
    path("data/sets/<slug:slug>/move/", views.move, name="data_set_move"),
    path("data/sets/<slug:slug>/ask/", views.ask, name="data_set_ask"),
    path("data/requests/", request_views.requests, name="data_requests"),
    path("data/requests/<uuid:pk>/", request_views.one_request, name="data_request"),
]
