"""The tables of `docs/reference/`, made from the code that they describe.

Each page has prose written by hand and, between two comments, a part made here:

    <!-- made from the code: settings -->
    …
    <!-- end -->

`python -m tests.house.reference` (or `make reference`) writes those parts anew; a test compares.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click

import kierto
from kierto.core.errors import DomainError
from tests.house.floors import ROOT

FOLDER = ROOT / "docs" / "reference"


def settings_table() -> str:
    from kierto.config.environment import SETTINGS

    rows = [
        (f"`{setting.name}`", f"`{setting.default}`" if setting.default else "", setting.purpose)
        for setting in SETTINGS
    ]
    return table(("Setting", "Default", "What it does"), rows)


def commands_text() -> str:
    from kierto.config.cli import cli

    return "\n".join(_command(command, path) for path, command in walk(cli, "kierto"))


def walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that can be called, with its full name, groups themselves left out."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, below in sorted(command.commands.items()):
        yield from walk(below, f"{path} {name}")


def _command(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text, _, examples = (command.help or "").partition("\b")
    lines = [f"## `{path}`", "", re.sub(r"\s*\n\s*", " ", text.strip()), "", f"    {usage}", ""]
    records = [
        record
        for parameter in command.get_params(context)
        if (record := parameter.get_help_record(context))
        and record[1]
        and "--help" not in record[0]
    ]
    if records:
        lines += [f"- `{names}`: {re.sub(r'  +', ' ', text)}" for names, text in records] + [""]
    if examples.strip():
        lines += ["Examples:", ""]
        lines += [f"    {line.strip()}" for line in examples.strip().splitlines()] + [""]
    return "\n".join(lines)


def errors_table() -> str:
    rows = [
        (f"`{error.code}`", str(int(error.status)), str(_english(error.sentence)))
        for error in sorted(domain_errors(), key=lambda error: error.code)
    ]
    return table(("Code", "HTTP", "Sentence"), rows)


def domain_errors() -> set[type[DomainError]]:
    """Every error class of the product, after importing all its modules that may define one."""
    for module in pkgutil.walk_packages(kierto.__path__, "kierto."):
        parts = module.name.split(".")
        if "migrations" not in parts and parts[-1] not in {"__main__", "wsgi", "urls"}:
            importlib.import_module(module.name)
    found: set[type[DomainError]] = set()
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        error = waiting.pop()
        found.add(error)
        waiting += [below for below in error.__subclasses__() if below not in found]
    return {error for error in found if error.__module__.startswith("kierto.")}


def indicators_text() -> str:
    from kierto.indicators.registry import INDICATORS

    parts = []
    for indicator in INDICATORS.values():
        parts += [
            f"## {_english(indicator.name)}", "",
            f"Name in the command line and the API: `{indicator.slug}`. Unit: {indicator.unit}.", "",
            _english(indicator.definition), "",
            f"Formula: {_english(indicator.formula)}", "",
            f"Source: {_english(indicator.source)}", "",
        ]  # fmt: skip
    return "\n".join(parts)


def _english(text: object) -> str:
    from django.utils.translation import override

    with override("en"):
        return re.sub(r"\s+", " ", str(text)).strip()


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


MAKERS: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("settings.md", settings_table),
    "commands": ("commands.md", commands_text),
    "errors": ("error-codes.md", errors_table),
    "indicators": ("indicators.md", indicators_text),
}


def written(name: str) -> str:
    """What the page says now between its comments. Raises `ValueError` if it has none."""
    before, text, after = _split(name)
    del before, after
    return text.strip()


def made(name: str) -> str:
    """What it should say."""
    return MAKERS[name][1]().strip()


def rewrite(name: str) -> Path:
    before, _, after = _split(name)
    path = FOLDER / MAKERS[name][0]
    path.write_text(f"{before}\n{made(name)}\n\n{after}", encoding="utf-8")
    return path


def _split(name: str) -> tuple[str, str, str]:
    page = (FOLDER / MAKERS[name][0]).read_text(encoding="utf-8")
    opening, closing = f"<!-- made from the code: {name} -->\n", "<!-- end -->"
    before, found, rest = page.partition(opening)
    text, closed, after = rest.partition(closing)
    if not found or not closed:
        raise ValueError(f"{MAKERS[name][0]} lacks the comments around its part '{name}'")
    return before + found, text, closing + after


def main() -> None:
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    for name in MAKERS:
        click.echo(rewrite(name).relative_to(ROOT))


if __name__ == "__main__":
    main()
