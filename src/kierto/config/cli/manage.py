"""Django's own commands, and the first administrator."""

from __future__ import annotations

import sys

import click

from kierto.config.cli.output import require_migrated, start_django


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own commands.

    \b
    kierto manage migrate
    kierto manage db_worker --queue-name '*'
    kierto manage help
    """
    from django.core.management import execute_from_command_line

    execute_from_command_line([sys.argv[0] + " manage", *arguments])


@click.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
def appoint(email: str, name: str) -> None:
    """Make a person administrator of this node (they sign in by e-mail code).

    \b
    kierto appoint aino@city.example --name "Aino Virtanen"
    """
    start_django()
    require_migrated()
    from kierto.parties.actions import appoint_first_admin

    person = appoint_first_admin(email, name)
    click.echo(f"{person.name} is now an administrator and can sign in as {email}.")
