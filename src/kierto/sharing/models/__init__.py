"""What is shared, under which rules, and who has it when.

A thing's number, whereabouts and holders are those of its resource in the ledger. Bookings are
promises, loans and returns events; money is promised and paid in the ledger as well. What stands
here is what the ledger does not know: rules, times of day, words and pictures.
"""

from __future__ import annotations

from kierto.sharing.models.booking import (
    Block,
    Booking,
    BookingLine,
    Feed,
    Series,
    WaitingEntry,
)
from kierto.sharing.models.care import Maintenance, MaintenancePlan
from kierto.sharing.models.collections import (
    Collection,
    Group,
    Membership,
    MembershipPlan,
    Terms,
)
from kierto.sharing.models.lending import (
    Answer,
    Charge,
    ConditionPhoto,
    ConditionReport,
    Loan,
    Sale,
)
from kierto.sharing.models.things import KitPart, Thing, ThingFile, ThingPhoto

__all__ = [
    "Answer",
    "Block",
    "Booking",
    "BookingLine",
    "Charge",
    "Collection",
    "ConditionPhoto",
    "ConditionReport",
    "Feed",
    "Group",
    "KitPart",
    "Loan",
    "Maintenance",
    "MaintenancePlan",
    "Membership",
    "MembershipPlan",
    "Sale",
    "Series",
    "Terms",
    "Thing",
    "ThingFile",
    "ThingPhoto",
    "WaitingEntry",
]
