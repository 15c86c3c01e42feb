"""The plain rows that indicators add up. Amounts in the kind's unit, masses in kg."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Delivery:
    """One handover; reversals have negative amounts. ``material`` is mass without water.

    ``km`` is None where neither the proposal nor the places tell the distance. ``need_kind`` is
    what was asked for, where a need is known. ``disposal_cost``
    and ``purchase_price`` are what the parties stated themselves, euros per unit.
    """

    month: date
    provider: UUID
    receiver: UUID
    kind: int
    amount: float
    mass: float
    material: float
    km: float | None
    from_processor: bool
    to_processor: bool
    need_kind: int | None
    disposal_cost: float | None
    purchase_price: float | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agent offered or needed in one month, in the kind's unit."""

    month: date
    agent: UUID
    kind: int
    amount: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a processor: euros and kg CO2e of processing, and kilograms lost in it."""

    month: date
    agent: UUID
    cost: float
    emissions: float
    lost: float


@dataclass(frozen=True, slots=True)
class Promise:
    """Something promised or planned, and how much of it came true, in the kind's unit."""

    month: date
    provider: UUID
    kind: int
    promised: float
    kept: float
