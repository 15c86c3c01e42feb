"""Pictures lose nothing, stay inside their frame, and mirror for right-to-left readers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kierto.core.geography import Point
from kierto.web.pictures import flow_map, palette, sankey, series

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
LINKS = st.lists(
    st.fixed_dictionaries(
        {
            "source": NAMES,
            "target": NAMES,
            "value": st.floats(0.1, 1e6),
            "unit": st.just("kg"),
            "theme": st.sampled_from([*palette.THEMES, ""]),
        }
    ),
    min_size=1,
    max_size=15,
)
POINTS = st.lists(
    st.builds(Point, st.floats(60.1, 60.3), st.floats(24.6, 24.9)), min_size=2, max_size=12
)

LOOP: dict[str, Any] = {
    "nodes": [{"id": "a", "label": "Brewery"}, {"id": "b", "label": "Farm"}],
    "links": [
        {"source": "a", "target": "b", "value": 5200, "unit": "kg", "label": "Grain"},
        {"source": "b", "target": "a", "value": 900, "unit": "kg", "label": "Mushrooms"},
    ],
}


@given(LINKS)
def test_sankey_draws_and_tabulates_every_link(links: list[dict[str, Any]]) -> None:
    drawing = sankey.drawing({"nodes": [], "links": links}, "x")
    assert sorted(band["value"] for band in drawing["bands"]) == sorted(li["value"] for li in links)
    assert len(drawing["rows"]) == len(links)
    wanted = {palette.paint_of(link["theme"]).key for link in links}
    assert {paint.key for paint in drawing["paints"]} == wanted


def test_what_flows_back_is_drawn_as_a_loop() -> None:
    drawing = sankey.drawing(LOOP, "x")
    assert [(band["text"], band["returns"]) for band in drawing["rows"]] == [
        ("5.2\u00a0t", False),
        ("900\u00a0kg", True),
    ]


def test_sankey_starts_where_reading_starts() -> None:
    first = {}
    for language in ("en", "ar"):
        with translation.override(language):
            blocks = {one["id"]: one["x"] for one in sankey.drawing(LOOP, "x")["blocks"]}
            first[language] = min(blocks, key=blocks.__getitem__)
    assert first == {"en": "a", "ar": "b"}


def test_names_of_bars_do_not_cover_each_other() -> None:
    nodes = [{"id": str(i), "label": f"Participant {i}"} for i in range(20)]
    links = [
        {"source": str(i), "target": str(10 + i % 7), "value": 1 + i, "unit": "kg"}
        for i in range(10)
    ]
    texts = [
        (one["x"], one["text_y"])
        for one in sankey.drawing({"nodes": nodes, "links": links}, "x")["blocks"]
    ]
    for x in {x for x, _y in texts}:
        heights = sorted(y for other, y in texts if other == x)
        assert all(b - a >= 17 for a, b in pairwise(heights))


@given(POINTS)
def test_map_keeps_every_point_inside_its_frame(points: list[Point]) -> None:
    data = {
        "points": [
            {"id": str(i), "label": "x", "lat": p.latitude, "lon": p.longitude}
            for i, p in enumerate(points)
        ],
        "lines": [{"from": "0", "to": "1", "quantity": 1, "unit": "kg"}],
    }
    drawing = flow_map.drawing(data, "x")
    assert len(drawing["points"]) == len(points)
    for point in drawing["points"]:
        assert 0 <= point["x"] <= flow_map.WIDTH
        assert 0 <= point["y"] <= drawing["frame"]["height"]


def test_widths_of_lines_are_to_scale_within_a_unit() -> None:
    points = [{"id": i, "label": i, "lat": 60 + k / 100, "lon": 24} for k, i in enumerate("abc")]
    lines = [
        {"from": "a", "to": "b", "quantity": 100, "unit": "kg"},
        {"from": "b", "to": "c", "quantity": 50, "unit": "kg"},
        {"from": "a", "to": "c", "quantity": 3, "unit": "kWh"},
        {"from": "a", "to": "nowhere", "quantity": 3, "unit": "kg"},
    ]
    drawing = flow_map.drawing({"points": points, "lines": lines}, "x")
    widths = {(row["from"], row["to"]): row["width"] for row in drawing["rows"]}
    assert widths == {("a", "b"): 14.0, ("b", "c"): 7.0, ("a", "c"): 14.0}


def test_area_is_drawn_as_one_outline_for_each_ring() -> None:
    ring = [[24.0, 60.0], [24.1, 60.0], [24.1, 60.1], [24.0, 60.0]]
    one = flow_map.drawing({"points": [], "area": {"type": "Polygon", "coordinates": [ring]}}, "x")
    two = flow_map.drawing(
        {"points": [], "area": {"type": "MultiPolygon", "coordinates": [[ring], [ring]]}}, "x"
    )
    assert (one["outline"].count("M"), two["outline"].count("M")) == (1, 2)


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=30),
    st.sampled_from(["bar", "stacked", "line", "points"]),
)
def test_axis_holds_every_value(values: list[float | None], form: str) -> None:
    data = {
        "unit": "kg",
        "x": list(range(len(values))),
        "series": [{"name": "n", "values": values}],
    }
    drawing = series.drawing(data, "x", form)
    heights = [
        y
        for mark in drawing["marks"]
        for y in [bar["y"] for bar in mark["bars"]] + [spot["y"] for spot in mark["spots"]]
    ]
    assert all(series.TOP - 0.2 <= y <= series.HEIGHT - series.BOTTOM + 0.2 for y in heights)
    assert len(drawing["rows"]) == len(values)


@pytest.mark.parametrize(("language", "start"), [("en", "left"), ("ar", "right")])
def test_first_month_stands_where_reading_starts(language: str, start: str) -> None:
    data = {"unit": "kg", "x": ["Jan", "Feb"], "series": [{"name": "n", "values": [1, 2]}]}
    with translation.override(language):
        first, second = (tick["x"] for tick in series.drawing(data, "x", "bar")["axis"])
    assert ("left" if first < second else "right") == start
