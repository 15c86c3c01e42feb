"""The Open Repair Data Standard as text: what is read comes out again, what is faulty is named."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.tables import FaultyFile
from kierto.repair.ords import COLUMNS, LARGEST_CELL, check_ords, digest_of, read_ords, write_ords

REAL_FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "openrepair"
HEADER = ",".join(COLUMNS)
ROW = "abc_1,Us,FIN,Iron,Iron,40,Unknown,,,Fixed,,Group,2024-05-04,It is cold"


def file_of(*rows: str, header: str = HEADER) -> bytes:
    return ("\n".join((header, *rows)) + "\n").encode()


def faults(data: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(FaultyFile) as caught:
        check_ords(data, name="x.csv")
    return [(each.line, each.column, str(each.problem)) for each in caught.value.faults]


CELLS = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=30
)


@given(st.lists(st.lists(CELLS, min_size=14, max_size=14), min_size=1, max_size=5))
def test_whatever_is_written_is_read_again_cell_by_cell(rows: list[list[str]]) -> None:
    text = "".join(write_ords(rows))
    read = [list(line.cells) for line in read_ords(text.encode(), name="x.csv")]
    assert read == rows
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:] == rows


def test_cells_are_quoted_as_the_alliance_does() -> None:
    cells = ["a_1", "We, and they", "FIN", "", "x y", "1", 'say "no"', "", "", "Fixed", "", "=1",
             "2024-01-02", "two\nlines"]  # fmt: skip
    assert "".join(write_ords([cells])) == (
        f'{HEADER}\na_1,"We, and they",FIN,"",x y,1,"say ""no""","","",Fixed,"",=1,'
        '2024-01-02,"two\nlines"\n'
    )


def test_columns_may_come_in_any_order_with_a_mark_and_windows_line_ends() -> None:
    names = sorted(COLUMNS)
    cells = dict(zip(COLUMNS, ROW.split(","), strict=True))
    text = "\ufeff" + ",".join(names) + "\r\n" + ",".join(cells[name] for name in names) + "\r\n"
    (line,) = read_ords(text.encode(), name="x.csv")
    assert line.cells == tuple(ROW.split(","))
    assert (line.number, line["brand"]) == (2, "Unknown")


def test_nothing_is_trimmed_and_lines_are_counted_through_line_breaks() -> None:
    first = ROW.replace("It is cold", '" two\nlines "')
    lines = list(read_ords(file_of(first, "", ROW), name="x.csv"))
    assert [line.number for line in lines] == [2, 5]
    assert lines[0]["problem"] == " two\nlines "


def test_faults_of_shape_are_named_with_line_and_column() -> None:
    assert faults(b"") == [(0, "", "The file is empty.")]
    assert faults(file_of()) == [(0, "", "The file has no rows.")]
    assert faults(file_of(ROW, header=HEADER.replace("brand", "make"))) == [
        (1, "brand", "The header lacks this column."),
        (1, "make", "This column is not one of the Open Repair Data Standard 0.3."),
    ]
    assert faults(file_of(ROW, header=HEADER + ",brand")) == [
        (1, "brand", "The header has this column twice.")
    ]
    assert [each[:2] for each in faults(file_of(ROW + ",more", "abc_2,Us", ROW))] == [
        (2, ""),
        (3, "country"),
    ]
    long = ROW.replace("It is cold", "x" * (LARGEST_CELL + 1))
    assert [each[:2] for each in faults(file_of(ROW, long))] == [(3, "problem")]
    key = ROW.replace("abc_1", "x" * 81)
    assert [each[:2] for each in faults(file_of(key))] == [(2, "id")]
    assert [each[:2] for each in faults(file_of(ROW.replace("Us", "U\x00")))] == [
        (2, "data_provider")
    ]


def test_an_open_quotation_mark_and_another_encoding_are_faults() -> None:
    (quote,) = faults(file_of(ROW, ROW.replace("It is cold", '"It is cold')))
    assert quote[2] == "A quotation mark is opened and not closed, or text follows a closed one."
    (encoding,) = faults(file_of(ROW).replace(b"Group", "Gräf".encode("latin-1")))
    assert encoding[2] == "The text is not encoded in UTF-8."


def test_a_stream_is_read_from_its_beginning_and_stays_open() -> None:
    stream = io.BytesIO(file_of(ROW))
    assert digest_of(stream) == digest_of(file_of(ROW))
    assert check_ords(stream, name="x.csv") == 1
    assert [line["id"] for line in read_ords(stream, name="x.csv")] == ["abc_1"]
    assert not stream.closed


def test_the_published_files_come_out_byte_by_byte() -> None:
    paths = sorted(REAL_FILES.glob("OpenRepairData_v0.3_*.csv"))
    if not paths:
        pytest.skip("the published files are not in ../shared/data/openrepair")
    rows = {}
    for path in paths:
        rows[path.name] = check_ords(path, name=path.name)
        lines = read_ords(path, name=path.name)
        assert "".join(write_ords(line.cells for line in lines)).encode() == path.read_bytes()
    assert (len(rows), sum(rows.values())) == (5, 59_604)
