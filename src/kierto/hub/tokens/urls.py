"""Addresses of the pages about tokens; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.tokens import views

urlpatterns = [
    path("data/tokens/", views.tokens, name="tokens"),
    path("data/tokens/<uuid:token_id>/withdraw/", views.withdraw, name="token_withdraw"),
]
