"""The table of the 19 actions against the facts and against the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from kierto.core.errors import DomainError
from kierto.core.quantity import Unit
from kierto.ledger import effects, errors
from kierto.ledger.export import OM2_UNITS
from kierto.ledger.hashing import FIELDS
from kierto.ledger.models import Action
from kierto.ledger.sentences import SENTENCES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"

# ValueFlows 1.0, valueflows/valueflows @4a28edf, mkdocs/docs/assets/all_vf.TTL and
# concepts/actions.md: in/out, accounting, onhand, location, accountable, stage, state, creates.
FACTS = """
produce           out         + + new new upd upd optional
consume           in          − − – – – upd –
use               in          – – – – – upd –
cite              in          – – – – – upd –
work              in          – – – – – – –
deliverService    outputInput – – – – – – –
pickup            in          – − upd – – upd –
dropoff           out         – + upd – upd upd –
accept            in          – − upd – – upd –
modify            out         – + upd – upd upd –
combine           in          – − – – – upd –
separate          out         – + – – upd upd –
transferAllRights –           d/i – – updTo – updTo optionalTo
transferCustody   –           – d/i updTo – – updTo optionalTo
transfer          –           d/i d/i updTo updTo – updTo optionalTo
move              –           d/i d/i updTo – – updTo optionalTo
copy              –           incrementTo incrementTo new new – updTo optionalTo
raise             –           + + – new – upd optional
lower             –           − − – new – upd optional
"""


def documented(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading of the reference."""
    section = REFERENCE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


def test_the_table_says_what_the_standard_says() -> None:
    facts = [line.split() for line in FACTS.strip().splitlines()]
    table = [
        [
            action,
            row.side,
            row.accounting,
            row.onhand,
            row.location,
            row.accountable,
            row.stage,
            row.state,
            row.creates,
        ]
        for action, row in effects.ACTIONS.items()
    ]
    assert table == facts


def test_pairs_amounts_and_implied_transfers_are_those_of_the_standard() -> None:
    rows = effects.ACTIONS
    assert {a: r.pairs for a, r in rows.items() if r.pairs} == {
        "pickup": "dropoff",
        "dropoff": "pickup",
        "accept": "modify",
        "modify": "accept",
    }
    counted = {a: r.counts.value for a, r in rows.items() if r.counts != "resource"}
    assert counted == {"work": "effort", "use": "effort and resource"}
    implied = {a: r.implied.value for a, r in rows.items() if r.implied != "–"}
    assert implied == {
        "consume": "all rights and custody",
        "produce": "all rights and custody",
        "deliverService": "all rights and custody",
        "pickup": "custody",
        "dropoff": "custody",
        "accept": "custody",
        "modify": "custody",
    }


def test_every_action_is_a_choice_of_the_model_and_has_its_sentences() -> None:
    assert list(effects.ACTIONS) == [action.value for action in Action]
    assert set(SENTENCES) == set(effects.ACTIONS)


def test_what_follows_from_the_table() -> None:
    assert {
        "produce", "raise", "consume", "lower", "pickup", "dropoff", "accept", "modify",
        "combine", "separate", "transfer", "transferAllRights", "transferCustody", "move", "copy",
    } == effects.NEEDS_RESOURCE  # fmt: skip
    assert {"work", "deliverService"} == effects.WITHOUT_RESOURCE
    assert ({"pickup", "accept"}, {"dropoff", "modify"}) == (effects.OPENERS, effects.CLOSERS)
    assert effects.SIGNS["transfer"] == (-1, -1, 1, 1)
    assert effects.SIGNS["copy"] == (0, 0, 1, 1)


def test_the_documented_table_is_the_table() -> None:
    table = [
        [
            action,
            *(
                str(getattr(row, name))
                for name in (
                    "side", "accounting", "onhand", "location", "accountable", "stage", "state",
                    "creates", "pairs", "counts", "implied",
                )
            ),
        ]
        for action, row in effects.ACTIONS.items()
    ]  # fmt: skip
    assert documented("The 19 actions") == table


def test_every_refusal_is_documented() -> None:
    codes = {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, DomainError) and error is not DomainError
    }
    assert {row[0].strip("`") for row in documented("What is refused")} == codes


def test_the_documented_seal_has_the_fields_in_their_order() -> None:
    section = REFERENCE.read_text().split("## The seal\n")[1].split("\n## ")[0]
    assert re.findall(r"^\d+\. `(\w+)`$", section, re.M) == [*FIELDS, "fulfills"]


def test_the_documented_units_are_those_of_the_export() -> None:
    rows = {unit: om2.strip("`") for unit, om2 in documented("Exports")}
    assert rows == {unit.value: om2 for unit, om2 in OM2_UNITS.items()}
    assert set(OM2_UNITS) == set(Unit)
