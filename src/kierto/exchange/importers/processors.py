"""Processors from tables; ``docs/reference/import-exchange.md`` describes the columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import Recipe
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import parse_number
from kierto.core.tables import Row
from kierto.exchange import actions
from kierto.exchange.importers.owners import PLACE_COLUMNS, Taker, identity_of
from kierto.exchange.importers.rows import Left, choice, number, take_all
from kierto.exchange.models import Processor
from kierto.exchange.states import IntentState
from kierto.parties.models import Agent, Place

PROCESSOR_REQUIRED = ("key", "organization", "recipe", "name", "capacity")
PROCESSOR_COLUMNS = (
    *PROCESSOR_REQUIRED,
    *PLACE_COLUMNS,
    "cost",
    "emissions",
    "state",
    "source",
)


def import_processors(source: Path | bytes, *, by: Agent, name: str | None = None) -> Intake:
    """Take processors from a CSV or XLSX.

    Raises:
        NotAllowed: ``by`` administers no organisation and runs no district.
        FaultyFile: with every fault of shape; nothing was taken.
    """
    taker = _ProcessorTaker(by)
    return take_all(source, name, PROCESSOR_REQUIRED, PROCESSOR_COLUMNS, taker.take, by)


class _ProcessorTaker(Taker):
    def __init__(self, by: Agent) -> None:
        super().__init__(by)
        self.recipes = {recipe.code: recipe for recipe in Recipe.objects.all()}

    def take(self, row: Row) -> Outcome:
        organization = self.organization(row)
        known = (
            Processor.objects.select_related("agent", "place", "recipe")
            .filter(agent=organization.agent, external_key=row["key"])
            .first()
        )
        values = self._values(row, self.place(row, organization))
        if known is None:
            known = actions.add_processor(
                agent=organization.agent,
                external_key=row["key"],
                identity=identity_of("processor", organization, row),
                by=self.by,
                **values,
            )
            self._settle(known, row)
            return Outcome.ADDED
        changes = {k: v for k, v in values.items() if getattr(known, k) != v}
        if changes:
            known = actions.change_processor(known, by=self.by, **changes)
        return Outcome.CHANGED if self._settle(known, row) or changes else Outcome.UNCHANGED

    def _settle(self, processor: Processor, row: Row) -> bool:
        wanted = choice(row, "state", IntentState, processor.state)
        if wanted == processor.state:
            return False
        actions.move_processor(processor, wanted, by=self.by)
        return True

    def _values(self, row: Row, place: Place) -> dict[str, Any]:
        recipe = self.recipes.get(row["recipe"])
        if recipe is None:
            raise Left(
                _("There is no recipe “%(code)s” in the catalogue. Correct its code.")
                % {"code": row["recipe"]}
            )
        return {
            "recipe": recipe,
            "name": row["name"][:160],
            "place": place,
            "capacity": float(parse_number(row["capacity"])),
            "cost": number(row, "cost"),
            "emissions": number(row, "emissions"),
        }
