"""Processors: somebody's means to run a recipe at a place."""

from __future__ import annotations

from typing import TypedDict, Unpack
from uuid import UUID, uuid4

from django.db import transaction

from kierto.catalogue.models import Recipe, RecipeFlow
from kierto.core.announce import announce
from kierto.core.transitions import move
from kierto.exchange import permissions
from kierto.exchange.changes import ProcessorChanged
from kierto.exchange.errors import (
    AmountTooSmall,
    CapacityOutOfRange,
    IntentClosed,
    PlaceNotTheirs,
    RecipeHasNoFlows,
)
from kierto.exchange.models import Processor
from kierto.exchange.states import PROCESSOR_STEPS, IntentState
from kierto.parties.models import Agent, Place


class ProcessorFields(TypedDict, total=False):
    """What can be edited on a processor. Cost and emissions are per level; None: the recipe's."""

    recipe: Recipe
    name: str
    place: Place
    capacity: float
    cost: float | None
    emissions: float | None


@transaction.atomic
def add_processor(
    *,
    agent: Agent,
    recipe: Recipe,
    name: str,
    place: Place,
    capacity: float,
    cost: float | None = None,
    emissions: float | None = None,
    external_key: str = "",
    identity: UUID | None = None,
    by: Agent,
) -> Processor:
    """Add an open processor; ``capacity`` is levels a week.

    Raises:
        NotAllowed, PlaceNotTheirs, AmountTooSmall, CapacityOutOfRange, RecipeHasNoFlows.
    """
    permissions.can_post_for(by, agent, place).require()
    processor = Processor(
        id=identity or uuid4(), agent=agent, external_key=external_key, created_by=by
    )
    _fill(
        processor,
        recipe=recipe,
        name=name,
        place=place,
        capacity=capacity,
        cost=cost,
        emissions=emissions,
    )
    processor.save()
    announce(ProcessorChanged(processor))
    return processor


@transaction.atomic
def change_processor(
    processor: Processor, *, by: Agent, **fields: Unpack[ProcessorFields]
) -> Processor:
    """Edit some fields; the others stay as they are.

    Raises:
        NotAllowed, IntentClosed, and whatever adding would raise.
    """
    processor = _locked(processor)
    if processor.state == IntentState.CLOSED:
        raise IntentClosed
    permissions.can_change_processor(by, processor).require()
    _fill(processor, **fields)
    processor.save()
    announce(ProcessorChanged(processor))
    return processor


@transaction.atomic
def move_processor(processor: Processor, to: str, *, by: Agent) -> Processor:
    """Publish, pause, open again or close.

    Raises:
        IllegalTransition: not a step from its present state.
        NotAllowed: not this person's step.
    """
    processor = _locked(processor)
    roles = permissions.owner_roles(by, processor.agent, processor.place)
    if (processor.state, to) in PROCESSOR_STEPS:
        permissions.judge_step(PROCESSOR_STEPS, processor.state, to, roles).require()
    processor.state = move(PROCESSOR_STEPS, processor.state, to, roles)
    processor.save(update_fields=["state"])
    announce(ProcessorChanged(processor))
    return processor


def _locked(processor: Processor) -> Processor:
    return (
        Processor.objects.select_for_update(of=("self",))
        .select_related("agent", "place", "recipe")
        .get(pk=processor.pk)
    )


def check_capacity(recipe: Recipe, capacity: float) -> None:
    """Levels a week must be more than nothing, and within what the recipe can be run at.

    Raises:
        AmountTooSmall, CapacityOutOfRange: they are not.
    """
    if not capacity > 0:
        raise AmountTooSmall(field="capacity")
    highest = recipe.capacity_max
    if capacity < recipe.capacity_min or (highest is not None and capacity > highest):
        raise CapacityOutOfRange(
            low=f"{recipe.capacity_min:g}", high="∞" if highest is None else f"{highest:g}"
        )


def _fill(processor: Processor, **fields: Unpack[ProcessorFields]) -> None:
    for name, value in fields.items():
        setattr(processor, name, value)
    if processor.place.agent_id != processor.agent_id:
        raise PlaceNotTheirs
    recipe = processor.recipe
    check_capacity(recipe, processor.capacity)
    if not recipe.flows.filter(direction=RecipeFlow.Direction.INPUT).exists():
        raise RecipeHasNoFlows
