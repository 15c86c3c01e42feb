"""Translations: collect the texts of the interface, bring the catalogues up to date, count gaps.

    python tools/messages.py update     write new and changed texts into every django.po
    python tools/messages.py missing    list what is not translated; exits with 1 if anything is
    python tools/messages.py fill LANG FILE.json   take translations {msgid: text or [forms]}

Works without GNU gettext: Babel reads the Python sources, and Django's own ``templatize`` turns
templates into something that Babel can read.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from click import echo
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "kierto"
LOCALE = SOURCES / "locale"
LANGUAGES = ("fi", "it", "es", "ar")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "Sentence": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdf]|%[sd]")


def collected() -> Catalog:
    """Every text of the interface, with the files (not lines, which churn) where it stands."""
    catalog = Catalog(project="Kierto", charset="utf-8")
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts:
            continue
        if path.suffix == ".txt" and "templates" not in path.parts:
            continue
        for function, messages in _texts_of(path):
            _add(catalog, path, function, messages)
    return catalog


def _texts_of(path: Path) -> Iterator[tuple[str, Any]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Tokens keep their order when indentation goes, and Python's tokenizer stays content.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    options = {"encoding": "utf-8"}
    stream = io.BytesIO(source.encode())
    for _line, function, messages, _comments in extract_python(stream, KEYWORDS, [], options):
        if function in KEYWORDS:
            yield function, messages


def _add(catalog: Catalog, path: Path, function: str, messages: Any) -> None:
    parts = messages if isinstance(messages, tuple) else (messages,)
    context = None
    if "pgettext" in function:
        context, parts = parts[0], parts[1:]
    texts = tuple(parts[: 2 if "ngettext" in function or "npgettext" in function else 1])
    if not texts or not all(texts):
        return
    identity = texts if len(texts) > 1 else texts[0]
    location = (str(path.relative_to(ROOT)), 0)
    existing = catalog.get(texts[0], context)
    # The plural form wins over the same text used alone elsewhere.
    if existing is not None and isinstance(existing.id, tuple) and len(texts) == 1:
        identity = existing.id
    catalog.add(identity, locations=[location], context=context)


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language, empty if there is none yet."""
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language, project="Kierto", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def gaps(catalogue: Catalog) -> list[Message]:
    """Messages without a translation, unsure ones, and those whose placeholders differ."""
    return [message for message in catalogue if message.id and _is_gap(message)]


def _is_gap(message: Message) -> bool:
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    if message.fuzzy or not all(forms):
        return True
    sources = message.id if isinstance(message.id, tuple | list) else (message.id,)
    known = {name for source in sources for name in _placeholders(source)}
    return any(not set(_placeholders(form)) <= known for form in forms) or (
        len(sources) == 1 and set(_placeholders(forms[0])) != known
    )


def _placeholders(text: str) -> list[str]:
    return [match.group(0) for match in PLACEHOLDER.finditer(text.replace("%%", ""))]


def update(language: str, template: Catalog) -> int:
    """Bring one catalogue up to date; texts that are gone go. Returns the number of gaps."""
    catalogue = read_catalogue(language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    _write(language, catalogue)
    return len(gaps(catalogue))


def fill(language: str, translations: dict[str, Any]) -> int:
    """Take translations by English text; returns how many were new or changed.

    A text with a context is named ``context|text``.
    """
    catalogue = read_catalogue(language)
    taken = 0
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        key = f"{message.context}|{key}" if message.context and key else key
        if not key or key not in translations:
            continue
        value = translations[key]
        wanted = tuple(value) if isinstance(value, list) else value
        if isinstance(message.id, tuple | list) and isinstance(wanted, str):
            wanted = (wanted,) * catalogue.num_plurals
        if message.string != wanted:
            message.string = wanted
            taken += 1
    _write(language, catalogue)
    return taken


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _write(language: str, catalogue: Catalog) -> None:
    path = _path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Dates and tools in the header change with every run and say nothing.
    catalogue.header_comment = f"# Kierto in {catalogue.locale.english_name}."  # type: ignore[union-attr]
    out = io.BytesIO()
    write_po(out, catalogue, sort_output=True, include_lineno=False, width=100)
    kept = [
        line
        for line in out.getvalue().decode().splitlines()
        if not re.match(r'"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator)', line)
    ]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            template = collected()
            for language in LANGUAGES:
                count = update(language, template)
                echo(f"{language}: {len(template)} texts, {count} to translate")
            return 0
        case ["missing"]:
            found = {language: gaps(read_catalogue(language)) for language in LANGUAGES}
            for language, messages in found.items():
                for message in messages:
                    echo(f"{language}: {message.id!r}")
            return 1 if any(found.values()) else 0
        case ["fill", language, file]:
            translations = json.loads(Path(file).read_text(encoding="utf-8"))
            echo(f"{language}: {fill(language, translations)} taken")
            return 0
    echo(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
