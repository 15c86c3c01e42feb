"""What is this called here, who takes it, and what can it become?"""

from __future__ import annotations

from typing import Any

import click

from kierto.config.cli.output import json_option, print_json, require_migrated, start_django


@click.command()
@click.argument("words")
@click.option("--lang", default="en", help="Language of the answer (en, fi, it, es, ar).")
@json_option
def suggest(words: str, lang: str, as_json: bool) -> int:
    """Suggest kinds for words in any interface language, tolerant of typos.

    \b
    kierto suggest "denim offcuts"
    kierto suggest "ritagli di denim" --lang it --json
    """
    start_django()
    require_migrated()
    from django.utils import translation

    from kierto.exchange.suggestions import suggestions_for

    with translation.override(lang):
        found = [suggestion.as_dict() for suggestion in suggestions_for(words, by=None)]
    if as_json:
        print_json({"words": words, "language": lang, "suggestions": found})
    elif not found:
        click.echo(f"Nothing like “{words}” is in the catalogue. Try a broader word.")
    else:
        for suggestion in found:
            _tell(suggestion)
    return 0 if found else 1


def _tell(suggestion: dict[str, Any]) -> None:
    click.echo(f"{suggestion['label']} ({suggestion['kind']}), match {suggestion['score']:.0f} %")
    for taker in suggestion["takers"]:
        click.echo(f"  wanted by {taker['agent']}: {taker['title']}")
    for pathway in suggestion["pathways"]:
        click.echo(f"  can become {', '.join(pathway['makes'])} by {pathway['recipe']}")
