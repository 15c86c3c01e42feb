from __future__ import annotations

from django.urls import URLPattern, path

from kierto.sharing.views import labels

paths: list[URLPattern] = [
    path("t/<str:code>/", labels.by_code, name="by_code"),
]
