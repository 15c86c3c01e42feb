"""Every address that a page or a view names by name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLResolver, get_resolver

from tests.house.floors import ROOT

SOURCES = ROOT / "src" / "kierto"
NAMED = re.compile(
    r"""(?:{%-?\s*url\s+|reverse\(\s*|redirect\(\s*|Destination\([^,]+,\s*)"([\w:]+)\"""", re.DOTALL
)


def known(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from known(pattern, namespace + inner)
        elif pattern.name:
            yield namespace + pattern.name


def test_every_named_address_exists() -> None:
    names = set(known(get_resolver()))
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted([*SOURCES.rglob("*.html"), *SOURCES.rglob("*.py")])
        for name in NAMED.findall(path.read_text(encoding="utf-8"))
        if name not in names
    ]
    assert missing == []
