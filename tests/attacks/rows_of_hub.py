"""The addresses of the hub that name a thing; see :mod:`tests.attacks.test_others_objects`."""

from __future__ import annotations

Rows = dict[str, tuple[list[str], list[int], list[int]]]

# The things in the address; then the answers to GET and to POST, by role, from visitor to node admin.
HUB: Rows = {
    "hub:token_withdraw": (
        ["token"],
        [302, 405, 405, 405, 405, 405],
        [302, 404, 404, 404, 404, 302],
    ),
    "hub:device": (["device"], [302, 404, 404, 404, 404, 200], [302, 405, 405, 405, 405, 405]),
    "hub:device_edit": (["device"], [302, 404, 404, 404, 404, 200], [302, 404, 404, 404, 404, 200]),
    "hub:device_key": (["device"], [302, 404, 404, 404, 404, 200], [302, 404, 404, 404, 404, 200]),
    "hub:device_mapping": (
        ["device"],
        [302, 404, 404, 404, 404, 200],
        [302, 404, 404, 404, 404, 200],
    ),
    "hub:device_move": (["device"], [302, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 409]),
    "hub:alarm_move": (["alarm"], [302, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 409]),
    "hub:data_set": (["draft"], [404, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "hub:data_set_edit": (
        ["draft"],
        [302, 404, 404, 404, 404, 200],
        [302, 404, 404, 404, 404, 200],
    ),
    "hub:data_set_move": (
        ["draft"],
        [302, 405, 405, 405, 405, 405],
        [302, 404, 404, 404, 404, 302],
    ),
    "hub:data_set_ask": (
        ["restricted data set"],
        [302, 200, 200, 200, 200, 403],
        [302, 200, 200, 200, 200, 403],
    ),
    "hub:data_set_file": (
        ["draft", "csv"],
        [404, 404, 404, 404, 404, 200],
        [405, 405, 405, 405, 405, 405],
    ),
    "hub:data_request": (
        ["data request"],
        [302, 404, 404, 404, 404, 200],
        [302, 404, 404, 404, 404, 302],
    ),
    "hub:node_refresh": (["node"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "hub:node_remove": (["node"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 302]),
    "hub:node_withdraw": (
        ["node invitation"],
        [302, 405, 405, 405, 405, 405],
        [302, 403, 403, 403, 403, 302],
    ),
}
