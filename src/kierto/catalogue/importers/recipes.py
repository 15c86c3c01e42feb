"""Recipes from two tables: the recipes, and their inputs and outputs."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kierto.catalogue.changes import next_edition
from kierto.catalogue.importers.cells import RowLeft, flag, needed, needed_number, number
from kierto.catalogue.importers.modes import names_by_language
from kierto.catalogue.importers.shelf import Shelf
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import Recipe, RecipeFlow, ResourceSpecification
from kierto.catalogue.permissions import can_import
from kierto.catalogue.queries import PROPERTIES
from kierto.core.intake import Intake, Outcome
from kierto.core.tables import Row, read_table
from kierto.core.text import Sentence as _
from kierto.parties.models import Agent

RECIPE_COLUMNS = ("code", "name", "level_unit", "cost", "emissions", "reference")
FLOW_COLUMNS = ("recipe", "direction", "kind", "amount")
LIMIT = re.compile(r"^(?P<name>[a-z_]+)\s*(?P<sign><=|>=)\s*(?P<bound>[0-9.]+)$")
BLEND = re.compile(
    r"^(?P<quality>[a-z_]+)(/(?P<per>[a-z_]+))?\s*=\s*(?P<low>[0-9.]*?)\.\.(?P<high>[0-9.]*)$"
)


@dataclass(frozen=True, slots=True)
class Blend:
    """A range for the mixture of all that goes in; see :class:`RecipeFlow`."""

    quality: str
    per: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One input or output of a recipe, as it is to stand."""

    direction: str
    kind: ResourceSpecification
    amount: float
    main: bool = False
    limits: tuple[tuple[str, tuple[float | None, float | None]], ...] = ()
    blends: tuple[Blend, ...] = ()
    reference: str = ""

    def facts(self) -> dict[str, Any]:
        """The fields of the row that is to say this."""
        return {
            "kind_id": self.kind.pk,
            "direction": self.direction,
            "amount": self.amount,
            "main": self.main,
            "limits": {name: list(bounds) for name, bounds in self.limits},
            "blends": [asdict(blend) for blend in self.blends],
            "reference": self.reference,
        }


class RecipeShelf:
    """Recipes with their flows: a recipe is as it was only if all its flows are."""

    def __init__(self) -> None:
        self.recipes = Shelf(Recipe)
        self._flows: dict[str, list[Flow]] = {}
        self._known: dict[str, list[dict[str, Any]]] = defaultdict(list)
        fields = ("kind_id", "direction", "amount", "main", "limits", "blends", "reference")
        for row in RecipeFlow.objects.order_by("id").values("recipe__code", *fields):
            self._known[row.pop("recipe__code")].append(row)

    def put(self, code: str, values: dict[str, Any], flows: list[Flow]) -> Outcome:
        """Lay a recipe down with all its flows."""
        outcome = self.recipes.put(code, values)
        if self._known[code] == [flow.facts() for flow in flows]:
            return outcome
        self._flows[code] = flows
        return Outcome.ADDED if outcome is Outcome.ADDED else Outcome.CHANGED

    def write(self) -> None:
        """Write what differs, and stamp a new edition if anything did."""
        wrote = self.recipes.write()
        rows = [
            RecipeFlow(recipe=self.recipes.rows[code], **flow.facts())
            for code, flows in self._flows.items()
            for flow in flows
        ]
        RecipeFlow.objects.filter(recipe__code__in=self._flows).delete()
        RecipeFlow.objects.bulk_create(rows, batch_size=500)
        if wrote or rows:
            next_edition()


@taken_whole()
def import_recipes(
    recipes: Path | bytes, flows: Path | bytes, *, name: str = "recipes.csv", by: Agent
) -> Intake:
    """Take recipes with their inputs and outputs; one recipe is taken whole or left.

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: a table's shape is wrong; nothing is taken.
    """
    can_import(by).require()
    recipe_rows = read_table(recipes, name=name, required=RECIPE_COLUMNS)
    flow_rows = read_table(flows, name=f"flows of {name}", required=FLOW_COLUMNS)
    kinds = {kind.code: kind for kind in ResourceSpecification.objects.all()}
    by_recipe: dict[str, list[Row]] = defaultdict(list)
    for row in flow_rows:
        by_recipe[row["recipe"]].append(row)
    intake, shelf = Intake(name), RecipeShelf()
    for row in recipe_rows:
        try:
            values = _values(row)
            taken = [_flow(each, kinds) for each in by_recipe.pop(row["code"], [])]
            check_flows(taken)
        except RowLeft as left:
            intake.note(row.file, row.line, row["code"], Outcome.LEFT, left.reason)
            continue
        intake.note(row.file, row.line, row["code"], shelf.put(row["code"], values, taken))
    for code, rows in by_recipe.items():
        reason = str(_("No recipe has the code “%(code)s”.")) % {"code": code}
        intake.note(rows[0].file, rows[0].line, code, Outcome.LEFT, reason)
    shelf.write()
    return intake


def check_flows(flows: list[Flow]) -> None:
    """Something in, something out, and nothing twice on one side.

    Raises:
        RowLeft: says which of these is not so.
    """
    directions = {flow.direction for flow in flows}
    if RecipeFlow.Direction.INPUT not in directions:
        raise RowLeft(_("It takes nothing in, so it would make something out of nothing."))
    if RecipeFlow.Direction.OUTPUT not in directions:
        raise RowLeft(_("It gives nothing out."))
    seen = set()
    for flow in flows:
        if (flow.direction, flow.kind.pk) in seen:
            raise RowLeft(_("It names “%(kind)s” twice on one side."), kind=flow.kind.code)
        seen.add((flow.direction, flow.kind.pk))


def _values(row: Row) -> dict[str, Any]:
    needed(row, "code")
    level = number(row, "readiness_level", least=1, most=9)
    return {
        "name": needed(row, "name"),
        "names": names_by_language(row),
        "level_unit": needed(row, "level_unit"),
        "capacity_min": number(row, "capacity_min", least=0) or 0.0,
        "capacity_max": number(row, "capacity_max", least=0),
        "cost": needed_number(row, "cost"),
        "emissions": needed_number(row, "emissions"),
        "readiness_level": None if level is None else int(level),
        "reference": needed(row, "reference"),
        "note": row["note"],
    }


def _flow(row: Row, kinds: dict[str, ResourceSpecification]) -> Flow:
    if row["direction"] not in RecipeFlow.Direction.values:
        raise RowLeft(
            _("Line %(line)s: direction is “%(text)s”; write input or output."),
            line=row.line,
            text=row["direction"],
        )
    if row["kind"] not in kinds:
        raise RowLeft(
            _("Line %(line)s: no kind has the code “%(code)s”."), line=row.line, code=row["kind"]
        )
    amount = needed_number(row, "amount", least=1e-12)
    limits = tuple(_limit(text.strip()) for text in row["limits"].split(";") if text.strip())
    blends = tuple(_blend(text.strip()) for text in row["blends"].split(";") if text.strip())
    if blends and row["direction"] != RecipeFlow.Direction.INPUT:
        raise RowLeft(_("Line %(line)s: only what goes in is blended."), line=row.line)
    return Flow(
        direction=row["direction"],
        kind=kinds[row["kind"]],
        amount=amount,
        main=flag(row, "main"),
        limits=limits,
        blends=blends,
        reference=row["reference"],
    )


def _limit(text: str) -> tuple[str, tuple[float | None, float | None]]:
    found = LIMIT.match(text)
    if found is None:
        raise RowLeft(_("“%(text)s” is no limit; write it like moisture<=0.2."), text=text)
    bound = float(found["bound"])
    return found["name"], (None, bound) if found["sign"] == "<=" else (bound, None)


def _blend(text: str) -> Blend:
    found = BLEND.match(text)
    try:
        low, high = (float(found[end]) if found and found[end] else None for end in ("low", "high"))
    except ValueError:
        found = None
    known = found is not None and {found["quality"], found["per"] or found["quality"]} <= {
        *PROPERTIES
    }
    if found is None or not known or (low is None and high is None):
        raise RowLeft(
            _("“%(text)s” is no blend; write it like carbon/nitrogen=20..35 or moisture=..0.6."),
            text=text,
        )
    if low is not None and high is not None and low > high:
        raise RowLeft(_("“%(text)s” ends before it begins."), text=text)
    return Blend(found["quality"], found["per"] or "", low, high)
