"""Nodes of other cities: invite, add, list, remove; three of them on one machine to try."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kierto.config.cli.output import json_option, print_json, require_migrated, start_django
from kierto.config.cli.trial import run_trial


@click.group()
def nodes() -> None:
    """Join this node with those of other cities.

    \b
    kierto nodes invite --address https://kera.example          prints a link, to be sent
    kierto nodes add LINK --address https://prato.example       joins by a link that was sent
    kierto nodes list
    kierto nodes demo                                           three nodes on this machine
    """


def _start() -> Any:
    """The platform, and the agent that stands for it."""
    start_django()
    require_migrated()
    from kierto.parties.queries import system_agent

    return system_agent()


@nodes.command()
@click.option("--address", required=True, help="How other nodes reach this one.")
@json_option
def invite(address: str, as_json: bool) -> None:
    """Print a link by which one other node can join, once, within a week."""
    by = _start()
    from kierto.hub.nodes import actions
    from kierto.hub.nodes.links import link_of, read_address

    base = read_address(address)
    invitation, word = actions.invite(by=by)
    link = link_of(base, word)
    if as_json:
        print_json({"link": link, "expires": invitation.expires_at.isoformat()})
    else:
        click.echo(link)


@nodes.command()
@click.argument("link")
@click.option("--address", required=True, help="How the other node reaches this one.")
@click.option("--public-only", is_flag=True, help="Show it what is public, no more.")
@json_option
def add(link: str, address: str, public_only: bool, as_json: bool) -> None:
    """Join the node that sent the link. This node must be running: it is called back."""
    by = _start()
    from kierto.hub.nodes import actions

    node = actions.join(link, address=address, trusted=not public_only, by=by)
    if as_json:
        print_json({"name": node.name, "address": node.address, "kinds": len(node.types)})
    else:
        click.echo(f"Joined with {node.name} at {node.address}: {len(node.types)} kinds.")


@nodes.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Say which nodes this one is joined with."""
    by = _start()
    from kierto.hub.nodes.queries import visible_nodes

    rows = [
        {
            "name": node.name,
            "address": node.address,
            "kinds": len(node.types),
            "joined": node.joined_at.isoformat(),
            "trouble": node.trouble,
        }
        for node in visible_nodes(by).filter(removed_at__isnull=True)
    ]
    if as_json:
        print_json({"nodes": rows})
        return
    for row in rows:
        state = row["trouble"] or f"{row['kinds']} kinds"
        click.echo(f"{row['name']:<24} {row['address']:<40} {state}")
    if not rows:
        click.echo("This node is not joined with any other.")


@nodes.command()
@click.argument("name")
def remove(name: str) -> None:
    """End the connection to a node; NAME is its name or its address."""
    by = _start()
    from kierto.hub.nodes import actions
    from kierto.hub.nodes.queries import joined_nodes

    found = [node for node in joined_nodes() if name.rstrip("/") in {node.name, node.address}]
    if len(found) != 1:
        raise click.ClickException(
            f"{len(found)} joined nodes are called {name!r}. See: kierto nodes list"
        )
    node = actions.remove(found[0], by=by)
    click.echo(f"The connection to {node.name} has ended.")


@nodes.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", default="", help="Whose entities; empty is the default tenant.")
@json_option
def load(file: Path, tenant: str, as_json: bool) -> int:
    """Write entities of NGSI-LD from a JSON file (an array) into this node."""
    _start()
    from kierto.hub.nodes.loading import load as load_entities

    try:
        payloads = json.loads(file.read_bytes())
    except ValueError as error:
        raise click.ClickException(f"{file} is no JSON: {error}") from error
    if not isinstance(payloads, list):
        raise click.ClickException(f"{file} holds no array of entities.")
    loaded = load_entities(payloads, tenant=tenant)
    if as_json:
        print_json({"written": loaded.written, "left": loaded.left})
    else:
        click.echo(f"{loaded.written} entities written, {len(loaded.left)} left out.")
        for name, why in loaded.left:
            click.echo(f"  {name}: {why}", err=True)
    return 1 if loaded.left else 0


@nodes.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/nodes"),
    show_default=True,
    help="Where the nodes keep their data; it is emptied first.",
)
@click.option("--port", type=click.IntRange(1, 65533), default=8101, show_default=True)
@click.option("--once", is_flag=True, help="Show, end the nodes, and end.")
@json_option
def demo(folder: Path, port: int, once: bool, as_json: bool) -> int:
    """Start three small nodes (Kera, Prato, Milan), join them, and ask one for what all have.

    Then one of them is stopped, and the others go on without it.
    """
    return run_trial(folder, port, once=once, as_json=as_json)
