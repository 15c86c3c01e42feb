"""What borrowers would have done otherwise: asked once, kindly, and free to skip."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.parties.models import Agent
from kierto.sharing.errors.lending import AnsweredAlready, TooSoonToAnswer
from kierto.sharing.models import Answer, Booking, Loan
from kierto.sharing.permissions import SIGN_IN, roles_for_booking
from kierto.sharing.states import Alternative, BookingState


def can_answer(by: Agent | None, booking: Booking) -> Decision:
    """The borrower, or the desk that asked them."""
    if by is None:
        return SIGN_IN
    if roles_for_booking(by, booking):
        return ALLOWED
    return refuse(_("Only the borrower can answer this, or the desk that asked them."))


def may_be_asked(booking: Booking) -> bool:
    """Whether something came back (or a room was used) and nobody has answered yet."""
    if Answer.objects.filter(booking=booking).exists():
        return False
    return booking.state == BookingState.DONE or (
        booking.state == BookingState.OUT
        and Loan.objects.filter(line__booking=booking, back_at__isnull=False).exists()
    )


@transaction.atomic
def answer(booking: Booking, *, alternative: str | None, by: Agent) -> Answer:
    """Say what the borrower would have done without this booking; ``None`` skips the question.

    Raises:
        NotAllowed, AnsweredAlready, TooSoonToAnswer.
    """
    booking = (
        Booking.objects.select_for_update(of=("self",))
        .select_related("collection__owner", "collection__place", "borrower")
        .get(pk=booking.pk)
    )
    can_answer(by, booking).require()
    if Answer.objects.filter(booking=booking).exists():
        raise AnsweredAlready
    if not may_be_asked(booking):
        raise TooSoonToAnswer
    return Answer.objects.create(
        booking=booking,
        alternative="" if alternative is None else Alternative(alternative),
        is_skipped=alternative is None,
    )
