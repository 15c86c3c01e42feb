"""Compile the planner for large districts ahead of time."""

from __future__ import annotations

import click

from kierto.config.cli.output import progress, start_django


@click.command("compile")
def compile_() -> int:
    """Compile the planner's code for large districts, once after installing or upgrading.

    Without it, the first plan of more than some hundred participants waits for the compiler, a
    minute or less. The code is kept beside the package, in the data folder if that may not
    be written to, or in NUMBA_CACHE_DIR.

    \b
    kierto compile
    """
    start_django()  # which says where the code is kept
    from kierto.planner.simplex.compile import warm

    with progress("Compiling the planner") as report:

        def show(done: int, of: int, what: str) -> None:
            report(done / of, what)

        seconds = warm(show)
    click.echo(f"Compiled in {seconds:.0f} s.")
    return 0
