"""Organisations from tables and districts from GeoJSON, row by row, all in one transaction.

Faults of shape (encoding, header, broken JSON) refuse the file; a row whose meaning cannot be
taken is left with its reason. Importing the same file again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import OperationalError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import parse_number
from kierto.core.tables import Fault, FaultyFile, Row, read_table
from kierto.parties import actions
from kierto.parties.errors import NotStored
from kierto.parties.models import Agent, District, Organization, Place
from kierto.parties.permissions import (
    can_create_district,
    can_edit_organization,
    can_import_organizations,
)
from kierto.parties.queries import system_agent

KEYS = ("slug", "external_id")
REQUIRED = ("name", "helix")
PLACE_COLUMNS = ("street", "postcode", "locality", "country")
KNOWN = (
    *KEYS,
    *REQUIRED,
    *PLACE_COLUMNS,
    "latitude",
    "longitude",
    "website",
    "registry_number",
    "partner",
    "description",
    "email",
)
YES, NO = {"yes", "true", "1", "x"}, {"no", "false", "0", ""}


class _Left(Exception):
    """Why a row is not taken."""


def import_organizations(source: Path | bytes, *, by: Agent, name: str | None = None) -> Intake:
    """Take organisations and one place each from a CSV or XLSX.

    Columns: ``name`` and ``helix`` (company, research, residents, public) must be there;
    ``slug`` (or ``external_id``) is the key, made from the name when it is empty; ``street``,
    ``postcode``, ``locality``, ``country``, ``latitude``, ``longitude``, ``website``, ``email``,
    ``registry_number``, ``description`` and ``partner`` (yes or no) may be. An empty cell leaves
    what is known as it is.

    Raises:
        FaultyFile: with every fault of shape; nothing was taken.
    """
    can_import_organizations(by).require()
    rows = read_table(source, name=name, required=REQUIRED, known=KNOWN)
    intake = Intake(name or (source.name if isinstance(source, Path) else "table.csv"))
    try:
        with transaction.atomic():
            _take_organizations(rows, intake, by)
    except OperationalError as error:  # a full disk, for one: all or nothing
        raise NotStored(cause=str(error)) from error
    return intake


def _take_organizations(rows: list[Row], intake: Intake, by: Agent) -> None:
    seen: set[str] = set()
    for row in rows:
        key = _key(row)
        try:
            with transaction.atomic():
                if not key or key in seen:
                    raise _Left(_twice(key))
                seen.add(key)
                outcome = _take_organization(row, key, by)
            intake.note(row.file, row.line, key, outcome)
        except (_Left, DomainError) as reason:
            intake.note(row.file, row.line, key, Outcome.LEFT, str(reason))


def import_districts(source: Path | bytes, *, by: Agent, name: str | None = None) -> Intake:
    """Take districts from a GeoJSON FeatureCollection.

    Properties of each feature: ``name``, ``city``, ``country``; ``slug`` is made from the name
    when it is missing; ``timezone``, ``road_factor``, ``carbon_price`` and ``description`` may
    be there.

    Raises:
        FaultyFile: the file is not a GeoJSON FeatureCollection; nothing was taken.
    """
    can_create_district(by).require()
    name = name or (source.name if isinstance(source, Path) else "districts.geojson")
    intake = Intake(name)
    with transaction.atomic():
        for number, feature in enumerate(_features(source, name), start=1):
            properties = feature.get("properties") if isinstance(feature, dict) else None
            values = properties if isinstance(properties, dict) else {}
            key = slugify(str(values.get("slug") or values.get("name") or ""))
            try:
                with transaction.atomic():
                    outcome = _take_district(key, values, feature, by)
                intake.note(name, number, key, outcome)
            except DomainError as reason:
                intake.note(name, number, key, Outcome.LEFT, str(reason))
    return intake


# ------------------------------------------------------------- organisations


def _key(row: Row) -> str:
    return slugify(next((row[column] for column in KEYS if row[column]), row["name"]))[:70]


def _twice(key: str) -> str:
    if not key:
        return str(_("There is neither a short name nor a name. Write one."))
    return str(_("“%(key)s” stands in the file twice; the first row was taken.") % {"key": key})


def _take_organization(row: Row, key: str, by: Agent) -> Outcome:
    values = _organization_values(row)
    place = _place_values(row)
    node = system_agent()
    organization = Organization.objects.select_related("agent").filter(slug=key).first()
    if organization is None:
        organization = actions.create_organization(slug=key, **values, by=node)
        if place:
            actions.add_place(agent=organization.agent, **place, by=node)
        return Outcome.ADDED
    known = _place_of(organization, place)
    changes = _differences(organization, values)
    moves = _differences(known, place) if known else place
    if not changes and not moves:
        return Outcome.UNCHANGED
    if not can_edit_organization(by, organization):
        raise _Left(_("It is here already, and only its administrators can change it."))
    if changes:
        actions.change_organization(organization, changes=changes, by=node)
    if moves and known:
        actions.change_place(known, changes=moves, by=node)
    elif moves:
        actions.add_place(agent=organization.agent, **place, by=node)
    return Outcome.CHANGED


def _organization_values(row: Row) -> dict[str, Any]:
    """What the row says; empty cells say nothing."""
    values: dict[str, Any] = {"name": row["name"], "helix": row["helix"].lower()}
    for column in ("website", "registry_number", "description", "email"):
        if row[column]:
            values[column] = row[column]
    partner = row["partner"].lower()
    if partner not in YES | NO:
        raise _Left(_("“%(text)s” under “partner” is neither yes nor no.") % {"text": partner})
    if partner:
        values["is_partner"] = partner in YES
    return values


def _place_values(row: Row) -> dict[str, Any]:
    """The place of the row; none when no column of it is filled."""
    if not any(row[column] for column in (*PLACE_COLUMNS, "latitude", "longitude")):
        return {}
    if not (row["latitude"] and row["longitude"]):
        raise _Left(_("The address lacks latitude or longitude, so it has no point on the map."))
    address = {column: row[column] for column in PLACE_COLUMNS if row[column]}
    if "country" in address:
        address["country"] = address["country"].upper()
    return {
        "name": row["name"],
        **address,
        "latitude": float(parse_number(row["latitude"])),
        "longitude": float(parse_number(row["longitude"])),
    }


def _place_of(organization: Organization, place: Mapping[str, Any]) -> Place | None:
    """The known place that the row means: of the same name, or the only one there is."""
    places = list(Place.objects.filter(agent_id=organization.pk).order_by("pk"))
    named = [one for one in places if one.name == place.get("name")]
    return next(iter(named or (places if len(places) == 1 else [])), None)


def _differences(thing: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(thing, name) != value}


# ----------------------------------------------------------------- districts


def _features(source: Path | bytes, name: str) -> list[Any]:
    data = source.read_bytes() if isinstance(source, Path) else source
    try:
        parsed = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FaultyFile(
            [Fault(name, line, "", _("The text is not encoded in UTF-8."), _("Save it as UTF-8."))]
        ) from error
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise FaultyFile(
            [Fault(name, line, "", _("This is not JSON."), _("Export it as GeoJSON again."))]
        ) from error
    features = parsed.get("features") if isinstance(parsed, dict) else None
    if not isinstance(features, list):
        problem = _("This is JSON, but not a GeoJSON FeatureCollection.")
        raise FaultyFile([Fault(name, 0, "", problem, _("Export it as GeoJSON again."))])
    return features


def _take_district(key: str, values: Mapping[str, Any], feature: Any, by: Agent) -> Outcome:
    fields = {
        "name": str(values.get("name", "")),
        "city": str(values.get("city", "")),
        "country": str(values.get("country", "")).upper(),
        "area": feature,
        **{
            name: values[name]
            for name in ("timezone", "road_factor", "carbon_price", "description")
            if name in values
        },
    }
    district = District.objects.filter(slug=key).first()
    if district is None:
        actions.create_district(slug=key, **fields, by=by)
        return Outcome.ADDED
    changed = actions.change_district(district, changes=fields, by=by)
    return Outcome.UNCHANGED if _same(district, changed) else Outcome.CHANGED


def _same(one: District, other: District) -> bool:
    names = ("name", "city", "country", "area", "timezone", "road_factor", "description")
    return all(getattr(one, name) == getattr(other, name) for name in names) and float(
        one.carbon_price
    ) == float(other.carbon_price)
