from __future__ import annotations

from django.urls import path

from kierto.web.views import appearance, home, pages

app_name = "web"

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", pages.about, name="about"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("appearance/", appearance.choose, name="appearance"),
]
