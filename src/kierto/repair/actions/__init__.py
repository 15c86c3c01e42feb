"""The verbs of repair. Only these write; ``by`` says in whose name."""

from __future__ import annotations

from kierto.repair.actions.answering import answer
from kierto.repair.actions.events import TablePlan, change_event, create_event, move_event
from kierto.repair.actions.intake import check_in, take_in
from kierto.repair.actions.line import take, take_next
from kierto.repair.actions.parts import add_part, drop_part, fit_part, order_part
from kierto.repair.actions.payment import pay
from kierto.repair.actions.photos import add_photo, remove_photo, show_photo
from kierto.repair.actions.results import record_result
from kierto.repair.actions.sign_ups import cancel_sign_up, move_sign_up, sign_up
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
from kierto.repair.actions.volunteers import (
    answer_invitation,
    change_volunteer,
    invite_volunteer,
    move_volunteer,
    volunteer,
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
    "TablePlan",
    "add_part",
    "add_photo",
    "add_repairer",
    "answer",
    "answer_invitation",
    "assign",
    "cancel_sign_up",
    "change_event",
    "change_repairer",
    "change_ticket",
    "change_volunteer",
    "change_workshop",
    "check_in",
    "create_event",
    "create_workshop",
    "drop_part",
    "drop_price",
    "estimate",
    "finish",
    "fit_part",
    "give_back",
    "invite_volunteer",
    "log_work",
    "move_event",
    "move_sign_up",
    "move_ticket",
    "move_volunteer",
    "open_ticket",
    "order_part",
    "pay",
    "promise",
    "record_result",
    "remove_photo",
    "set_price",
    "show_photo",
    "sign_up",
    "take",
    "take_back_work",
    "take_in",
    "take_next",
    "volunteer",
]
