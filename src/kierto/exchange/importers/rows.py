"""What all tables of the exchange have in common: row by row, all in one transaction.

Faults of shape (encoding, header, a broken workbook) refuse the file; a row whose meaning cannot
be taken is left with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.errors import NotStored
from kierto.core.errors import DomainError
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import parse_number
from kierto.core.tables import Row, read_table
from kierto.exchange.permissions import can_import
from kierto.parties.models import Agent


class Left(Exception):
    """Why a row is not taken."""


def _owner_and_key(row: Row) -> tuple[str, ...]:
    return row["organization"], row["key"]


def take_all(
    source: Path | bytes,
    name: str | None,
    required: tuple[str, ...],
    known: tuple[str, ...],
    take: Callable[[Row], Outcome],
    by: Agent,
    identity: Callable[[Row], tuple[str, ...]] = _owner_and_key,
) -> Intake:
    """Give every row to ``take``; ``identity`` tells rows that mean the same thing.

    Raises:
        NotAllowed, FaultyFile, NotStored: nothing was taken.
    """
    can_import(by).require()
    rows = read_table(source, name=name, required=required, known=known)
    intake = Intake(name or (source.name if isinstance(source, Path) else "table.csv"))
    try:
        with transaction.atomic():
            _take_rows(rows, take, intake, identity)
    except OperationalError as error:  # a full disk, for one: all or nothing
        raise NotStored(cause=str(error)) from error
    return intake


def _take_rows(
    rows: list[Row],
    take: Callable[[Row], Outcome],
    intake: Intake,
    identity: Callable[[Row], tuple[str, ...]],
) -> None:
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        name = identity(row)
        try:
            with transaction.atomic():
                if not row["key"]:
                    raise Left(_("The key is empty. Give every row a key of its own."))
                if name in seen:
                    raise Left(_("This key stands above already; the first row was taken."))
                seen.add(name)
                outcome = take(row)
            intake.note(row.file, row.line, row["key"], outcome)
        except (Left, DomainError) as reason:
            intake.note(row.file, row.line, row["key"], Outcome.LEFT, str(reason))


def number(row: Row, column: str) -> float | None:
    """The cell as a number; ``None`` when it is empty."""
    return float(parse_number(row[column])) if row[column] else None


def day(row: Row, column: str) -> date | None:
    """The cell as a day; ``None`` when it is empty."""
    text = row[column][:10]  # a workbook writes a day with a time of midnight
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Left(
            _("“%(text)s” is not a day. Write it as 2026-05-01.") % {"text": row[column]}
        ) from None


def choice(row: Row, column: str, choices: Any, default: str) -> str:
    """The cell as the value of one of ``choices``; ``default`` when it is empty."""
    text = row[column].lower()
    if not text:
        return default
    known: Mapping[str, Any] = {str(each.value): each for each in choices}
    if text not in known:
        raise Left(
            _("“%(text)s” is not possible for “%(column)s”. Use one of: %(known)s.")
            % {"text": row[column], "column": column, "known": ", ".join(known)}
        )
    return text
