"""Payloads of subscriptions and registrations the tests of this package share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ENDPOINT = {"uri": "https://example.org/notify"}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats()
    | st.sampled_from(["", "x", "urn:a:b", "urn:ngsi-ld:null", "2030-01-01T00:00:00Z", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "id", "uri", "key", "value", "x"]), inner)
    ),
    max_leaves=4,
)


def nested(depth: int) -> Any:
    """Lists within lists."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def a_subscription(**members: Any) -> dict[str, Any]:
    """A subscription to lamps, with these members; None takes one away."""
    given = {
        "id": "urn:ngsi-ld:Subscription:1",
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": ENDPOINT},
        **members,
    }
    return {name: value for name, value in given.items() if value is not None}


def a_registration(**members: Any) -> dict[str, Any]:
    """A registration of a source of lamps, with these members; None takes one away."""
    given = {
        "id": "urn:ngsi-ld:ContextSourceRegistration:1",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Lamp"}]}],
        "endpoint": "https://example.org/ngsi-ld/v1",
        **members,
    }
    return {name: value for name, value in given.items() if value is not None}
