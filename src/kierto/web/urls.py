from __future__ import annotations

from django.urls import path

from kierto.web.views import appearance, home, icon, pages

app_name = "web"

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", pages.about, name="about"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("favicon.ico", icon.favicon, name="favicon"),
    path("appearance/", appearance.choose, name="appearance"),
]
