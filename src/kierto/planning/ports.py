"""Which offer, need or processor stands behind each port of a problem."""

from __future__ import annotations

import uuid

from kierto.planner import Need, Offer, Problem


def wishes(problem: Problem) -> list[Offer | Need]:
    """Offers first, then needs."""
    return [*problem.offers, *problem.needs]


def owner_of_ports(problem: Problem) -> dict[str, str]:
    """The id of the offer, need or processor, by port id."""
    owners = {wish.id: wish.id for wish in wishes(problem)}
    for processor in problem.processors:
        for stream in processor.inputs:
            owners[processor.input_port(stream.kind)] = processor.id
        for stream in processor.outputs:
            owners[processor.output_port(stream.kind)] = processor.id
    return owners


def is_site(part: str) -> bool:
    """Whether it is a candidate site, which exists in siting runs only."""
    return part.startswith("site:")


def uuid_of(part: str) -> uuid.UUID:
    """The id behind ``offer:<uuid>``, ``need:``, ``processor:`` or ``site:``."""
    return uuid.UUID(part.split(":")[1])
