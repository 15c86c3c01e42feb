"""CSV (RFC 4180) piece by piece, and what its columns mean (CSV on the Web, W3C, 2015)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from kierto.core.tables import safe_cell
from kierto.hub.publishing.about import About
from kierto.hub.publishing.columns import NUMBER, TIME, TRUTH, Column

PIECE: Final = 64 * 1024
"""Characters that are sent together."""

_TYPES: Final = {NUMBER: "number", TRUTH: "boolean", TIME: "dateTime"}


def write_csv(columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Pieces of a CSV in UTF-8 whose cells no spreadsheet runs as formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [column.name for column in columns]
    writer.writerow([safe_cell(name) for name in names])
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
        if out.tell() > PIECE:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    # Numbers are no text that could be run.
    return value if isinstance(value, (int, float)) else safe_cell(value)


def described(columns: Sequence[Column], said: About, file: str) -> dict[str, Any]:
    """Metadata of the CSV; ``file`` is its address."""
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": file,
        "dc:title": said.title,
        "dc:publisher": said.owner,
        **({"dc:license": {"@id": said.licence_url}} if said.licence_url else {}),
        "dc:source": {"@id": said.source},
        "tableSchema": {"columns": [_described(column) for column in columns]},
    }


def _described(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "titles": column.name,
        "datatype": _TYPES.get(column.kind, "string"),
    }
    if column.iri:
        found["propertyUrl"] = column.iri
    if column.unit:
        found["schema:unitCode"] = column.unit
    return found
