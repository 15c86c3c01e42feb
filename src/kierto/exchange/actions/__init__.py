"""The verbs of the exchange. Only these write; ``by`` says in whose name."""

from __future__ import annotations

from kierto.exchange.actions.asking import ask_partner
from kierto.exchange.actions.deliveries import (
    confirm_delivery,
    dispute_delivery,
    record_delivery,
    withdraw_delivery,
)
from kierto.exchange.actions.intents import (
    add_photo,
    change_intent,
    move_intent,
    post_intent,
    remove_photo,
)
from kierto.exchange.actions.processors import (
    add_processor,
    change_processor,
    move_processor,
)
from kierto.exchange.actions.proposals import (
    answer_proposal,
    propose,
    withdraw_proposal,
)
from kierto.exchange.actions.runs import RunFlow, record_processing_run
from kierto.exchange.actions.slips import Slip, record_slips

__all__ = [
    "RunFlow",
    "Slip",
    "add_photo",
    "add_processor",
    "answer_proposal",
    "ask_partner",
    "change_intent",
    "change_processor",
    "confirm_delivery",
    "dispute_delivery",
    "move_intent",
    "move_processor",
    "post_intent",
    "propose",
    "record_delivery",
    "record_processing_run",
    "record_slips",
    "remove_photo",
    "withdraw_delivery",
    "withdraw_proposal",
]
