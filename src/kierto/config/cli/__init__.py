"""The ``kierto`` command.

Exit codes that scripts can trust: 0 done; 1 the command ran and the answer is no (a broken chain,
an unsafe setting, rows left out with ``--strict``); 2 the call or the input is wrong and nothing
was done; 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import click

from kierto import __version__
from kierto.config.cli.check import check
from kierto.config.cli.compile import compile_
from kierto.config.cli.demo import demo
from kierto.config.cli.dispatch import dispatch_command
from kierto.config.cli.export import export
from kierto.config.cli.imports import import_
from kierto.config.cli.manage import appoint, manage
from kierto.config.cli.nodes import nodes
from kierto.config.cli.plan import plan_command
from kierto.config.cli.serve import serve
from kierto.config.cli.suggest import suggest
from kierto.config.environment import SettingError
from kierto.core.errors import DomainError
from kierto.core.tables import FaultyFile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kierto.config.settings")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="kierto")
def cli() -> None:
    """Run a circular district.

    \b
    kierto demo                      see a whole district circulate, in the browser
    kierto plan FOLDER --out OUT     plan from files, without any database
    kierto serve                     serve this node
    """


for command in (
    *(demo, serve, plan_command, dispatch_command, import_, check),
    *(export, suggest, appoint, manage, compile_, nodes),
):
    cli.add_command(command)


def main() -> None:
    """Run the command and turn every foreseen error into one clear line and an exit code."""
    try:
        status = cli(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Nothing half-done was kept.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FaultyFile as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        click.echo(f"{len(error.faults)} faults; nothing was taken.", err=True)
        sys.exit(2)
    except (DomainError, SettingError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        click.echo(f"{name}{error.strerror or error}. Nothing half-done was kept.", err=True)
        sys.exit(2)
    except Exception as error:
        if not _is_database_trouble(error):
            raise
        click.echo(
            f"The database could not be read or written ({error}). Nothing half-done was kept. "
            "Make room on its disk, or see that it runs, then try again.",
            err=True,
        )
        sys.exit(2)


def _is_database_trouble(error: Exception) -> bool:
    """A full disk, a lost connection. Commands that need no database have not loaded Django."""
    database = sys.modules.get("django.db.utils")
    return database is not None and isinstance(error, database.OperationalError)
