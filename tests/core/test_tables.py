from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.tables import LARGEST_CELL, FaultyFile, read_table, safe_cell, write_csv


def faults_of(data: bytes, **options) -> list[tuple[int, str]]:
    with pytest.raises(FaultyFile) as caught:
        read_table(data, name="table.csv", **options)
    return [(fault.line, fault.column) for fault in caught.value.faults]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_carry_the_line_on_which_they_stand(separator):
    text = separator.join(["Name", "Unit"]) + "\n\n" + separator.join([" oak ", "kg"]) + "\n"
    (row,) = read_table(text.encode())
    assert (row.line, row.values) == (3, {"name": "oak", "unit": "kg"})
    assert row["missing"] == ""


def test_lines_inside_quoted_cells_count():
    rows = read_table(b'name,note\noak,"two\nlines"\nelm,x\n')
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_encodings_are_read(encoding):
    assert read_table("name\nsärki\n".encode(encoding))[0]["name"] == "särki"


def test_another_encoding_is_a_fault_on_its_line():
    assert faults_of("name\noak\nsärki\n".encode("latin-1")) == [(3, "")]


def test_binary_data_is_a_fault():
    assert faults_of(b"name\noak\x00\n") == [(2, "")]


def test_every_fault_of_the_header_is_named():
    assert faults_of(b"a,b,a,x\n1,2,3,4\n", required=["c"], known=["a", "b", "c"]) == [
        (1, "a"),
        (1, "c"),
        (1, "x"),
    ]


def test_a_row_with_an_unquoted_decimal_comma_is_a_fault():
    assert faults_of(b"name,amount\noak,2,5\nelm,3\n") == [(2, "")]


def test_a_huge_cell_is_a_fault_with_its_column():
    cell = "x" * 10_000_000
    assert faults_of(f"name,note\noak,{cell}\n".encode()) == [(2, "note")]
    assert len(read_table(f"name\n{'x' * LARGEST_CELL}\n".encode())) == 1


def test_an_open_quotation_mark_is_a_fault():
    assert faults_of(b'name,note\noak,"never closed\n') == [(2, "")]


def test_an_empty_file_is_a_fault():
    assert faults_of(b"\n \n") == [(0, "")]


def test_a_workbook_is_read_like_a_table():
    book = openpyxl.Workbook()
    book.active.append(["Name", "Amount"])
    book.active.append(["oak", 2.5])
    out = io.BytesIO()
    book.save(out)
    (row,) = read_table(out.getvalue(), name="kinds.xlsx")
    assert row.values == {"name": "oak", "amount": "2.5"}


def test_a_disguised_archive_is_a_fault():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.txt", "no workbook")
    assert faults_of(out.getvalue()) == [(0, "")]


def test_a_zip_bomb_is_a_fault():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 450_000_000)
    assert faults_of(out.getvalue()) == [(0, "")]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_disarmed_on_export(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["-2.5", "+3", "plain", "1=1"])
def test_numbers_and_plain_text_are_exported_as_they_are(text):
    assert safe_cell(text) == text


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)] * 2),
        min_size=1,
    )
)
def test_what_is_written_can_be_read_again(rows):
    read = read_table(write_csv(["first", "second"], rows).encode())
    assert [(row["first"], row["second"]) for row in read] == [
        (safe_cell(first), safe_cell(second)) for first, second in rows
    ]
