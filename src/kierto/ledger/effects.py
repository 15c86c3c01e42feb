"""What each of the 19 actions of ValueFlows 1.0 does: one literal table, and what follows from it.

Source: valueflows/valueflows @4a28edf, ``mkdocs/docs/assets/all_vf.TTL`` and
``concepts/actions.md``. Everything that the ledger does with an action is read from this table;
the same table stands in ``docs/reference/events.md``, and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Side(StrEnum):
    """On which side of a process the action stands."""

    NONE = "–"
    INPUT = "in"
    OUTPUT = "out"
    BOTH = "outputInput"


class Stock(StrEnum):
    """What the action does to a quantity of the resource and of the to-resource."""

    NONE = "–"
    INCREASE = "+"
    DECREASE = "−"
    DECREASE_INCREASE = "d/i"
    INCREASE_TO = "incrementTo"


class Change(StrEnum):
    """Which resource takes on a location, an accountable agent, a stage or a state."""

    NONE = "–"
    NEW = "new"
    UPDATE = "upd"
    UPDATE_TO = "updTo"


class Creation(StrEnum):
    """Whether the action may open a stock that was not there before."""

    NONE = "–"
    OPTIONAL = "optional"
    OPTIONAL_TO = "optionalTo"


class Counts(StrEnum):
    """Which amounts an event of the action has."""

    RESOURCE = "resource"
    EFFORT = "effort"
    BOTH = "effort and resource"


class Implied(StrEnum):
    """What passes from provider to receiver along with the action when they differ."""

    NONE = "–"
    CUSTODY = "custody"
    ALL = "all rights and custody"


@dataclass(frozen=True, slots=True)
class Facts:
    """One row of the table. ``pairs`` names the other half of a pair of actions."""

    side: Side
    accounting: Stock
    onhand: Stock
    location: Change
    accountable: Change
    stage: Change
    state: Change
    creates: Creation
    pairs: str
    counts: Counts
    implied: Implied


class Signs(NamedTuple):
    """By which multiple of the event's quantity each of four stocks changes."""

    accounting: int
    onhand: int
    to_accounting: int
    to_onhand: int


_COLUMNS = (Side, Stock, Stock, Change, Change, Change, Change, Creation, str, Counts, Implied)


def _row(text: str) -> Facts:
    cells = [cell.strip() for cell in text.split("|")]
    return Facts(*(sort(cell) for sort, cell in zip(_COLUMNS, cells, strict=True)))


# fmt: off
#   action                   in/out      | accounting  | onhand      | location | accountable | stage | state | creates  | pairs   | counts            | implied transfer
ACTIONS: dict[str, Facts] = {name: _row(text) for name, text in {
    "produce":           "out         | +           | +           | new   | new   | upd | upd   | optional   |         | resource            | all rights and custody",
    "consume":           "in          | −           | −           | –     | –     | –   | upd   | –          |         | resource            | all rights and custody",
    "use":               "in          | –           | –           | –     | –     | –   | upd   | –          |         | effort and resource | –",
    "cite":              "in          | –           | –           | –     | –     | –   | upd   | –          |         | resource            | –",
    "work":              "in          | –           | –           | –     | –     | –   | –     | –          |         | effort              | –",
    "deliverService":    "outputInput | –           | –           | –     | –     | –   | –     | –          |         | resource            | all rights and custody",
    "pickup":            "in          | –           | −           | upd   | –     | –   | upd   | –          | dropoff | resource            | custody",
    "dropoff":           "out         | –           | +           | upd   | –     | upd | upd   | –          | pickup  | resource            | custody",
    "accept":            "in          | –           | −           | upd   | –     | –   | upd   | –          | modify  | resource            | custody",
    "modify":            "out         | –           | +           | upd   | –     | upd | upd   | –          | accept  | resource            | custody",
    "combine":           "in          | –           | −           | –     | –     | –   | upd   | –          |         | resource            | –",
    "separate":          "out         | –           | +           | –     | –     | upd | upd   | –          |         | resource            | –",
    "transferAllRights": "–           | d/i         | –           | –     | updTo | –   | updTo | optionalTo |         | resource            | –",
    "transferCustody":   "–           | –           | d/i         | updTo | –     | –   | updTo | optionalTo |         | resource            | –",
    "transfer":          "–           | d/i         | d/i         | updTo | updTo | –   | updTo | optionalTo |         | resource            | –",
    "move":              "–           | d/i         | d/i         | updTo | –     | –   | updTo | optionalTo |         | resource            | –",
    "copy":              "–           | incrementTo | incrementTo | new   | new   | –   | updTo | optionalTo |         | resource            | –",
    "raise":             "–           | +           | +           | –     | new   | –   | upd   | optional   |         | resource            | –",
    "lower":             "–           | −           | −           | –     | new   | –   | upd   | optional   |         | resource            | –",
}.items()}
# fmt: on

_SIGNS = {
    Stock.NONE: (0, 0),
    Stock.INCREASE: (1, 0),
    Stock.DECREASE: (-1, 0),
    Stock.DECREASE_INCREASE: (-1, 1),
    Stock.INCREASE_TO: (0, 1),
}

SIGNS: dict[str, Signs] = {
    action: Signs(
        accounting=_SIGNS[facts.accounting][0],
        onhand=_SIGNS[facts.onhand][0],
        to_accounting=_SIGNS[facts.accounting][1],
        to_onhand=_SIGNS[facts.onhand][1],
    )
    for action, facts in ACTIONS.items()
}

TWO_RESOURCES = frozenset(
    action for action, facts in ACTIONS.items() if facts.creates is Creation.OPTIONAL_TO
)
"""Actions that go from one stock to another."""

NEEDS_RESOURCE = TWO_RESOURCES | frozenset(
    action for action, signs in SIGNS.items() if signs.accounting or signs.onhand
)
"""Actions that cannot be recorded without the stock they act on (given, found or opened)."""

WITHOUT_RESOURCE = frozenset(
    action
    for action, facts in ACTIONS.items()
    if action not in NEEDS_RESOURCE and facts.state is Change.NONE
)
"""Actions that act on no stock at all."""

OPENERS = frozenset(
    action for action, facts in ACTIONS.items() if facts.pairs and facts.side is Side.INPUT
)
"""First halves of pairs: what they take out, the second half brings back in the same process."""

CLOSERS = frozenset(ACTIONS[action].pairs for action in OPENERS)

INPUTS = frozenset(
    action for action, facts in ACTIONS.items() if facts.side in {Side.INPUT, Side.BOTH}
)
OUTPUTS = frozenset(
    action for action, facts in ACTIONS.items() if facts.side in {Side.OUTPUT, Side.BOTH}
)
