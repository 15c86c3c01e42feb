"""Offers, needs and processors from tables: row by row, all in one transaction.

Faults of shape (encoding, header, a broken workbook) refuse the file; a row whose meaning cannot
be taken is left with its reason. Rows are known by organisation and key, so that importing the
same file again changes nothing. ``docs/reference/import-exchange.md`` describes the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.errors import NotStored
from kierto.catalogue.models import Recipe, ResourceSpecification
from kierto.core.errors import DomainError
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import Quantity, parse_number
from kierto.core.tables import Row, read_table
from kierto.exchange import actions
from kierto.exchange.models import Direction, Frequency, Intent, Processor, today
from kierto.exchange.permissions import can_import, can_import_for
from kierto.exchange.quality import read_limits, read_measured
from kierto.exchange.states import IntentState, Visibility
from kierto.parties.actions import add_place
from kierto.parties.models import Agent, Organization, Place

PLACE_COLUMNS = (
    "place",
    "street",
    "postcode",
    "locality",
    "country",
    "latitude",
    "longitude",
)
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
PROCESSOR_REQUIRED = ("key", "organization", "recipe", "name", "capacity")
PROCESSOR_COLUMNS = (
    *PROCESSOR_REQUIRED,
    *PLACE_COLUMNS,
    "cost",
    "emissions",
    "state",
    "source",
)

# A point given twice may differ in the last digits of a spreadsheet: a hundred-thousandth of a
# degree is about a metre.
_SAME_POINT = 1e-5


def _identity(what: str, organization: Organization, row: Row) -> UUID:
    """The same row has the same id on every node, so the same tables make the same plan."""
    return uuid5(NAMESPACE_URL, f"urn:kierto:{what}:{organization.slug}:{row['key']}")


class _Left(Exception):
    """Why a row is not taken."""


def import_intents(
    source: Path | bytes, direction: str, *, by: Agent, name: str | None = None
) -> Intake:
    """Take offers (``direction`` "offer") or needs ("need") from a CSV or XLSX.

    Raises:
        NotAllowed: ``by`` administers no organisation and runs no district.
        FaultyFile: with every fault of shape; nothing was taken.
    """
    taker = _IntentTaker(Direction(direction), by)
    return _take_all(source, name, INTENT_REQUIRED, INTENT_COLUMNS, taker.take, by)


def import_processors(source: Path | bytes, *, by: Agent, name: str | None = None) -> Intake:
    """Take processors from a CSV or XLSX.

    Raises:
        NotAllowed: ``by`` administers no organisation and runs no district.
        FaultyFile: with every fault of shape; nothing was taken.
    """
    taker = _ProcessorTaker(by)
    return _take_all(source, name, PROCESSOR_REQUIRED, PROCESSOR_COLUMNS, taker.take, by)


def _take_all(
    source: Path | bytes,
    name: str | None,
    required: tuple[str, ...],
    known: tuple[str, ...],
    take: Callable[[Row], Outcome],
    by: Agent,
) -> Intake:
    can_import(by).require()
    rows = read_table(source, name=name, required=required, known=known)
    intake = Intake(name or (source.name if isinstance(source, Path) else "table.csv"))
    try:
        with transaction.atomic():
            _take_rows(rows, take, intake)
    except OperationalError as error:  # a full disk, for one: all or nothing
        raise NotStored(cause=str(error)) from error
    return intake


def _take_rows(rows: list[Row], take: Callable[[Row], Outcome], intake: Intake) -> None:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        identity = (row["organization"], row["key"])
        try:
            with transaction.atomic():
                if not row["key"]:
                    raise _Left(_("The key is empty. Give every row a key of its own."))
                if identity in seen:
                    raise _Left(_("This key stands above already; the first row was taken."))
                seen.add(identity)
                outcome = take(row)
            intake.note(row.file, row.line, row["key"], outcome)
        except (_Left, DomainError) as reason:
            intake.note(row.file, row.line, row["key"], Outcome.LEFT, str(reason))


class _Taker:
    """What offers, needs and processors have in common: whose, and where."""

    def __init__(self, by: Agent) -> None:
        self.by = by
        self.organizations = {
            each.slug: each for each in Organization.objects.select_related("agent")
        }

    def organization(self, row: Row) -> Organization:
        found = self.organizations.get(row["organization"])
        if found is None:
            raise _Left(
                _(
                    "There is no organisation “%(slug)s”. Import it first, or correct its short name."
                )
                % {"slug": row["organization"]}
            )
        return found

    def place(self, row: Row, organization: Organization) -> Place:
        """The organisation's place that the row means; a new one if it gives a new point."""
        places = list(
            Place.objects.filter(agent=organization.agent).select_related("district").order_by("id")
        )
        point = _point(row)
        if point is not None:
            found = next((p for p in places if _is_at(p, point)), None)
            self._may(organization, found)
            return found or self._new_place(row, organization, point)
        if row["place"]:
            named = [p for p in places if p.name == row["place"]]
            if not named:
                raise _Left(
                    _("The organisation has no place “%(place)s”. Give its latitude and longitude.")
                    % {"place": row["place"]}
                )
            places = named
        if len(places) != 1:
            raise _Left(_("Say at which place it is: give a place, or latitude and longitude."))
        self._may(organization, places[0])
        return places[0]

    def _new_place(self, row: Row, organization: Organization, point: tuple[float, float]) -> Place:
        return add_place(
            agent=organization.agent,
            name=row["place"],
            street=row["street"],
            postcode=row["postcode"],
            locality=row["locality"],
            country=row["country"],
            latitude=point[0],
            longitude=point[1],
            by=self.by,
        )

    def _may(self, organization: Organization, place: Place | None) -> None:
        district = place.district_id if place is not None else None
        can_import_for(self.by, organization, district).require()


class _IntentTaker(_Taker):
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
                identity=_identity(self.direction, organization, row),
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
        wanted = _choice(row, "state", IntentState, IntentState.OPEN if fresh else intent.state)
        if wanted == intent.state:
            return False
        if fresh and wanted == IntentState.PAUSED:
            actions.move_intent(intent, IntentState.OPEN, by=self.by)
        actions.move_intent(intent, wanted, by=self.by)
        return True

    def _values(self, row: Row, place: Place) -> dict[str, Any]:
        kind = self.kinds.get(row["kind"])
        if kind is None:
            raise _Left(
                _("There is no kind “%(code)s” in the catalogue. Correct its code.")
                % {"code": row["kind"]}
            )
        read = read_measured if self.direction == Direction.OFFER else read_limits
        values: dict[str, Any] = {
            "kind": kind,
            "title": row["title"][:160],
            "description": row["description"],
            "quantity": Quantity(parse_number(row["quantity"]), row["unit"]),
            "every": _choice(row, "every", Frequency, Frequency.WEEK),
            "place": place,
            "available_until": _day(row, "until"),
            "quality": read(row["quality"]),
            "minimum_lot": _lot(row),
            "fallback_cost": _number(row, "cost_otherwise"),
            "visibility": _choice(row, "visibility", Visibility, Visibility.PUBLIC),
        }
        if (start := _day(row, "from")) is not None:
            values["available_from"] = start
        return values


class _ProcessorTaker(_Taker):
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
                identity=_identity("processor", organization, row),
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
        wanted = _choice(row, "state", IntentState, processor.state)
        if wanted == processor.state:
            return False
        actions.move_processor(processor, wanted, by=self.by)
        return True

    def _values(self, row: Row, place: Place) -> dict[str, Any]:
        recipe = self.recipes.get(row["recipe"])
        if recipe is None:
            raise _Left(
                _("There is no recipe “%(code)s” in the catalogue. Correct its code.")
                % {"code": row["recipe"]}
            )
        return {
            "recipe": recipe,
            "name": row["name"][:160],
            "place": place,
            "capacity": float(parse_number(row["capacity"])),
            "cost": _number(row, "cost"),
            "emissions": _number(row, "emissions"),
        }


# --------------------------------------------------------------------------- cells


def _is_as(known: Intent, name: str, value: Any) -> bool:
    """Whether a field says the same already."""
    if name == "quantity":
        entered = Quantity(Decimal(known.entered_value), known.entered_unit)
        return (entered.unit, entered.value) == (value.unit, value.value)
    if name == "minimum_lot":
        return known.minimum_lot == (value.canonical if value is not None else 0)
    return bool(getattr(known, name) == value)


def _point(row: Row) -> tuple[float, float] | None:
    if not (row["latitude"] or row["longitude"]):
        return None
    latitude, longitude = _number(row, "latitude"), _number(row, "longitude")
    if latitude is None or longitude is None:
        raise _Left(_("Give latitude and longitude, both or neither."))
    return latitude, longitude


def _is_at(place: Place, point: tuple[float, float]) -> bool:
    return (
        abs(place.latitude - point[0]) < _SAME_POINT
        and abs(place.longitude - point[1]) < _SAME_POINT
    )


def _number(row: Row, column: str) -> float | None:
    return float(parse_number(row[column])) if row[column] else None


def _lot(row: Row) -> Quantity | None:
    if not row["minimum_lot"]:
        return None
    return Quantity.parse(row["minimum_lot"], default_unit=row["unit"])


def _day(row: Row, column: str) -> date | None:
    text = row[column][:10]  # a workbook writes a day with a time of midnight
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Left(
            _("“%(text)s” is not a day. Write it as 2026-05-01.") % {"text": row[column]}
        ) from None


def _choice(row: Row, column: str, choices: Any, default: str) -> str:
    text = row[column].lower()
    if not text:
        return default
    known: Mapping[str, Any] = {str(each.value): each for each in choices}
    if text not in known:
        raise _Left(
            _("“%(text)s” is not possible for “%(column)s”. Use one of: %(known)s.")
            % {"text": row[column], "column": column, "known": ", ".join(known)}
        )
    return text
