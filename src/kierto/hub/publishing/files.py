"""The files that a data set can be taken as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from kierto.hub.models import DataSet, How
from kierto.hub.publishing import maps, parquet, rows, tables
from kierto.hub.publishing.about import About

CSV_TYPE: Final = "text/csv; charset=utf-8"

Row = dict[str, Any]
Counted = Callable[[Iterator[Any]], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Form:
    """One sort of file.

    Attributes:
        name: the end of its address.
        media_type: of its content.
        title: what programs call it; no translation.
        file_type: in the authority table "File type" of the European Union.
        iana: the media type without its parameters.
    """

    name: str
    media_type: str
    title: str
    file_type: str

    @property
    def iana(self) -> str:
        """The media type alone."""
        return self.media_type.partition(";")[0]


FORMS: Final = {
    form.name: form
    for form in (
        Form("csv", CSV_TYPE, "CSV", "CSV"),
        Form("geojson", "application/geo+json", "GeoJSON", "GEOJSON"),
        Form("parquet", "application/vnd.apache.parquet", "Parquet", "PARQUET"),
    )
}
METADATA: Final = "csv-metadata.json"
"""The end of the address of what the columns of the CSV mean."""

HOW: Final = {"csv": How.CSV, "geojson": How.GEOJSON, "parquet": How.PARQUET}


def pieces(data_set: DataSet, form: str, said: About, counted: Counted) -> Iterator[bytes]:
    """The file, piece by piece. What can go wrong at once, goes wrong before the first piece.

    Args:
        data_set: which.
        form: a name of :data:`FORMS`.
        said: what stands in it beside the rows.
        counted: what the rows go through, so that they can be counted.

    Raises:
        NgsiLdError: what the data set asks means nothing (any more).
    """
    if form == "geojson":
        return maps.write_geojson(counted(rows.shapes(data_set)), said)
    found = rows.table(data_set)
    write = tables_csv if form == "csv" else parquet.write_parquet
    return write(found.columns, counted(found.rows), said)


def tables_csv(columns: Any, found: Iterator[Row], said: About) -> Iterator[bytes]:
    """CSV holds rows alone; licence and source come in headers and beside it."""
    del said
    return tables.write_csv(columns, found)


def metadata(data_set: DataSet, said: About, address: str) -> bytes:
    """What the columns of the CSV mean.

    Raises:
        NgsiLdError: what the data set asks means nothing (any more).
    """
    found = tables.described(rows.columns(data_set), said, address)
    return orjson.dumps(found, option=orjson.OPT_INDENT_2)
