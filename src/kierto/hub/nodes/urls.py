"""Addresses of the pages about other cities; names stand in ``hub``."""

from __future__ import annotations

from django.urls import path

from kierto.hub.nodes import views

urlpatterns = [
    path("cities/", views.cities, name="cities"),
    path("cities/nodes/", views.nodes, name="nodes"),
    path("cities/nodes/invite/", views.invite, name="node_invite"),
    path("cities/nodes/join/", views.join, name="node_join"),
    path("cities/nodes/<uuid:node_id>/refresh/", views.refresh, name="node_refresh"),
    path("cities/nodes/<uuid:node_id>/remove/", views.remove, name="node_remove"),
    path(
        "cities/nodes/invitations/<uuid:invitation_id>/withdraw/",
        views.withdraw,
        name="node_withdraw",
    ),
    path("cities/invitation/", views.invitation, name="node_invitation"),
    path("cities/join/hello/", views.hello, name="node_hello"),
    path("cities/leave/", views.leave, name="node_leave"),
]
