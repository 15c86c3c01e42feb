"""Reading single cells of the catalogue's tables; every refusal is a sentence."""

from __future__ import annotations

from typing import Any

from kierto.core.errors import DomainError
from kierto.core.quantity import parse_number
from kierto.core.tables import Row
from kierto.core.text import Sentence as _

YES = {"yes", "true", "1", "x"}
NO = {"", "no", "false", "0"}


class RowLeft(Exception):
    """The row cannot be taken; the reason is a filled sentence."""

    def __init__(self, reason: Any, **fields: Any) -> None:
        super().__init__()
        self.reason = str(reason) % fields if fields else str(reason)

    def __str__(self) -> str:
        return self.reason


def number(
    row: Row, column: str, *, least: float | None = None, most: float | None = None
) -> float | None:
    """The number in a cell, None where it is empty.

    Raises:
        RowLeft: no number, or outside ``least`` to ``most``.
    """
    text = row[column]
    if not text:
        return None
    try:
        value = float(parse_number(text))
    except DomainError as error:
        raise RowLeft("%(column)s: %(error)s", column=column, error=error) from error
    if (least is not None and value < least) or (most is not None and value > most):
        raise RowLeft(
            _("%(column)s is %(value)s; it must lie between %(least)s and %(most)s."),
            column=column,
            value=text,
            least="−∞" if least is None else f"{least:g}",
            most="∞" if most is None else f"{most:g}",
        )
    return value


def needed_number(row: Row, column: str, **bounds: float) -> float:
    """The number in a cell that must not be empty."""
    value = number(row, column, **bounds)
    if value is None:
        raise RowLeft(_("%(column)s is empty."), column=column)
    return value


def needed(row: Row, column: str) -> str:
    """The text in a cell that must not be empty."""
    if not row[column]:
        raise RowLeft(_("%(column)s is empty."), column=column)
    return row[column]


def flag(row: Row, column: str) -> bool:
    """Yes or no; an empty cell is no."""
    text = row[column].lower()
    if text not in YES | NO:
        raise RowLeft(
            _("%(column)s is “%(text)s”; write yes or no."), column=column, text=row[column]
        )
    return text in YES


def several(text: str) -> list[str]:
    """Texts separated by semicolons."""
    return [part.strip() for part in text.split(";") if part.strip()]
