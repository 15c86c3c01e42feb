"""Tables from outside: CSV and XLSX read into rows of text, with every fault named.

Reading never guesses: an encoding that is not UTF-8 (or UTF-16 with its mark), a header that
stands twice, a cell that is absurdly long or a row that is too wide is a fault with its file,
line, column and mend. All faults of a file are collected before anything is refused.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _

_LINE = _("line")
_COLUMN = _("column")

LARGEST_FILE = 50_000_000
LARGEST_CELL = 10_000
LARGEST_UNPACKED = 400_000_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file, and how to mend it. ``line`` counts from 1, header included."""

    file: str
    line: int
    column: str
    problem: Any
    mend: Any
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        where = f"{self.file}, {_LINE} {self.line}" if self.line else self.file
        if self.column:
            where += f", {_COLUMN} {self.column}"
        return f"{where}: {self._filled(self.problem)} {self._filled(self.mend)}"

    def _filled(self, text: Any) -> str:
        return str(text) % self.fields if self.fields else str(text)

    def as_dict(self) -> dict[str, Any]:
        """For programs: file, line, column, problem, mend."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "problem": self._filled(self.problem),
            "mend": self._filled(self.mend),
        }


class FaultyFile(DomainError):
    """A file cannot be taken as it is; ``faults`` lists everything that is wrong with it."""

    code = "faulty_file"
    sentence = _("The file has %(count)s faults; nothing was taken from it. The first: %(first)s")

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(count=len(faults), first=faults[0])
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: trimmed text by column name, and the line on which it stands."""

    file: str
    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")

    def fault(self, column: str, problem: Any, mend: Any, **fields: Any) -> Fault:
        """A fault at this row."""
        return Fault(self.file, self.line, column, problem, mend, fields)


def read_table(
    source: Path | bytes,
    *,
    name: str | None = None,
    required: Collection[str] = (),
    known: Collection[str] | None = None,
) -> list[Row]:
    """Read a CSV (comma, semicolon or tab) or an XLSX (first sheet) into rows.

    Args:
        source: a path, or the bytes of an upload (then ``name`` tells the sort of file).
        required: columns that must be in the header.
        known: if given, a header outside it is a fault (a misspelt column is not ignored).

    Raises:
        FaultyFile: with all faults of shape; the meaning of cells is the caller's to judge.
    """
    name = name or (source.name if isinstance(source, Path) else "table.csv")
    data = _bytes_of(source, name)
    records = list(_xlsx_records(data, name) if _is_xlsx(data) else _csv_records(data, name))
    if not records:
        _refuse(name, 0, _("The file is empty."), _("Write a header line and at least one row."))
    header_line, header = records[0]
    columns = [cell.strip().lower().replace(" ", "_") for cell in header]
    faults = list(_header_faults(name, header_line, columns, required, known))
    faults += _row_faults(name, columns, records[1:])
    if faults:
        raise FaultyFile(faults)
    return [
        Row(name, line, dict(zip(columns, (cell.strip() for cell in cells), strict=False)))
        for line, cells in records[1:]
        if any(cell.strip() for cell in cells)
    ]


def safe_cell(value: Any) -> str:
    """Text of a cell for export, so that no spreadsheet runs it as a formula.

    Numbers keep their sign; other text that starts like a formula gets a leading apostrophe.
    """
    text = "" if value is None else str(value)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return "'" + text
    return text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV text (RFC 4180, UTF-8 when encoded) with formula-safe cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
    return out.getvalue()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refuse(file: str, line: int, problem: Any, mend: Any, column: str = "", **f: Any) -> None:
    raise FaultyFile([Fault(file, line, column, problem, mend, f)])


def _bytes_of(source: Path | bytes, name: str) -> bytes:
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > LARGEST_FILE:
        _refuse(
            name,
            0,
            _("The file is larger than %(limit)s MB."),
            _("Split it into parts and import one after the other."),
            limit=LARGEST_FILE // 1_000_000,
        )
    return source.read_bytes() if isinstance(source, Path) else source


def _is_xlsx(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def _decode(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(
            name,
            line,
            _("The text is not encoded in UTF-8."),
            _("Save the file as “CSV UTF-8” and try again."),
        )
        raise  # unreachable; for the type checker
    if "\x00" in text:
        _refuse(
            name,
            text.count("\n", 0, text.index("\x00")) + 1,
            _("The file holds binary data."),
            _("Save the table as CSV or XLSX and try again."),
        )
    return text


def _csv_records(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    text = _decode(data, name)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    # The module's own limit would stop with a bare error; ours names the line and the column.
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_FILE))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        _refuse(
            name,
            line,
            _("A quotation mark is opened and not closed, or text follows a closed one."),
            _("Write a quotation mark inside a quoted cell twice."),
        )


def _xlsx_records(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise ValueError("unpacks to more than the limit")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
    except Exception:  # openpyxl raises whatever its parsers raise
        _refuse(
            name,
            0,
            _("The file says that it is a workbook, but it cannot be opened."),
            _("Open it in a spreadsheet program, save it again as XLSX or CSV, and try again."),
        )
        raise  # unreachable; for the type checker
    for line, values in enumerate(rows, start=1):
        cells = ["" if value is None else str(value) for value in values]
        if any(cell.strip() for cell in cells):
            yield line, cells


def _header_faults(
    name: str,
    line: int,
    columns: Sequence[str],
    required: Collection[str],
    known: Collection[str] | None,
) -> Iterator[Fault]:
    named = [column for column in columns if column]
    for column in sorted({column for column in named if named.count(column) > 1}):
        yield Fault(
            name,
            line,
            column,
            _("The header has this column twice."),
            _("Keep one of the two."),
        )
    for column in required:
        if column not in named:
            yield Fault(
                name,
                line,
                column,
                _("The header lacks this column."),
                _("Add it; the columns found are: %(found)s."),
                {"found": ", ".join(named)},
            )
    for column in named if known is not None else ():
        if column not in (known or ()):
            yield Fault(
                name,
                line,
                column,
                _("This column is not known here."),
                _("Remove it or correct its name; known are: %(known)s."),
                {"known": ", ".join(known or ())},
            )


def _row_faults(
    name: str, columns: Sequence[str], records: Iterable[tuple[int, list[str]]]
) -> Iterator[Fault]:
    for line, cells in records:
        if any(cell.strip() for cell in cells[len(columns) :]):
            yield Fault(
                name,
                line,
                "",
                _("The row has more cells than the header has columns."),
                _("Quote cells that hold the separator, such as decimal commas."),
            )
        for column, cell in zip(columns, cells, strict=False):
            if len(cell) > LARGEST_CELL:
                yield Fault(
                    name,
                    line,
                    column,
                    _("The cell holds %(length)s characters; at most %(limit)s are read."),
                    _("Shorten the text."),
                    {"length": len(cell), "limit": LARGEST_CELL},
                )
