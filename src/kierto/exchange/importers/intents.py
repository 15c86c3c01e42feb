"""Offers and needs from tables; ``docs/reference/import-exchange.md`` describes the columns."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import ResourceSpecification
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import Quantity, parse_number
from kierto.core.tables import Row
from kierto.exchange import actions
from kierto.exchange.importers.owners import PLACE_COLUMNS, Taker, identity_of
from kierto.exchange.importers.rows import Left, choice, day, number, take_all
from kierto.exchange.models import Direction, Frequency, Intent, today
from kierto.exchange.quality import read_limits, read_measured
from kierto.exchange.states import IntentState, Visibility
from kierto.parties.models import Agent, Place

INTENT_REQUIRED = ("key", "organization", "kind", "title", "quantity", "unit", "every")
INTENT_COLUMNS = (
    *INTENT_REQUIRED,
    "description",
    "from",
    "until",
    *PLACE_COLUMNS,
    "quality",
    "minimum_lot",
    "cost_otherwise",
    "visibility",
    "state",
    "source",
)


def import_intents(
    source: Path | bytes, direction: str, *, by: Agent, name: str | None = None
) -> Intake:
    """Take offers (``direction`` "offer") or needs ("need") from a CSV or XLSX.

    Raises:
        NotAllowed: ``by`` administers no organisation and runs no district.
        FaultyFile: with every fault of shape; nothing was taken.
    """
    taker = _IntentTaker(Direction(direction), by)
    return take_all(source, name, INTENT_REQUIRED, INTENT_COLUMNS, taker.take, by)


class _IntentTaker(Taker):
    def __init__(self, direction: Direction, by: Agent) -> None:
        super().__init__(by)
        self.direction = direction
        kinds = ResourceSpecification.objects.prefetch_related("labels")
        self.kinds = {kind.code: kind for kind in kinds}

    def take(self, row: Row) -> Outcome:
        organization = self.organization(row)
        known = (
            Intent.objects.select_related("agent", "place", "kind")
            .filter(agent=organization.agent, direction=self.direction, external_key=row["key"])
            .first()
        )
        place = self.place(row, organization)
        values = self._values(row, place)
        if known is None:
            intent = actions.post_intent(
                direction=self.direction,
                agent=organization.agent,
                external_key=row["key"],
                identity=identity_of(self.direction, organization, row),
                by=self.by,
                **{"available_from": today(), **values},
            )
            self._settle(intent, row)
            return Outcome.ADDED
        return self._change(known, values, row)

    def _change(self, known: Intent, values: dict[str, Any], row: Row) -> Outcome:
        changes = {k: v for k, v in values.items() if not _is_as(known, k, v)}
        if changes:
            known = actions.change_intent(known, by=self.by, **changes)
        moved = self._settle(known, row)
        return Outcome.CHANGED if changes or moved else Outcome.UNCHANGED

    def _settle(self, intent: Intent, row: Row) -> bool:
        """Bring it to the state that the row names; a new one is opened if the row names none."""
        fresh = intent.state == IntentState.DRAFT
        wanted = choice(row, "state", IntentState, IntentState.OPEN if fresh else intent.state)
        if wanted == intent.state:
            return False
        if fresh and wanted == IntentState.PAUSED:
            actions.move_intent(intent, IntentState.OPEN, by=self.by)
        actions.move_intent(intent, wanted, by=self.by)
        return True

    def _values(self, row: Row, place: Place) -> dict[str, Any]:
        kind = self.kinds.get(row["kind"])
        if kind is None:
            raise Left(
                _("There is no kind “%(code)s” in the catalogue. Correct its code.")
                % {"code": row["kind"]}
            )
        read = read_measured if self.direction == Direction.OFFER else read_limits
        values: dict[str, Any] = {
            "kind": kind,
            "title": row["title"][:160],
            "description": row["description"],
            "quantity": Quantity(parse_number(row["quantity"]), row["unit"]),
            "every": choice(row, "every", Frequency, Frequency.WEEK),
            "place": place,
            "available_until": day(row, "until"),
            "quality": read(row["quality"]),
            "minimum_lot": _lot(row),
            "fallback_cost": number(row, "cost_otherwise"),
            "visibility": choice(row, "visibility", Visibility, Visibility.PUBLIC),
        }
        if (start := day(row, "from")) is not None:
            values["available_from"] = start
        return values


def _is_as(known: Intent, name: str, value: Any) -> bool:
    """Whether a field says the same already."""
    if name == "quantity":
        entered = Quantity(Decimal(known.entered_value), known.entered_unit)
        return (entered.unit, entered.value) == (value.unit, value.value)
    if name == "minimum_lot":
        return known.minimum_lot == (value.canonical if value is not None else 0)
    return bool(getattr(known, name) == value)


def _lot(row: Row) -> Quantity | None:
    if not row["minimum_lot"]:
        return None
    return Quantity.parse(row["minimum_lot"], default_unit=row["unit"])
