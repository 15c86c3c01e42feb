"""People in every role, organisations, places and districts, made by the real actions."""

from __future__ import annotations

import itertools
from typing import Any

from kierto.parties import actions
from kierto.parties.models import (
    Agent,
    Appointment,
    District,
    Helix,
    MembershipRole,
    Organization,
    Person,
    Place,
)
from kierto.parties.queries import system_agent

_numbers = itertools.count(1)

KERA = (60.2170, 24.7560)
"""A point in the district of :func:`make_district` (latitude, longitude)."""

VISITOR = "visitor"
RESIDENT = "resident"
MEMBER = "member"
ORGANIZATION_ADMIN = "organization_admin"
OPERATOR = "operator"
NODE_ADMIN = "node_admin"
ROLES = (VISITOR, RESIDENT, MEMBER, ORGANIZATION_ADMIN, OPERATOR, NODE_ADMIN)
"""The six roles, from the least to the most that one may do."""


def square(latitude: float, longitude: float, half: float = 0.02) -> dict[str, Any]:
    """A GeoJSON square around a point; ``half`` of its side in degrees."""
    west, east = longitude - half, longitude + half
    south, north = latitude - half, latitude + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def make_person(
    *roles: str,
    name: str | None = None,
    email: str | None = None,
    organization: Organization | None = None,
    district: District | None = None,
    language: str = "en",
) -> Person:
    """A person with a confirmed account; ``roles`` as in :data:`ROLES`.

    A member or administrator gets ``organization`` (or a new one), an operator ``district`` (or
    a new one).
    """
    number = next(_numbers)
    by = system_agent()
    person = actions.create_account(
        email=email or f"person{number}@example.org",
        name=name or f"Person {number}",
        language=language,
        by=by,
    )
    for role in roles:
        match role:
            case "resident":
                pass
            case "member":
                actions.add_member(organization or make_organization(), person=person, by=by)
            case "organization_admin":
                actions.add_member(
                    organization or make_organization(),
                    person=person,
                    role=MembershipRole.ADMIN,
                    by=by,
                )
            case "operator":
                actions.appoint(
                    person,
                    role=Appointment.Role.OPERATOR,
                    district=district or make_district(),
                    by=by,
                )
            case "node_admin":
                actions.appoint(person, role=Appointment.Role.NODE_ADMIN, by=by)
            case _:
                raise ValueError(f"no role {role!r}; a visitor is None")
    return person


def make_agents(organization: Organization, district: District) -> dict[str, Agent | None]:
    """One agent for every role, in regard to one organisation and one district."""
    people = {
        role: make_person(role, organization=organization, district=district).agent
        for role in ROLES
        if role != VISITOR
    }
    return {VISITOR: None, **people}


def make_organization(
    name: str | None = None,
    *,
    helix: str = Helix.COMPANY,
    admin: Person | None = None,
    by: Agent | None = None,
    **fields: Any,
) -> Organization:
    """An organisation, added by the node unless ``by`` is given."""
    return actions.create_organization(
        name=name or f"Organisation {next(_numbers)}",
        helix=helix,
        admin=admin,
        by=by or system_agent(),
        **fields,
    )


def make_district(
    slug: str | None = None,
    *,
    area: dict[str, Any] | None = None,
    by: Agent | None = None,
    **fields: Any,
) -> District:
    """A district; its area is a square around :data:`KERA` unless another is given."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "slug": slug or f"district-{number}",
        "name": f"District {number}",
        "city": "Espoo",
        "country": "FI",
        "area": area or square(*KERA),
    }
    return actions.create_district(**{**values, **fields}, by=by or system_agent())


def make_place(
    agent: Agent | None = None,
    *,
    latitude: float = KERA[0],
    longitude: float = KERA[1],
    by: Agent | None = None,
    **fields: Any,
) -> Place:
    """A place of ``agent`` (or of a new organisation) in the district of :func:`make_district`."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "name": f"Place {number}",
        "street": f"Karapellontie {number}",
        "postcode": "02610",
        "locality": "Espoo",
        "country": "FI",
    }
    return actions.add_place(
        agent=agent or make_organization().agent,
        latitude=latitude,
        longitude=longitude,
        **{**values, **fields},
        by=by or system_agent(),
    )
