"""The picture of times is whole SVG that can be read without colour and without sight."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest
from _harness.picture import LINE_HEIGHT, log_log_picture

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {"title": "A & B", "description": "what is seen", "across": "size", "up": "seconds"}


def drawn(lines: dict[str, list[tuple[float, float]]]) -> ElementTree.Element:
    return ElementTree.fromstring(log_log_picture(lines, **WORDS))


def test_picture_has_title_and_description() -> None:
    root = drawn({"ours": [(10, 0.1), (100, 1.0)]})
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == ("A & B", "what is seen")
    assert root.get("aria-labelledby") == "title desc"


def test_every_line_has_its_name_and_the_names_do_not_touch() -> None:
    lines = {f"method {n}": [(10.0, 1.0), (100.0, 1.0 + n / 1000)] for n in range(12)}
    root = drawn(lines)
    labels = [text for text in root.iter(f"{SVG}text") if (text.text or "").startswith("method")]
    heights = sorted(float(text.get("y", "0")) for text in labels)
    assert sorted(text.text or "" for text in labels) == sorted(lines)
    gaps = [b - a for a, b in itertools.pairwise(heights)]
    assert min(gaps) >= LINE_HEIGHT - 0.2


def test_points_lie_in_equal_steps_for_equal_factors() -> None:
    text = log_log_picture({"ours": [(1, 1), (10, 10), (100, 100)]}, **WORDS)
    (path,) = re.findall(r'<path d="(M[^"]*)" fill="none"', text)
    spots = [tuple(map(float, spot.split())) for spot in path[1:].split("L")]
    (x0, y0), (x1, y1), (x2, y2) = spots
    assert (x1 - x0, y1 - y0) == (pytest.approx(x2 - x1, abs=0.2), pytest.approx(y2 - y1, abs=0.2))
    assert x1 > x0
    assert y1 < y0


def test_one_point_alone_can_be_drawn() -> None:
    assert drawn({"ours": [(1000, 0.5)]}).tag == f"{SVG}svg"


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        log_log_picture({"ours": []}, **WORDS)
