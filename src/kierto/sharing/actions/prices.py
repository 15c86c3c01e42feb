"""The price and the deposit of a booking: each is charged once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import pricing, rules
from kierto.sharing.actions.charges import charge
from kierto.sharing.models import Booking, BookingLine, Charge, Terms
from kierto.sharing.states import Reason


def charge_booking(booking: Booking, *, by: Agent) -> None:
    """Charge price and deposit when it is handed out, in however many steps that is done."""
    _charge_once(booking, (Reason.PRICE, Reason.DEPOSIT), by)


def charge_use(booking: Booking) -> None:
    """Charge the price of what was used without the desk; nobody asks for a deposit afterwards."""
    _charge_once(booking, (Reason.PRICE,), system_agent())


def _charge_once(booking: Booking, reasons: Iterable[Reason], by: Agent) -> None:
    """What has not been charged yet; the owner pays itself nothing."""
    if booking.borrower_id == booking.collection.owner_id:
        return
    lines = list(booking.lines.select_related("thing__collection", "thing__terms"))
    terms = rules.terms_by_thing(line.thing for line in lines)
    charged = set(Charge.objects.filter(booking=booking).values_list("reason", flat=True))
    for reason in reasons:
        amount = sum(
            (_amount(reason, terms[line.thing_id], booking, line) for line in lines), Decimal(0)
        )
        if amount and reason not in charged:
            charge(
                collection=booking.collection,
                borrower=booking.borrower,
                reason=reason,
                amount=amount,
                booking=booking,
                note=", ".join(line.thing.name for line in lines),
                by=by,
            )


def _amount(reason: str, terms: Terms, booking: Booking, line: BookingLine) -> Decimal:
    if reason == Reason.DEPOSIT:
        return pricing.deposit_of(terms, line.quantity)
    return pricing.price_of(terms, booking.begins, booking.ends, line.quantity)
