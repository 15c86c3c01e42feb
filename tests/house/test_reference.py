"""The reference says what the code does, page by page."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.house.floors import ROOT
from tests.house.reference import MAKERS, domain_errors, made, written


@pytest.mark.parametrize("name", MAKERS)
def test_reference_agrees_with_the_code(name: str) -> None:
    assert written(name) == made(name), "run `make reference`, then read what it changed"


def test_every_error_has_a_code_of_its_own() -> None:
    counted = Counter(error.code for error in domain_errors())
    assert [code for code, times in counted.items() if times > 1] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = []
    pages = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "benchmarks" / "README.md"]
    for page in pages:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path = target.partition("#")[0]
            if path and "://" not in path and not (page.parent / path).exists():
                broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert broken == []


def test_every_page_of_the_docs_is_reached_from_the_index() -> None:
    docs = ROOT / "docs"
    reached, waiting = set(), [docs / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for target in re.findall(r"\]\(([^)\s#]+\.md)", page.read_text(encoding="utf-8")):
            linked = (page.parent / target).resolve()
            if linked.is_file() and linked not in reached:
                waiting.append(linked)
    assert sorted(str(p.relative_to(docs)) for p in set(docs.rglob("*.md")) - reached) == []
