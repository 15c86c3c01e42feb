"""Pages of the data platform; see :mod:`tests.browser.test_every_page`."""

from __future__ import annotations

VISITOR, RESIDENT, ADMIN, CHOIR = "visitor", "resident", "node administrator", "choir"

PAGES: dict[str, tuple[str, ...]] = {
    "hub:explorer": (VISITOR, "/data/query/?type=Offer&q=resourceQuantity>1000&limit=5"),
    "hub:entity": (VISITOR, "/data/query/?type=Thing&limit=3", "hub:entity"),
    "hub:reads": (RESIDENT, "/data/reads/"),
    "hub:interface": (VISITOR, "/data/interface/"),
    "hub:interface_operation": (
        RESIDENT, "/data/interface/get_entities/?run=1&type=Offer&limit=2#answer"
    ),
    "hub:live_map": (VISITOR, "/data/map/"),
    "hub:data": (VISITOR, "/data/"),
    "hub:data_set": (VISITOR, "/data/sets/how-full-the-public-bins-are/"),
    "hub:data_set_ask": (CHOIR, "/data/sets/locked-paper-bin-of-the-health-centre/", "hub:data_set_ask"),
    "hub:data_set_new": (ADMIN, "/data/sets/new/?kind=history"),
    "hub:data_set_edit": (
        ADMIN, "/data/sets/how-full-the-public-bins-are/", "hub:data_set_edit"
    ),
    "hub:data_requests": (ADMIN, "/data/requests/"),
    "hub:data_request": (ADMIN, "/data/requests/", "hub:data_request"),
    "hub:cities": (VISITOR, "/cities/"),
    "hub:devices": (ADMIN, "/data/devices/"),
    "hub:device_new": (ADMIN, "/data/devices/new/"),
    "hub:device": (ADMIN, "/data/devices/", "hub:device"),
    "hub:device_edit": (ADMIN, "/data/devices/", "hub:device", "hub:device_edit"),
    "hub:device_key": (ADMIN, "/data/devices/", "hub:device", "hub:device_key"),
    "hub:device_mapping": (ADMIN, "/data/devices/", "hub:device", "hub:device_mapping"),
    "hub:alarms": (ADMIN, "/data/alarms/"),
    "hub:tokens": (RESIDENT, "/data/tokens/"),
    "hub:node_invitation": (VISITOR, "/cities/invitation/"),
    "hub:nodes": (ADMIN, "/cities/nodes/"),
    "hub:node_join": (ADMIN, "/cities/nodes/join/"),
}  # fmt: skip

FILES = {
    "hub:vocabulary", "hub:ngsi_ld", "hub:features", "hub:features_conformance",
    "hub:features_collections", "hub:features_collection", "hub:features_items",
    "hub:features_item", "hub:openapi", "hub:live_map_now", "hub:data_set_file", "hub:dcat",
    "hub:dcat_file",
}  # fmt: skip
DEEDS = {
    "hub:token_withdraw", "hub:node_invite", "hub:node_withdraw", "hub:node_refresh",
    "hub:node_hello", "hub:node_leave", "hub:device_readings", "hub:device_move",
    "hub:alarm_move",
    "hub:data_set_move",
}  # fmt: skip
WITH_ANOTHER_NODE = {"hub:node_remove"}
