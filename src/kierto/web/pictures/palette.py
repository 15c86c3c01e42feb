"""Colours and patterns of the pictures.

The colours are those of Okabe and Ito, "Color Universal Design" (University of Tokyo, 2008),
which people with any colour vision can tell apart. Each has a pattern of its own as well, so
that nothing depends on colour alone. Dark pages keep the colours: all have 3:1 against both
grounds once they are outlined.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour and the strokes of its pattern, on a tile of 8 × 8 units."""

    key: str
    colour: str
    pattern: str


THEMES = {
    "premises": Paint("premises", "#E69F00", "M0 4h8"),
    "flows": Paint("flows", "#56B4E9", "M0 8L8 0M-2 2L2 -2M6 10L10 6"),
    "food": Paint("food", "#009E73", "M2 2h.01M6 6h.01"),
    "side_streams": Paint("side_streams", "#D55E00", "M0 0L8 8M-2 6L2 10M6 -2L10 2"),
    "blue_green": Paint("blue_green", "#0072B2", "M0 2Q2 0 4 2T8 2M0 6Q2 4 4 6T8 6"),
}
OTHER = Paint("other", "#7A7F7A", "M4 0v8")

SERIES = ("blue_green", "side_streams", "food", "premises", "flows")


def paint_of(theme: object) -> Paint:
    """The paint of a theme; grey for what has none."""
    return THEMES.get(str(theme or ""), OTHER)


def paints_for(themes: list[object]) -> list[Paint]:
    """The paints a picture needs, each once, in the order of the themes."""
    wanted = {paint_of(theme).key for theme in themes}
    return [paint for paint in (*THEMES.values(), OTHER) if paint.key in wanted]
