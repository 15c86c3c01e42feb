from __future__ import annotations

from django.urls import path

from kierto.indicators import views

app_name = "indicators"

urlpatterns = [
    path("indicators/", views.indicators, name="list"),
    path("indicators/<slug:slug>/", views.indicator, name="indicator"),
    path("indicators/<slug:slug>.csv", views.indicator_csv, name="indicator_csv"),
]
