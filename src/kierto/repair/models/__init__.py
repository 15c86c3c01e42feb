"""Workshops and their tickets, repair events, and open data of repairs.

What happened to a thing (taken in, worked on, given back) stands in the ledger. A ticket knows
what the ledger does not: the problem, the estimate, the words, the pictures and the outcome.
"""

from __future__ import annotations

from kierto.repair.models.events import Event, Slot, Station, Volunteer
from kierto.repair.models.open_data import DataSet, OpenRecord
from kierto.repair.models.tickets import (
    Answer,
    Ticket,
    TicketPart,
    TicketPhoto,
    Work,
)
from kierto.repair.models.workshops import Category, Price, Repairer, Workshop

__all__ = [
    "Answer",
    "Category",
    "DataSet",
    "Event",
    "OpenRecord",
    "Price",
    "Repairer",
    "Slot",
    "Station",
    "Ticket",
    "TicketPart",
    "TicketPhoto",
    "Volunteer",
    "Work",
    "Workshop",
]
