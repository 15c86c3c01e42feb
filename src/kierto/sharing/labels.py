"""Labels as PDF: a QR code drawn as vector, the code, the name and whose it is.

Fonts are those of the pages (IBM Plex, copied by the front-end build); Arabic is shaped. The same
things make the same file, so a printed sheet can be printed again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import segno
from django.contrib.staticfiles import finders
from django.utils.translation import gettext_lazy as _
from fpdf import FPDF

from kierto.sharing.errors.things import FontsMissing, NoLabels, TooManyLabels
from kierto.sharing.models import Thing

MOST = 400
"""Labels in one file."""

FOLDER = "kierto/fonts/labels/"
FACES = {
    "latin": "ibm-plex-sans-latin-600-normal.woff",
    "latin-ext": "ibm-plex-sans-latin-ext-600-normal.woff",
    "greek": "ibm-plex-sans-greek-600-normal.woff",
    "cyrillic": "ibm-plex-sans-cyrillic-600-normal.woff",
    "arabic": "ibm-plex-sans-arabic-arabic-600-normal.woff",
}

QUIET = 4
"""Modules that stay white around a QR code (ISO/IEC 18004)."""

PADDING = 2.0
CUT = "…"
POINT = 0.3528
"""Millimetres."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels of ``width`` × ``height`` mm on a page, from ``left`` and ``top``."""

    label: object
    page: tuple[float, float]
    columns: int
    rows: int
    width: float
    height: float
    left: float = 0.0
    top: float = 0.0

    @property
    def size(self) -> int:
        """How many labels a page has."""
        return self.columns * self.rows


A4 = (210.0, 297.0)
SHEETS = {
    "3x8": Sheet(_("A4, 24 labels of 70 × 37 mm"), A4, 3, 8, 70, 37, top=0.5),
    "4x10": Sheet(_("A4, 40 labels of 52.5 × 29.7 mm"), A4, 4, 10, 52.5, 29.7),
    "single": Sheet(_("Label printer, 62 × 29 mm"), (62, 29), 1, 1, 62, 29),
}


def label_sheet(
    things: Iterable[Thing],
    *,
    address: Callable[[Thing], str],
    sheet: str = "3x8",
    skip: int = 0,
) -> bytes:
    """A PDF of labels, one for each of ``things``, in their order.

    Args:
        address: where the QR code of a thing leads.
        sheet: one of :data:`SHEETS`.
        skip: labels at the start of the first page that are used up already.

    Raises:
        NoLabels, TooManyLabels, FontsMissing.
    """
    chosen, form = list(things), SHEETS[sheet]
    if not chosen:
        raise NoLabels
    if len(chosen) > MOST:
        raise TooManyLabels(limit=MOST)
    pdf = _document(form)
    skip = min(max(skip, 0), form.size - 1)
    for place, thing in enumerate(chosen, start=skip):
        if place == skip or place % form.size == 0:
            pdf.add_page()
        row, column = divmod(place % form.size, form.columns)
        x, y = form.left + column * form.width, form.top + row * form.height
        _draw(pdf, form, x, y, thing, address(thing))
    return bytes(pdf.output())


def _document(form: Sheet) -> FPDF:
    pdf = FPDF(orientation="portrait", unit="mm", format=form.page)
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    pdf.set_creation_date(datetime(2000, 1, 1, tzinfo=UTC))
    pdf.set_title("Kierto")
    for name, file in FACES.items():
        pdf.add_font(name, "", _font(file))
    pdf.set_fallback_fonts([name for name in FACES if name != "latin"], exact_match=False)
    pdf.set_text_shaping(True)
    return pdf


def _font(file: str) -> Path:
    found = finders.find(FOLDER + file)
    if not found:
        raise FontsMissing
    return Path(str(found))


def _draw(pdf: FPDF, form: Sheet, x: float, y: float, thing: Thing, url: str) -> None:
    side = min(form.height - 2 * PADDING, form.width * 0.42)
    draw_code(pdf, url, x + PADDING, y + (form.height - side) / 2, side)
    left = x + PADDING + side + PADDING / 2
    width = form.width - side - 2.5 * PADDING
    large = form.height > 30
    name, code, small = (11.0, 12.0, 7.0) if large else (8.5, 10.0, 6.0)
    lines = [
        *((line, name) for line in wrapped(pdf, thing.name, width, name, 3 if large else 2)),
        (thing.code, _fitting(pdf, thing.code, width, code)),
        *((line, small) for line in wrapped(pdf, thing.collection.name, width, small, 1)),
    ]
    height = sum(size * POINT * 1.25 for _text, size in lines)
    top = y + (form.height - height) / 2
    for text, size in lines:
        _write(pdf, text, left, top, width, size)
        top += size * POINT * 1.25


def draw_code(pdf: FPDF, text: str, x: float, y: float, side: float) -> None:
    """A QR code in a square of ``side`` mm, its white border included."""
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    module = side / (len(rows) + 2 * QUIET)
    pdf.set_fill_color(0, 0, 0)
    for number, row in enumerate(rows):
        for start, length in _runs(row):
            pdf.rect(
                x + (QUIET + start) * module, y + (QUIET + number) * module,
                length * module, module, style="F",
            )  # fmt: skip


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Where dark modules begin, and how many follow one another."""
    start = 0
    while start < len(row):
        length = 0
        while start + length < len(row) and row[start + length]:
            length += 1
        if length:
            yield start, length
        start += length or 1


def wrapped(pdf: FPDF, text: str, width: float, size: float, most: int) -> list[str]:
    """The text in at most so many lines of ``width`` mm; what does not fit is cut with “…”."""
    pdf.set_font("latin", size=size)
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        count = _fit(pdf, words, width)
        if not count:
            words[0:1] = _broken(pdf, words[0], width)
            count = 1
        lines.append(" ".join(words[:count]))
        words = words[count:]
    if words:
        lines[-1] = _cut(pdf, " ".join([lines[-1], *words]), width)
    return lines


def _fit(pdf: FPDF, words: Sequence[str], width: float) -> int:
    count = 0
    while count < len(words) and _width(pdf, " ".join(words[: count + 1])) <= width:
        count += 1
    return count


def _broken(pdf: FPDF, word: str, width: float) -> list[str]:
    count = len(word) - 1
    while count > 1 and _width(pdf, word[:count]) > width:
        count -= 1
    return [word[: max(count, 1)], word[max(count, 1) :]]


def _cut(pdf: FPDF, text: str, width: float) -> str:
    while text and _width(pdf, text.rstrip() + CUT) > width:
        text = text[:-1]
    return text.rstrip() + CUT


def _fitting(pdf: FPDF, text: str, width: float, size: float) -> float:
    """The size, or a smaller one at which a long code fits on one line."""
    pdf.set_font("latin", size=size)
    return min(size, size * width / max(_width(pdf, text), 0.1))


def _width(pdf: FPDF, text: str) -> float:
    return float(pdf.get_string_width(text))


def _write(pdf: FPDF, text: str, x: float, y: float, width: float, size: float) -> None:
    pdf.set_font("latin", size=size)
    pdf.set_text_color(0, 0, 0)
    pdf.set_xy(x, y)
    pdf.cell(w=width, h=size * POINT * 1.25, text=text, align="R" if _from_right(text) else "L")


def _from_right(text: str) -> bool:
    """Whether the first letter belongs to a script that runs from right to left."""
    strong = (unicodedata.bidirectional(each) for each in text)
    return next((each in ("R", "AL") for each in strong if each in ("L", "R", "AL")), False)
