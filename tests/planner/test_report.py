"""The report stands alone, draws what flows, and can be read without its pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from kierto.planner import Blend, Status, Storage, explain, solve
from kierto.planner.model import Problem
from kierto.planner.report import render
from kierto.planner.report.over_time import period_costs
from kierto.planner.report.pictures import MOST_ARROWS
from kierto.planner.report.tables import MOST_ROWS, spans, table
from kierto.planner.report.view import View
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


def week(**changes: object) -> Problem:
    """Three days with a store between an early offer and a late need."""
    early = replace(offer("o"), profile=(20.0, 0.0, 0.0))
    late = replace(need("n", buy=5, place=east(1)), profile=(0.0, 5.0, 10.0))
    barn = Storage("barn", "keeper", "wood", east(0.5), 50.0, cost=0.1)
    return problem(early, late, periods=3, storages=(barn,), period="day", **changes)


def words(page: str) -> str:
    """The page's text, one blank between words."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_periods_are_told_one_by_one_and_drawn_together() -> None:
    page = report(week())
    text = words(page)
    assert "15 kg can circulate here in 2 flows, over all periods together (3 × day)" in text
    assert "Each day of the plan" in text
    assert page.count('class="stock"') == 3
    assert "wood at the end of each day, at most 15 kg. There is room for 50 kg." in text
    assert "No. From To What How much When km" in text
    assert "keeper taker n wood 15 kg 2–3" in text
    assert page.count("<figure>") == page.count("<figcaption>") == page.count("<svg ")
    parser = Balance()
    parser.feed(page)
    assert parser.open == []


def test_costs_of_the_periods_add_up_to_the_plan() -> None:
    whole = week()
    plan = solve(whole)
    view = View(whole, plan, explain(whole, plan))
    costs = [period_costs(view, each) for each in view.periods]
    assert sum(cost for cost, _emissions in costs) == pytest.approx(plan.totals.cost)
    assert sum(emissions for _cost, emissions in costs) == pytest.approx(plan.totals.emissions)


def test_stock_runs_from_the_right_in_arabic() -> None:
    bars = re.compile(r'<rect class="stock" x="([\d.]+)"')
    left = [float(x) for x in bars.findall(report(week()))]
    right = [float(x) for x in bars.findall(report(week(), language="ar", direction="rtl"))]
    assert left == sorted(left)
    assert right == left[::-1]


def test_sites_are_told_with_how_sure_their_choice_is() -> None:
    mill = press(opening_cost=3.0, minimum=1.0)
    shut = press(id="rival", agent="the rival", opening_cost=900.0)
    text = words(report(problem(offer("o"), need("n", "board", buy=5), mill, shut)))
    assert "1 of 2 candidate sites open, for 3 EUR a week." in text
    assert "the press (press) yes 3 10 1 100" in text
    assert "the rival (rival) no 900 0 0 100" in text
    assert "how sure their choice is" in text


def test_site_of_several_periods_shows_its_levels() -> None:
    early = replace(offer("o"), profile=(20.0, 4.0))
    maker = press(opening_cost=3.0)
    whole = problem(early, need("n", "board", buy=9, amount=30), maker, periods=2)
    assert "the press (press) yes 3 4–20 0 100" in words(report(whole))


def test_blends_are_told_with_what_arrives() -> None:
    wet = offer("o", quality={"carbon": 0.1, "nitrogen": 0.01}, amount=10)
    dry = offer("p", quality={"carbon": 0.4, "nitrogen": 0.004}, amount=10, dump=0.1)
    heap = replace(need("n", amount=30, buy=3), blends=(Blend("carbon", "nitrogen", 15, 20),))
    idle = replace(need("m", "ash"), blends=(Blend("salt", high=0.5), Blend("salt", low=0.1)))
    text = words(report(problem(wet, dry, heap, idle)))
    assert "taker n n carbon ÷ nitrogen 15–20 20 the upper" in text
    assert "taker m m salt ≤ 0.5 – no" in text
    assert "taker m m salt ≥ 0.1 – no" in text


def test_long_table_says_what_it_leaves_out() -> None:
    rows = [(str(number),) for number in range(MOST_ROWS + 3)]
    page = table("many", (("Number", False),), rows)
    assert page.count("<tr>") == MOST_ROWS + 1
    assert "3 more rows are left out" in page


@pytest.mark.parametrize(("periods", "told"), [([1], "1"), ([3, 1, 2, 5], "1–3, 5"), ([], "")])
def test_periods_are_written_as_spans(periods: list[int], told: str) -> None:
    assert spans(periods) == told


def test_stopped_search_is_not_called_a_proof() -> None:
    whole = problem(offer("o"), need("n"))
    plan = solve(whole)
    open_ = replace(plan.certificate, gap=0.02)
    stopped = replace(plan, status=Status.WITHIN_GAP, certificate=open_)
    page = words(render(whole, stopped, explain(whole, stopped)))
    assert "The search was stopped with a gap of 2.00%" in page
    assert "≤ 2.00%" in page


def test_crowded_map_shows_the_largest_flows_and_says_how_many_are_left_out() -> None:
    count = MOST_ARROWS + 5
    takers = [need(f"n{i}", amount=1 + i / 100, place=east(1 + i / 500)) for i in range(count)]
    page = report(problem(offer("o", amount=1e5), *takers))
    assert page.count('<polygon class="head"') == MOST_ARROWS
    assert "5 smaller flows are left out" in page
