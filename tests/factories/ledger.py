"""Kinds, agents and events for tests, written by the ledger's own actions."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from kierto.catalogue.models import Recipe, ResourceSpecification, Theme
from kierto.core.quantity import Unit
from kierto.ledger import actions
from kierto.ledger.models import Agreement, EconomicEvent, EconomicResource, Process, Provenance
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.factories.parties import make_organization

_numbers = itertools.count(1)


def make_kind(
    code: str | None = None,
    *,
    unit: str = Unit.KILOGRAM,
    parent: ResourceSpecification | None = None,
) -> ResourceSpecification:
    """A kind of thing, at the root or below ``parent``."""
    code = code or f"kind-{next(_numbers)}"
    return ResourceSpecification.objects.create(
        code=code,
        parent=parent,
        path=f"{parent.path if parent else '/'}{code}/",
        unit=unit,
        theme=Theme.SIDE_STREAMS,
    )


def make_recipe(code: str | None = None) -> Recipe:
    """A recipe with a name and nothing else that the ledger looks at."""
    code = code or f"recipe-{next(_numbers)}"
    return Recipe.objects.create(
        code=code, name=code, level_unit="1 kg", reference="made up for tests"
    )


def make_agent() -> Agent:
    """The agent of a new organisation."""
    return make_organization().agent


def record(
    action: str, provider: Agent, receiver: Agent | None = None, **fields: Any
) -> EconomicEvent:
    """An event recorded by the node; provider and receiver are the same unless said."""
    fields.setdefault("by", system_agent())
    fields.setdefault("provenance", Provenance.FORM)
    amount = fields.pop("amount", None)
    if amount is not None:
        fields["quantity"] = Decimal(amount)
    return actions.record_event(
        action=action, provider=provider, receiver=receiver or provider, **fields
    )


def make_stock(
    agent: Agent | None = None, kind: ResourceSpecification | None = None, amount: Any = 100
) -> EconomicResource:
    """A stock that an agent owns and holds, raised from nothing."""
    kind = kind or make_kind()
    event = record("raise", agent or make_agent(), conforms_to=kind, amount=amount)
    assert event.resource is not None
    return event.resource


def make_transfer(
    provider: Agent | None = None,
    receiver: Agent | None = None,
    kind: ResourceSpecification | None = None,
    amount: Any = 10,
    **fields: Any,
) -> EconomicEvent:
    """A transfer between the parties' own stocks; what is lacking is raised first."""
    return actions.record_transfer(
        provider=provider or make_agent(),
        receiver=receiver or make_agent(),
        conforms_to=kind or make_kind(),
        quantity=Decimal(amount),
        provenance=fields.pop("provenance", Provenance.FORM),
        by=fields.pop("by", None) or system_agent(),
        **fields,
    )


def make_process(recipe: Recipe | None = None) -> Process:
    """A process begun by the node."""
    return actions.start_process(
        name=f"Process {next(_numbers)}", based_on=recipe, by=system_agent()
    )


def make_agreement(*commitments: Any, **fields: Any) -> Agreement:
    """An agreement written by the node."""
    return actions.create_agreement(
        name=f"Agreement {next(_numbers)}", commitments=commitments, by=system_agent(), **fields
    )


def fresh(resource: EconomicResource | None) -> EconomicResource:
    """The stock as it is stored now."""
    assert resource is not None
    return EconomicResource.objects.get(pk=resource.pk)
