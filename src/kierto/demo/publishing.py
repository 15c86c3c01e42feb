"""The demonstration's data sets: most of them open, one that its owner lets people into."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone

from kierto.demo.people import People
from kierto.hub.datasets.actions import (
    add_data_set,
    ask,
    grant,
    move_data_set,
    refuse_request,
)
from kierto.hub.datasets.states import DataSetState
from kierto.hub.models import DataSet
from kierto.parties.models import Agent, District, Organization
from kierto.parties.queries import system_agent

_OWN = ("owner", "kind", "draft", "requests")
RESIDENT = "resident"


def publish_data_sets(table: bytes, district: District, people: People) -> None:
    """Describe them, publish them, and let people ask for the one that is not open."""
    agents = {each.slug: each.agent for each in Organization.objects.select_related("agent")}
    for row in orjson.loads(table):
        owner = agents[row["owner"]]
        made = _described(row, owner, district)
        if row.get("draft"):
            continue
        move_data_set(made, DataSetState.PUBLISHED, by=people.for_agent(owner))
        for asked in row.get("requests", ()):
            _ask(made, asked, agents, people)


def _described(row: dict[str, Any], owner: Agent, district: District) -> DataSet:
    said = {name: value for name, value in row.items() if name not in _OWN}
    contact = f"data@{row['owner']}.example"
    return add_data_set(
        owner=owner,
        kind=row["kind"],
        said={**said, "contact": contact, "district": district},
        by=system_agent(),
    )


def _ask(made: DataSet, asked: dict[str, Any], agents: dict[str, Agent], people: People) -> None:
    who = asked["asker"]
    agent = people.resident if who == RESIDENT else agents[who]
    speaker = agent if who == RESIDENT else people.for_agent(agent)
    request = ask(made, agent=agent, purpose=asked["purpose"], by=speaker)
    decider = people.for_agent(made.owner)
    if asked.get("answer") == "grant":
        until = timezone.localdate() + timedelta(days=asked["days"])
        grant(request, until=until, reason=asked["reason"], by=decider)
    elif asked.get("answer") == "refuse":
        refuse_request(request, reason=asked["reason"], by=decider)
