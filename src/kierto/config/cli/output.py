"""What the commands print: words for people, one JSON object for programs, progress on terminals."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def start_django() -> None:
    """Load settings and apps; commands that need no database never call this."""
    import django

    django.setup()


def require_migrated() -> None:
    """Stop with advice if the database lacks tables that this version needs."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise click.ClickException(
            f"The database lacks {len(waiting)} migrations. Make a backup, then run: "
            "kierto manage migrate"
        )


def print_json(value: Any) -> None:
    """One JSON object on one line, so that the last line of the output can be parsed."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def _silent(fraction: float, step: str) -> None:
    """Progress that nobody watches."""


@contextmanager
def progress(label: str) -> Iterator[Callable[[float, str], object]]:
    """Gives a function ``report(fraction, step)``; it draws on a terminal and is silent elsewhere."""
    if not sys.stderr.isatty():
        yield _silent
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:

        def report(fraction: float, step: str = "") -> None:
            bar.label = f"{label}: {step}" if step else label
            bar.update(max(0, int(fraction * 1000) - bar.pos))

        yield report
