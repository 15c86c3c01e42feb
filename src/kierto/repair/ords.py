"""The Open Repair Data Standard 0.3 as text: read row by row, written without loss.

Source: Open Repair Alliance, Open Repair Data Standard, version 0.3, table schema of the edition
2025-07. A file has these 14 columns, in any order. Nothing is trimmed or mended on the way in, so
that what goes out again is what came in. A large file is never held in memory.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kierto.core.tables import Fault, FaultyFile
from kierto.core.text import Sentence as _

COLUMNS = (
    "id", "data_provider", "country", "partner_product_category", "product_category",
    "product_category_id", "brand", "year_of_manufacture", "product_age", "repair_status",
    "repair_barrier_if_end_of_life", "group_identifier", "event_date", "problem",
)  # fmt: skip
"""The columns of the standard, in its order."""

LARGEST_CELL = 10_000
LIMITS = {"id": 80, "data_provider": 120}
"""Most characters of a cell where it is fewer than :data:`LARGEST_CELL`."""

MOST_FAULTS = 100
"""So many faults are collected; who meets more has the wrong file."""

_QUOTED = (",", '"', "\n", "\r")

Source = Path | bytes | IO[bytes]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the line on which it begins, counted from 1 with the header, and its 14 cells."""

    number: int
    cells: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        return self.cells[_PLACE[column]]


_PLACE: Mapping[str, int] = {column: number for number, column in enumerate(COLUMNS)}


def digest_of(source: Source) -> str:
    """SHA-256 of the file's bytes, as 64 hexadecimal digits."""
    found = hashlib.sha256()
    with _opened(source) as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def read_ords(source: Source, *, name: str) -> Iterator[Line]:
    """The rows of a file, one by one.

    Raises:
        FaultyFile: at the first fault of shape; :func:`check_ords` collects them all.
    """
    for found in _lines(source, name):
        if isinstance(found, Fault):
            raise FaultyFile([found])
        yield found


def check_ords(source: Source, *, name: str) -> int:
    """Read the whole file for its shape; how many rows it has.

    Raises:
        FaultyFile: with its faults, each with line and column.
    """
    faults, rows = [], 0
    for found in _lines(source, name):
        if isinstance(found, Fault):
            faults.append(found)
            if len(faults) == MOST_FAULTS:
                break
        else:
            rows += 1
    if not rows and not faults:
        faults = [
            Fault(name, 0, "", _("The file has no rows."), _("Write a row under the header."))
        ]
    if faults:
        raise FaultyFile(faults)
    return rows


def write_ords(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The text of a file, row by row: UTF-8 when encoded, a line feed after each row.

    A cell is quoted if it is empty or holds a comma, a quotation mark or a line break, as in the
    files that the Open Repair Alliance publishes; those come out byte by byte as they went in.
    Cells are written as they are, also where a spreadsheet would take one for a formula: a mark
    before it would be a loss.
    """
    yield ",".join(COLUMNS) + "\n"
    for cells in rows:
        yield ",".join(map(_cell, cells)) + "\n"


def _cell(text: str) -> str:
    if text and not any(mark in text for mark in _QUOTED):
        return text
    return '"' + text.replace('"', '""') + '"'


@contextmanager
def _opened(source: Source) -> Iterator[IO[bytes]]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    elif isinstance(source, bytes):
        yield io.BytesIO(source)
    else:
        source.seek(0)
        yield source


def _lines(source: Source, name: str) -> Iterator[Line | Fault]:
    with _opened(source) as file:
        # The wrapper would close a file that is not ours; it is let go instead.
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        csv.field_size_limit(max(csv.field_size_limit(), 50_000_000))
        reader = csv.reader(text, strict=True)
        try:
            yield from _read(reader, name)
        except csv.Error:
            yield Fault(
                name,
                reader.line_num,
                "",
                _("A quotation mark is opened and not closed, or text follows a closed one."),
                _("Write a quotation mark inside a quoted cell twice."),
            )
        except UnicodeDecodeError:
            yield Fault(
                name,
                reader.line_num + 1,
                "",
                _("The text is not encoded in UTF-8."),
                _("Save the file as “CSV UTF-8” and try again."),
            )
        finally:
            text.detach()


def _read(reader: Any, name: str) -> Iterator[Line | Fault]:
    header = next((cells for cells in reader if cells), None)
    if header is None:
        yield Fault(name, 0, "", _("The file is empty."), _("Write a header and at least one row."))
        return
    columns = [cell.strip().lower() for cell in header]
    faults = list(_header_faults(name, reader.line_num, columns))
    yield from faults
    if faults:
        return
    order = [columns.index(column) for column in COLUMNS]
    number = reader.line_num + 1
    for cells in reader:
        if cells:
            fault = _fault_of(name, number, columns, cells)
            yield fault or Line(number, tuple([cells[place] for place in order]))
        number = reader.line_num + 1


def _header_faults(name: str, line: int, columns: list[str]) -> Iterator[Fault]:
    for column in COLUMNS:
        if column not in columns:
            problem, mend = _("The header lacks this column."), _("Add it; it may be empty.")
            yield Fault(name, line, column, problem, mend)
        elif columns.count(column) > 1:
            problem, mend = _("The header has this column twice."), _("Keep one of the two.")
            yield Fault(name, line, column, problem, mend)
    for column in sorted(set(columns) - set(COLUMNS)):
        yield Fault(
            name,
            line,
            column,
            _("This column is not one of the Open Repair Data Standard 0.3."),
            _("Remove it or correct its name; known are: %(known)s."),
            {"known": ", ".join(COLUMNS)},
        )


def _fault_of(name: str, line: int, columns: list[str], cells: list[str]) -> Fault | None:
    if len(cells) != len(columns):
        return Fault(
            name,
            line,
            "" if len(cells) > len(columns) else columns[len(cells)],
            _("The row has %(count)s cells; the header has %(wanted)s columns."),
            _("Quote cells that hold a comma or a line break, and keep empty cells."),
            {"count": len(cells), "wanted": len(columns)},
        )
    for column, cell in zip(columns, cells, strict=True):
        limit = LIMITS.get(column, LARGEST_CELL)
        if len(cell) > limit:
            return Fault(
                name,
                line,
                column,
                _("The cell holds %(length)s characters; at most %(limit)s are read."),
                _("Shorten the text."),
                {"length": len(cell), "limit": limit},
            )
        if "\x00" in cell:
            problem = _("The file holds binary data.")
            return Fault(name, line, column, problem, _("Save the table as CSV and try again."))
    return None
