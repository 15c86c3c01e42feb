"""Geometry of the flow diagram and the map: nothing is lost, nothing lies outside, loops loop."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.geography import Point, great_circle_km
from kierto.core.sankey import Link, lay_out
from kierto.core.svg_map import MapFlow, MapPlace, lay_out_map

NAMES = st.sampled_from("abcdefgh")
LINKS = st.lists(st.builds(Link, NAMES, NAMES, st.floats(0.1, 100)), min_size=1, max_size=24)
SPOTS = st.builds(Point, st.floats(59, 61), st.floats(23, 26))


def numbers(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+\.\d+", path)]


@settings(max_examples=80, deadline=None)
@given(LINKS, st.booleans())
def test_all_links_are_drawn_inside_the_picture(links: list[Link], mirrored: bool) -> None:
    drawing = lay_out(links, mirrored=mirrored)
    assert sorted(each.link.value for each in drawing.ribbons) == sorted(
        each.value for each in links
    )
    for node in drawing.nodes:
        assert 0 <= node.x <= drawing.width - node.width
        assert node.y >= 0
        assert node.y + node.height <= drawing.height + 0.1
    for ribbon in drawing.ribbons:
        xs, ys = numbers(ribbon.path)[::2], numbers(ribbon.path)[1::2]
        assert 0 <= min(xs) <= max(xs) <= drawing.width
        assert 0 <= min(ys) <= max(ys) <= drawing.height


@settings(max_examples=80, deadline=None)
@given(LINKS)
def test_without_its_loops_the_diagram_runs_one_way(links: list[Link]) -> None:
    drawing = lay_out(links)
    layer = {node.id: node.layer for node in drawing.nodes}
    for ribbon in drawing.ribbons:
        if not ribbon.is_loop:
            assert layer[ribbon.link.source] < layer[ribbon.link.target]


@settings(max_examples=40, deadline=None)
@given(LINKS)
def test_bars_of_a_layer_do_not_overlap(links: list[Link]) -> None:
    nodes = sorted(lay_out(links).nodes, key=lambda node: (node.layer, node.y))
    for upper, lower in pairwise(nodes):
        if upper.layer == lower.layer:
            assert lower.y >= upper.y + upper.height - 0.1


def test_chain_has_no_loop_and_a_circle_has_one() -> None:
    chain = lay_out([Link("a", "b", 3), Link("b", "c", 2)])
    assert [each.is_loop for each in chain.ribbons] == [False, False]
    circle = lay_out([Link("a", "b", 3), Link("b", "a", 1)])
    assert [each.is_loop for each in circle.ribbons] == [False, True]
    assert circle.height > chain.height
    assert [each.is_loop for each in lay_out([Link("a", "a", 1)]).ribbons] == [True]


def test_widths_are_in_proportion() -> None:
    wide, narrow = lay_out([Link("a", "b", 30), Link("a", "c", 10)]).ribbons
    assert wide.width == pytest.approx(3 * narrow.width)


def test_mirrored_diagram_starts_on_the_right() -> None:
    links = [Link("a", "b", 1)]
    left, right = lay_out(links), lay_out(links, mirrored=True)
    assert left.nodes[0].x < left.nodes[1].x
    assert right.nodes[0].x > right.nodes[1].x


def test_nothing_to_draw_is_an_empty_picture() -> None:
    assert lay_out([Link("a", "b", 0)]).height == 0
    assert lay_out_map([], []).height == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(SPOTS, min_size=1, max_size=12))
def test_places_lie_inside_and_north_is_up(spots: list[Point]) -> None:
    places = [MapPlace(str(i), spot, f"place {i}") for i, spot in enumerate(spots)]
    drawing = lay_out_map(places, [])
    by_id = {point.place.id: point for point in drawing.points}
    assert len(by_id) == len(places)
    for point in drawing.points:
        assert 0 <= point.x <= drawing.width
        assert 0 <= point.y <= drawing.height
    first, *others = places
    for other in others:
        if other.point.latitude > first.point.latitude:
            assert by_id[other.id].y <= by_id[first.id].y


def test_distances_and_scale_bar_agree_with_the_sphere() -> None:
    a, b = Point(60.15, 24.85), Point(60.18, 24.92)
    drawing = lay_out_map([MapPlace("a", a), MapPlace("b", b)], [])
    one, two = sorted(drawing.points, key=lambda point: point.place.id)
    pixels = ((one.x - two.x) ** 2 + (one.y - two.y) ** 2) ** 0.5
    km = pixels * drawing.scale_km / drawing.scale_px
    assert km == pytest.approx(great_circle_km(a, b), rel=2e-3)


def test_flow_and_return_bend_apart_and_the_wider_is_wider() -> None:
    places = [MapPlace("a", Point(60, 24)), MapPlace("b", Point(60, 25))]
    flows = [MapFlow("a", "b", 10), MapFlow("b", "a", 5), MapFlow("a", "a", 3)]
    there, back = lay_out_map(places, flows).arrows
    assert there.width == 2 * back.width
    middle = numbers(there.path)[1]
    assert (numbers(there.path)[3] - middle) * (numbers(back.path)[3] - middle) < 0


def test_labels_do_not_cover_each_other() -> None:
    spot = Point(60, 24)
    places = [MapPlace(str(i), spot, "the very same corner", i) for i in range(9)]
    drawing = lay_out_map(places, [])
    kept = [point for point in drawing.points if point.label_at is not None]
    assert 1 <= len(kept) <= 4
    assert kept[0].place.weight == 8
