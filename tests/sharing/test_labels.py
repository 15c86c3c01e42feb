"""Labels: the QR code is drawn as the standard's modules, names fit, pages are of their size."""

from __future__ import annotations

import re
import zlib
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
import segno
from django.test import Client
from django.urls import reverse
from fpdf import FPDF

from kierto.parties.models import Person
from kierto.sharing.errors.things import NoLabels, TooManyLabels
from kierto.sharing.labels import (
    MOST,
    QUIET,
    SHEETS,
    _document,
    _width,
    draw_code,
    label_sheet,
    wrapped,
)
from kierto.sharing.models import Collection
from tests.factories.parties import make_person
from tests.factories.sharing import make_collection, make_pool, make_thing

LANGUAGES = {
    "en": "Cordless hammer drill with two batteries",
    "fi": "Hämärätyöpöydän äyskäri",
    "it": "Trapano a percussione – così è più facile",
    "el": "Δράπανο με δύο μπαταρίες",
    "ar": "مثقاب كهربائي مع بطاريتين",
    "other": "Žluťoučký kůň, Ёлка",
}


def thing(name: str = "Drill", code: str = "7KQ4MX") -> Any:
    return SimpleNamespace(name=name, code=code, collection=SimpleNamespace(name="Kera tools"))


def address(of: Any) -> str:
    return f"https://kierto.example/t/{of.code}/"


def streams(data: bytes) -> list[bytes]:
    """What a PDF draws, page by page."""
    found = []
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            text = zlib.decompress(raw)
        except zlib.error:
            continue
        if b" re f" in text:
            found.append(text)
    return found


def rectangles(stream: bytes) -> list[tuple[float, float, float, float]]:
    found = re.findall(rb"([\d.]+) ([\d.]+) (-?[\d.]+) (-?[\d.]+) re f", stream)
    return [tuple(float(number) for number in each) for each in found]  # type: ignore[misc]


@pytest.mark.parametrize(
    "text", ["https://kierto.example/t/7KQ4MX/", "x", "https://a.example/" + "y" * 120]
)
def test_the_drawn_modules_are_those_of_the_code(text: str) -> None:
    side = 40.0
    pdf = FPDF(unit="mm", format=(60, 60))
    pdf.add_page()
    draw_code(pdf, text, 0, 0, side)
    wanted = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    module = side / (len(wanted) + 2 * QUIET)
    drawn = [[0] * len(wanted) for _ in wanted]
    point = 25.4 / 72
    for x, y, width, height in rectangles(streams(bytes(pdf.output()))[0]):
        column = round(x * point / module) - QUIET
        row = round((60 - y * point) / module) - QUIET
        assert round(abs(height) * point / module, 2) == 1
        for step in range(round(width * point / module)):
            assert drawn[row][column + step] == 0
            drawn[row][column + step] = 1
    assert [bytes(row) for row in drawn] == wanted


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_makes_a_file(
    sheet: str, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = label_sheet([thing(LANGUAGES[language])], address=address, sheet=sheet)
    assert data[:5] == b"%PDF-"
    assert [r.message for r in caplog.records if "missing" in r.message] == []


def test_pages_are_of_their_size_and_labels_fill_them() -> None:
    for name, sheet in SHEETS.items():
        data = label_sheet([thing()] * (sheet.size + 1), address=address, sheet=name)
        assert len(streams(data)) == 2
        width, height = (round(side * 72 / 25.4, 2) for side in sheet.page)
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
        assert box is not None
        assert (float(box[1]), float(box[2])) == (width, height)
        assert sheet.left + sheet.columns * sheet.width <= sheet.page[0]
        assert sheet.top + sheet.rows * sheet.height <= sheet.page[1]


def test_used_labels_are_left_out() -> None:
    sheet = SHEETS["3x8"]
    full = label_sheet([thing()] * sheet.size, address=address)
    moved = label_sheet([thing()] * sheet.size, address=address, skip=2)
    assert (len(streams(full)), len(streams(moved))) == (1, 2)


def test_the_same_things_make_the_same_file() -> None:
    assert label_sheet([thing()], address=address) == label_sheet([thing()], address=address)


@pytest.mark.parametrize("text", [*LANGUAGES.values(), "W" * 160, "a b " * 40, "Ä" * 30 + " x"])
def test_names_fit_or_are_cut(text: str) -> None:
    pdf = _document(SHEETS["4x10"])
    pdf.add_page()
    for most in (1, 2, 3):
        lines = wrapped(pdf, text, 20, 8.5, most)
        assert 1 <= len(lines) <= most
        assert max(_width(pdf, line) for line in lines) <= 20.001
        whole = "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert whole != lines[-1].endswith("…")


def test_none_and_too_many_are_refused() -> None:
    with pytest.raises(NoLabels):
        label_sheet([], address=address)
    with pytest.raises(TooManyLabels):
        label_sheet([thing()] * (MOST + 1), address=address)


# --------------------------------------------------------------------------- the page


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection(slug="tools")


def browser_of(person: Person) -> Client:
    browser = Client()
    assert person.user is not None
    browser.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
    return browser


def test_staff_choose_and_print(collection: Collection) -> None:
    staff = browser_of(make_person("member", organization=collection.owner.organization))
    drill, chairs = make_thing(collection), make_pool(collection, 5)
    make_thing()
    page = staff.get(reverse("sharing:labels", args=["tools"]), {"thing": drill.code})
    assert page.status_code == HTTPStatus.OK
    assert {each.code for each in page.context["page"]} == {drill.code, chairs.code}
    address_ = reverse("sharing:labels_pdf", args=["tools"])
    pdf = staff.get(address_, {"thing": [drill.code, chairs.code], "sheet": "single"})
    assert (pdf.status_code, pdf["Content-Type"]) == (HTTPStatus.OK, "application/pdf")
    assert len(streams(pdf.content)) == 2
    each = staff.get(address_, {"thing": chairs.code, "sheet": "single", "each": "on"})
    assert len(streams(each.content)) == 5
    none = staff.get(address_, {"sheet": "single"})
    assert none.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_label_leads_to_its_thing(collection: Collection) -> None:
    drill = make_thing(collection)
    hidden = make_thing(collection, state="draft")
    answer = Client().get(reverse("sharing:by_code", args=[drill.code.lower()]))
    assert answer["Location"] == reverse("sharing:thing", args=[drill.code])
    for code in (hidden.code, "NOSUCH"):
        gone = Client().get(reverse("sharing:by_code", args=[code]))
        assert gone.status_code == HTTPStatus.NOT_FOUND


def test_labels_are_for_the_staff(collection: Collection) -> None:
    stranger = browser_of(make_person("resident"))
    for name in ("labels", "labels_pdf"):
        answer = stranger.get(reverse(f"sharing:{name}", args=["tools"]))
        assert answer.status_code == HTTPStatus.FORBIDDEN
