from __future__ import annotations

from django.urls.resolvers import URLPattern

app_name = "planning"

urlpatterns: list[URLPattern] = []
