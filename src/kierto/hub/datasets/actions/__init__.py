"""What is done with data sets and with requests to use them."""

from __future__ import annotations

from kierto.hub.datasets.actions.describing import add_data_set, change_data_set, move_data_set
from kierto.hub.datasets.actions.requests import (
    LONGEST_DAYS,
    ask,
    end_access,
    grant,
    refuse_request,
    withdraw_request,
)

__all__ = [
    "LONGEST_DAYS",
    "add_data_set",
    "ask",
    "change_data_set",
    "end_access",
    "grant",
    "move_data_set",
    "refuse_request",
    "withdraw_request",
]
