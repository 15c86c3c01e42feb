"""The verbs of repair. Only these write; ``by`` says in whose name."""

from __future__ import annotations

from kierto.repair.actions.answering import answer
from kierto.repair.actions.parts import add_part, drop_part, fit_part, order_part
from kierto.repair.actions.photos import add_photo, remove_photo, show_photo
from kierto.repair.actions.tickets import (
    assign,
    change_ticket,
    estimate,
    finish,
    give_back,
    move_ticket,
    open_ticket,
    promise,
)
from kierto.repair.actions.work import log_work, take_back_work
from kierto.repair.actions.workshops import (
    add_repairer,
    change_repairer,
    change_workshop,
    create_workshop,
    drop_price,
    set_price,
)

__all__ = [
    "add_part",
    "add_photo",
    "add_repairer",
    "answer",
    "assign",
    "change_repairer",
    "change_ticket",
    "change_workshop",
    "create_workshop",
    "drop_part",
    "drop_price",
    "estimate",
    "finish",
    "fit_part",
    "give_back",
    "log_work",
    "move_ticket",
    "open_ticket",
    "order_part",
    "promise",
    "remove_photo",
    "set_price",
    "show_photo",
    "take_back_work",
]
