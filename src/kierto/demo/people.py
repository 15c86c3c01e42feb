"""The demonstration's people: invented, with addresses that no mail can reach.

Each organisation has one administrator who speaks for it; beside them stand residents, an
operator of the district and an administrator of the node.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kierto.parties.actions import (
    add_member,
    appoint,
    change_profile,
    create_account,
    give_consent,
)
from kierto.parties.models import (
    Agent,
    Appointment,
    Consent,
    District,
    MembershipRole,
    Organization,
    Person,
)

MAIL_DOMAIN = "kera.example"
"""Reserved for examples (RFC 2606): a message to it goes nowhere."""

_FIRST = (
    "Aino", "Eino", "Helmi", "Onni", "Sofia", "Leo", "Lumi", "Elias", "Venla", "Oliver",
    "Amira", "Yusuf", "Milla", "Toivo", "Ida", "Väinö", "Fatima", "Otso", "Stella", "Niilo",
)  # fmt: skip
_LAST = (
    "Koskela", "Laaksonen", "Niittymaa", "Rantala", "Salmela", "Kallio", "Haavisto", "Suominen",
    "Lehtola", "Mäntylä", "Haddad", "Oja", "Vainio", "Rossi", "Peltola", "Harju", "Nurmela",
)  # fmt: skip

NEIGHBOURS = 36
"""Residents who borrow and have things repaired."""


@dataclass(frozen=True, slots=True)
class People:
    """Who acts in the demonstration."""

    operator: Agent
    node_admin: Agent
    resident: Agent
    neighbours: list[Agent]
    speakers: dict[UUID, Agent]

    def for_agent(self, agent: Agent) -> Agent:
        """The person who speaks for an organisation's agent."""
        return self.speakers[agent.pk]


def invite_people(district: District, *, by: Agent) -> People:
    """Make the accounts and give them their roles."""
    node_admin = _account("node.admin", "Inka Virtala", "en", district, by)
    appoint(node_admin, role=Appointment.Role.NODE_ADMIN, by=by)
    operator = _account("operator", "Mikael Ahola", "en", district, by)
    appoint(operator, role=Appointment.Role.OPERATOR, district=district, by=node_admin.agent)
    resident = _account("resident", "Noora Saari", "en", district, by)
    neighbours = [
        _account(f"neighbour.{number:02}", _name(100 + 7 * number), "en", district, by).agent
        for number in range(NEIGHBOURS)
    ]
    speakers = {}
    for number, organization in enumerate(Organization.objects.order_by("slug")):
        speaker = _account(organization.slug, _name(number), "en", district, by)
        add_member(organization, person=speaker, role=MembershipRole.ADMIN, by=node_admin.agent)
        speakers[organization.agent_id] = speaker.agent
    return People(operator.agent, node_admin.agent, resident.agent, neighbours, speakers)


def account_list() -> list[dict[str, str]]:
    """The accounts that a visitor of the demonstration may want to try."""
    return [
        {"role": role, "email": f"{local}@{MAIL_DOMAIN}"}
        for role, local in (
            ("node administrator", "node.admin"),
            ("district operator", "operator"),
            ("brewery (organisation admin)", "kera-brewery"),
            ("mushroom farm (admin)", "mushroom-farm"),
            ("tool library (admin)", "library-kilo"),
            ("repair café (admin)", "repair-cafe"),
            ("resident", "resident"),
        )
    ]


def _name(number: int) -> str:
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"


def _account(local: str, name: str, language: str, district: District, by: Agent) -> Person:
    person = create_account(email=f"{local}@{MAIL_DOMAIN}", name=name, language=language, by=by)
    person = change_profile(
        person, home_district=district, keep_district=False, notify_by_email=False, by=by
    )
    give_consent(person, purpose=Consent.Purpose.TERMS, by=person.agent)
    return person
