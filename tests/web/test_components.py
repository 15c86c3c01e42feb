"""Templates use only classes that have a style, and the reference names every tag."""

from __future__ import annotations

import re
from pathlib import Path

import kierto
from kierto.web.templatetags.kierto import breakable, register
from tests.house.floors import ROOT

TEMPLATES = sorted(Path(kierto.__file__).parent.glob("*/templates/**/*.html"))
STYLES = sorted((ROOT / "frontend" / "src" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "frontend" / "src" / "js").glob("*.js"))
REFERENCE = ROOT / "docs" / "reference" / "components.md"

# Marks for scripts and tests, or parts that need no style beyond their parent's.
UNSTYLED = {
    "k-band--returns",
    "k-block",
    "k-chart",
    "k-line",
    "k-map",
    "k-menu--nav",
    "k-nav",
    "k-nav--wide",
    "k-point",
    "k-series",
}


def styled() -> set[str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in STYLES)
    return set(re.findall(r"\.(k-[a-z0-9_-]+)", text))


def test_every_class_of_a_template_has_a_style() -> None:
    known = styled() | UNSTYLED
    unknown = {
        f"{path.parent.name}/{path.name}: {name}"
        for path in TEMPLATES
        for value in re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8"))
        for name in re.findall(r"(?<![\w-])k-[a-z0-9_-]+(?![\w{-])", re.sub(r"{%.*?%}", " ", value))
        if name not in known and not name.endswith("--")
    }
    assert sorted(unknown) == []


def test_reference_names_every_tag_and_filter() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    internal = {"unlocalized", "ring_dash"}
    missing = [
        name
        for name in sorted({*register.tags, *register.filters} - internal)
        if not re.search(rf"{{% {name}\b|\|{name}\b", text)
    ]
    assert missing == []


def test_reference_names_only_classes_that_exist() -> None:
    named = set(re.findall(r"`(k-[a-z0-9_-]+)`", REFERENCE.read_text(encoding="utf-8")))
    assert sorted(named - styled()) == []


def test_styles_use_logical_directions() -> None:
    """Left and right would be wrong for half of the readers."""
    physical = re.compile(
        r"(?:margin|padding|border|inset)-(?:left|right)|text-align:\s*(?:left|right)"
        r"|float:\s*(?:left|right)|^\s*(?:left|right):",
        re.MULTILINE,
    )
    found = [path.name for path in STYLES if physical.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_long_word_may_break_and_stays_itself() -> None:
    assert breakable("repairs-<2026>.csv") == "repairs-<wbr>&lt;2026&gt;.c<wbr>sv"
    assert breakable("short") == "short"
