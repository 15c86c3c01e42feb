"""Addresses of the hub."""

from __future__ import annotations

from django.urls import path

from kierto.hub.datasets.urls import urlpatterns as data_set_urls
from kierto.hub.features.urls import urlpatterns as feature_urls
from kierto.hub.live.urls import urlpatterns as live_urls
from kierto.hub.nodes.urls import urlpatterns as node_urls
from kierto.hub.openapi.urls import urlpatterns as interface_urls
from kierto.hub.publishing.urls import urlpatterns as publishing_urls
from kierto.hub.reads.urls import urlpatterns as read_urls
from kierto.hub.sensors.urls import urlpatterns as sensor_urls
from kierto.hub.tokens.urls import urlpatterns as token_urls
from kierto.hub.views import vocabulary
from kierto.hub.views.entity import entity
from kierto.hub.views.explorer import explorer
from kierto.hub.views.ngsi_ld import ngsi_ld
from kierto.hub.vocabulary import CONTEXT_NAME

app_name = "hub"

urlpatterns = [
    path("ngsi-ld/v1/<path:rest>", ngsi_ld, name="ngsi_ld"),
    path(f"data/{CONTEXT_NAME}", vocabulary.context, name="vocabulary"),
    path("data/query/", explorer, name="explorer"),
    path("data/entity/", entity, name="entity"),
    *data_set_urls,
    *feature_urls,
    *interface_urls,
    *live_urls,
    *node_urls,
    *publishing_urls,
    *read_urls,
    *sensor_urls,
    *token_urls,
]
