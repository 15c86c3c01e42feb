"""Addresses of files and of the catalogue; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.publishing import views

urlpatterns = [
    path("data/sets/<slug:slug>.<str:form>", views.data_set_file, name="data_set_file"),
    path("data/catalog", views.dcat, name="dcat"),
    path("data/catalog.<str:form>", views.dcat, name="dcat_file"),
]
