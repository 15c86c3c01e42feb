"""Addresses of the features."""

from __future__ import annotations

from django.urls import path

from kierto.hub.features import views

_ONE = "data/features/collections/<str:name>"

urlpatterns = [
    path("data/features/", views.landing, name="features"),
    path("data/features/conformance", views.conformance, name="features_conformance"),
    path("data/features/collections", views.collections, name="features_collections"),
    path(_ONE, views.collection, name="features_collection"),
    path(f"{_ONE}/items", views.items, name="features_items"),
    path(f"{_ONE}/items/<path:feature>", views.item, name="features_item"),
]
