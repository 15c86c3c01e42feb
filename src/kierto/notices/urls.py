from __future__ import annotations

from django.urls import path

from kierto.notices import views

app_name = "notices"

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.all_read, name="all_read"),
    path("notices/<uuid:pk>/read/", views.notice_read, name="notice_read"),
]
