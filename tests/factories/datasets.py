"""Data sets and what stands in them."""

from __future__ import annotations

from typing import Any

from kierto.hub.datasets import actions
from kierto.hub.models import DataSet
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.factories.parties import make_organization


def said(**fields: Any) -> dict[str, Any]:
    """What is said of a data set, enough to publish it."""
    return {
        "title": "Lights of Kera",
        "description": "One row is one street light.",
        "licence": "CC-BY-4.0",
        "themes": ["ENER"],
        "keywords": ["light"],
        "contact": "data@example.org",
        "refresh": "DAILY",
        "openness": "open",
        "asked": {"types": ["Light"]},
        "district": None,
        "quality_note": "",
        **fields,
    }


def make_data_set(
    owner: Agent | None = None, *, state: str = "published", kind: str = "entities", **fields: Any
) -> DataSet:
    """A data set in a state."""
    by = system_agent()
    owner = owner or make_organization().agent
    made = actions.add_data_set(owner=owner, said=said(**fields), kind=kind, by=by)
    if state == "published":
        made = actions.move_data_set(made, "published", by=by)
    elif state == "withdrawn":
        made = actions.move_data_set(made, "withdrawn", by=by)
    return made
