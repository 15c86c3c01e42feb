from __future__ import annotations

from django.urls.resolvers import URLPattern

app_name = "notices"

urlpatterns: list[URLPattern] = []
