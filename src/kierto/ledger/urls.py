"""Addresses of the ledger explorer."""

from __future__ import annotations

from django.urls import path

from kierto.ledger.views import checking, events, exports, resources

app_name = "ledger"

urlpatterns = [
    path("ledger/", events.events, name="events"),
    path("ledger/events/<uuid:pk>/", events.event, name="event"),
    path("ledger/events/<uuid:pk>/reverse/", events.reverse, name="event_reverse"),
    path("ledger/resources/<uuid:pk>/", resources.resource, name="resource"),
    path("ledger/processes/<uuid:pk>/", resources.process, name="process"),
    path("ledger/verify/", checking.verify, name="verify"),
    path("ledger/export.jsonld", exports.jsonld, name="export_jsonld"),
    path("ledger/export.csv", exports.table, name="export_csv"),
]
