"""The report stands alone, draws what flows, and can be read without its pictures."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from kierto.planner import explain, solve
from kierto.planner.model import Problem
from kierto.planner.report import render
from tests.planner.districts import east, need, offer, press, problem, random_district

VOID = {"meta", "br", "path", "rect", "circle", "polygon"}


class Balance(HTMLParser):
    """Checks that every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def report(problem_: Problem, **more: str) -> str:
    plan = solve(problem_)
    return render(problem_, plan, explain(problem_, plan), **more)


@pytest.mark.parametrize("seed", range(6))
def test_page_is_well_formed_and_needs_nothing_from_outside(seed: int) -> None:
    page = report(random_district(seed, 20, lots=seed % 2 == 1))
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert not re.search(r"<script|<link|<img|src=|href=|https?://|url\(", page)
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S).lower().split()


def test_every_picture_has_a_caption_and_a_table() -> None:
    page = report(random_district(3, 20))
    figures = page.count("<figure>")
    assert figures == page.count("<figcaption>") == page.count("<svg ")
    assert figures >= 2
    assert page.count("<table>") == page.count("<caption>") >= figures


def test_every_flow_is_a_row_and_has_its_number_on_the_map() -> None:
    parts = offer("o"), offer("p", "board"), need("n", place=east(1)), need("m", "board")
    page = report(problem(*parts))
    rows = page[page.index("Every flow") :]
    assert rows.count('<th scope="row" class="number">') >= 2
    assert '<polygon class="head"' in page
    assert "1 flows are not on the map" in page


def test_loop_is_drawn_as_a_loop_and_said_in_the_caption() -> None:
    mill = press(agent="giver o")
    page = report(problem(offer("o"), need("n", "board", buy=5), mill))
    assert 'class="ribbon loop' in page
    assert "Bands that run back" in page
    assert "Bands that run back" not in report(problem(offer("o"), need("n")))


def test_empty_plan_says_that_nothing_circulates() -> None:
    page = report(problem(offer("o", "ash"), need("n")))
    assert "Nothing circulates in this plan" in page
    assert "<svg" not in page


def test_open_gap_is_not_called_a_proof() -> None:
    takers = [need(f"n{i}", amount=4) for i in range(3)]
    page = report(problem(offer("o", amount=10, lot=4), *takers))
    assert "a gap of" in page
    assert "no plan is cheaper" not in page


def test_title_note_language_and_direction_are_set_and_escaped() -> None:
    page = report(problem(), title="A & B", note="<i>", language="ar", direction="rtl")
    assert '<html lang="ar" dir="rtl">' in page
    assert "<h1>A &amp; B</h1>" in page
    assert "&lt;i&gt;" in page


def test_many_participants_are_drawn_together() -> None:
    takers = [need(f"n{i}", amount=1 + i / 100) for i in range(60)]
    page = report(problem(offer("o", amount=100), *takers))
    assert "Other takers" in page


def test_arabic_page_reads_its_diagram_from_the_right() -> None:
    district = problem(offer("o"), need("n"))
    first = re.compile(r'<rect class="node" x="([\d.]+)"')
    left = float(first.findall(report(district))[0])
    right = float(first.findall(report(district, language="ar", direction="rtl"))[0])
    assert (left < 100, right > 800) == (True, True)
