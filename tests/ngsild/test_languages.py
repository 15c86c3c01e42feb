"""The language that serves a reader best."""

from __future__ import annotations

import pytest

from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.languages import choose, parse_lang


@pytest.mark.parametrize(
    ("available", "lang", "chosen"),
    [
        (["fr", "nl"], "nl", "nl"),
        (["fr", "nl"], "fr;q=0.2,nl;q=0.9", "nl"),
        (["fr", "nl"], "FR", "fr"),
        (["fr", "nl"], "nl-BE", "nl"),
        (["en-US", "de"], "en", "en-US"),
        (["de", "en-US"], "en-GB", "en-US"),
        (["fr", "nl"], "pt", "fr"),
        (["fr", "@none"], "pt", "@none"),
        (["fr", "nl"], "*", "fr"),
        (["fr", "nl"], "fr;q=0, nl;q=0.1", "nl"),
        (["fr", "nl"], "pt, *;q=0.5, nl;q=0.1", "fr"),
        (["fr", "nl"], "", "fr"),
        (["zh-Hant-TW", "zh-Hans"], "zh-Hans-SG", "zh-Hans"),
    ],
)
def test_the_best_language_is_chosen(available: list[str], lang: str, chosen: str) -> None:
    assert choose(available, lang) == chosen


def test_languages_are_read_best_first() -> None:
    assert parse_lang("fr;q=0.2, NL ,de;q=0.5") == ("nl", "de", "fr")


@pytest.mark.parametrize("lang", ["fr;q=x", "fr;q=2", "fr;q=-1", "fr;q=nan"])
def test_a_quality_is_between_nought_and_one(lang: str) -> None:
    with pytest.raises(BadRequestData):
        parse_lang(lang)
