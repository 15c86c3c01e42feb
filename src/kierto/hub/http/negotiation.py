"""Which media type the answer has (clause 6.3.4; RFC 9110, clause 12.5.1)."""

from __future__ import annotations

import functools

from kierto.hub.http.messages import JSON
from kierto.ngsild.errors import NotAcceptable

_LONGEST = 2_048


def chosen(accept: str | None, offers: tuple[str, ...]) -> str:
    """The media type to answer with: the heaviest of ``offers``, the first among equals.

    Raises:
        NotAcceptable: the client takes none of them.
    """
    if not offers:
        return JSON
    if accept is None or accept == "*/*" or accept == offers[0]:
        return offers[0]
    return _chosen(accept[:_LONGEST], offers)


@functools.lru_cache(maxsize=256)
def _chosen(accept: str, offers: tuple[str, ...]) -> str:
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    weights = [(_weight(offer, ranges), -place) for place, offer in enumerate(offers)]
    weight, place = max(weights)
    if not ranges:
        return offers[0]
    if weight <= 0:
        raise NotAcceptable(
            f"The answer can be {', '.join(offers)}; the Accept header names none of them."
        )
    return offers[-place]


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                weight = min(max(float(value), 0.0), 1.0)
            except ValueError:
                # What cannot be read says nothing (RFC 9110, clause 12.4.2).
                continue
    return name, weight


def _weight(offer: str, ranges: list[tuple[str, float]]) -> float:
    """The weight of the most specific range that fits."""
    kind = offer.split("/", 1)[0]
    for wanted in (offer, f"{kind}/*", "*/*"):
        weights = [weight for name, weight in ranges if name == wanted]
        if weights:
            return max(weights)
    return 0.0


def media_type(content_type: str | None) -> str:
    """The media type alone of a Content-Type header, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()
