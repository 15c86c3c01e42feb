"""What the content security policy forbids stands in no template."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kierto

TEMPLATES = sorted(Path(kierto.__file__).parent.glob("*/templates/**/*.html"))
ROOT = Path(kierto.__file__).parent

FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script of its own": re.compile(
        r"<script\b(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE
    ),
    "an evaluated htmx attribute": re.compile(r"hx-on|hx-vals=[\"']js:|hx-vars", re.IGNORECASE),
    "something from elsewhere": re.compile(
        r"(src|<link[^>]*href)=[\"'](https?:)?//", re.IGNORECASE
    ),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_keeps_to_the_content_security_policy(path: Path) -> None:
    text = re.sub(r"{%.*?%}|{{.*?}}", "", path.read_text(encoding="utf-8"))
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_uses_logical_directions(path: Path) -> None:
    """Left and right are for drawings; text starts and ends."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\b(?:align|float)=[\"'](?:left|right)[\"']", text) == []
