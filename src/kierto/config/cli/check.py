"""Is this node whole, and is it safe to put on the internet?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kierto.config.cli.output import (
    json_option,
    print_json,
    progress,
    require_migrated,
    start_django,
)

if TYPE_CHECKING:
    from kierto.ledger.models import ChainCheck


@click.command()
@click.option("--deploy", is_flag=True, help="Also say what is unsafe for the open internet.")
@json_option
def check(deploy: bool, as_json: bool) -> int:
    """Verify the ledger's hash chain and stocks, and the settings. Exits with 1 if anything is wrong.

    The result is kept: the next check also finds a chain that was rewritten in between.

    \b
    kierto check
    kierto check --deploy --json
    """
    start_django()
    require_migrated()
    from kierto.config.deployment import unsafe_settings
    from kierto.ledger.actions import check_chain
    from kierto.parties.queries import system_agent

    with progress("Verifying the ledger") as report:
        ledger = check_chain(
            by=system_agent(), progress=lambda done, total: report(done / max(total, 1), "")
        )
    unsafe = unsafe_settings() if deploy else []
    if as_json:
        print_json(
            {
                "ledger": {
                    "verified": ledger.ok,
                    "events": ledger.events,
                    "broken_at": ledger.broken_at,
                    "reason": str(ledger.reason or ""),
                },
                "unsafe": unsafe,
            }
        )
    else:
        _tell(ledger, unsafe, deploy)
    return 0 if ledger.ok and not unsafe else 1


def _tell(ledger: ChainCheck, unsafe: list[str], deploy: bool) -> None:
    if ledger.ok:
        click.echo(f"Ledger: {ledger.events} events, chain and stocks verified.")
    else:
        where = f" at event {ledger.broken_at}" if ledger.broken_at else ""
        click.echo(f"Ledger: broken{where}. {ledger.reason}")
    for sentence in unsafe:
        click.echo(f"Unsafe: {sentence}")
    if deploy and not unsafe:
        click.echo("Settings: nothing unsafe found.")
