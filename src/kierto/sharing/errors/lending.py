"""What can go wrong at the desk: handing out, taking back, renewing, selling."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class BackdatingNeedsNote(DomainError):
    """What is written down later than it happened says why."""

    code = "backdating_needs_note"
    field = "note"
    sentence = _("You enter this for an earlier time. Add a note that says why.")


class LiesAhead(DomainError):
    """What has not happened yet cannot be entered."""

    code = "lies_ahead"
    field = "at"
    sentence = _("This time lies ahead. Enter when it really happened, or leave it empty for now.")


class TooLongAgo(DomainError):
    """Nobody remembers that."""

    code = "too_long_ago"
    field = "at"
    sentence = _("Enter a time within the last %(years)s years.")


class LoanTooLong(DomainError):
    """That is a gift."""

    code = "loan_too_long"
    field = "due_at"
    sentence = _("A loan lasts at most %(years)s years. Choose an earlier day of return.")


class BackBeforeOut(DomainError):
    """It came back before it was handed out."""

    code = "back_before_out"
    field = "at"
    sentence = _("It was handed out on %(out_at)s. Enter a later time for its return.")


class WasOutThen(DomainError):
    """At that earlier time somebody else had it."""

    code = "was_out_then"
    status = HTTPStatus.CONFLICT
    field = "at"
    sentence = _(
        "At that time “%(thing)s” was with somebody else. "
        "Enter a later time, or take that loan back first."
    )


class NotHere(DomainError):
    """Nothing of the thing lies at the desk now."""

    code = "not_here"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Only %(here)s of “%(thing)s” are here now. Take one back first, or hand out fewer."
    )


class BookingNotReady(DomainError):
    """It waits for approval, for the one it is held for, or it is over."""

    code = "booking_not_ready"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Booking %(code)s is “%(state)s”, so nothing can be handed out. "
        "Approve it first, or lend the things anew."
    )


class BookingOver(DomainError):
    """Its time has passed before anything was picked up."""

    code = "booking_over"
    status = HTTPStatus.CONFLICT
    sentence = _("Booking %(code)s ended on %(ends)s. Lend the things anew, with a later return.")


class NotInBooking(DomainError):
    """A thing, or more of it, than was booked."""

    code = "not_in_booking"
    sentence = _(
        "Booking %(code)s has no more of “%(thing)s” to hand out. Change the booking, "
        "or lend it by itself."
    )


class NothingToHandOut(DomainError):
    """Everything of the booking is out already."""

    code = "nothing_to_hand_out"
    status = HTTPStatus.CONFLICT
    sentence = _("Everything of booking %(code)s is handed out already.")


class AlreadyBack(DomainError):
    """It came back before."""

    code = "already_back"
    status = HTTPStatus.CONFLICT
    sentence = _("This came back already. Reload the page to see it as it is now.")


class MoreThanOut(DomainError):
    """More come back than were handed out."""

    code = "more_than_out"
    field = "quantity"
    sentence = _("%(out)s are out on this loan. Enter a number from 1 to %(out)s.")


class LoanIsLost(DomainError):
    """A lost thing is not renewed."""

    code = "loan_is_lost"
    status = HTTPStatus.CONFLICT
    sentence = _("This counts as lost. If it turned up, take it back.")


class LostNeedsNote(DomainError):
    """Giving a thing up is explained."""

    code = "lost_needs_note"
    field = "note"
    sentence = _("Say in a few words what you know of the loss.")


class NoMoreRenewals(DomainError):
    """It was renewed as often as the terms allow."""

    code = "no_more_renewals"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "This loan was renewed %(times)s times already, and that is the most. "
        "Bring it back by %(due)s."
    )


class OverdueNotRenewed(DomainError):
    """Who is late brings it back; the desk may still renew it."""

    code = "overdue_not_renewed"
    status = HTTPStatus.CONFLICT
    sentence = _("This loan was due on %(due)s. Bring it back, or ask the desk to renew it.")


class BookedNext(DomainError):
    """Somebody else has it booked, or waits for it."""

    code = "booked_next"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Somebody else has “%(thing)s” from %(begins)s, so it cannot be renewed. "
        "Bring it back by %(due)s."
    )


class SomebodyWaits(DomainError):
    """Somebody on the waiting list wants it for that time."""

    code = "somebody_waits"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Somebody on the waiting list needs “%(thing)s” from %(begins)s, so it cannot be "
        "renewed. Bring it back by %(due)s."
    )


class RenewsBackwards(DomainError):
    """The new day of return is not later than the old one."""

    code = "renews_backwards"
    field = "until"
    sentence = _("It is due on %(due)s already. Choose a later time.")


class NotForSale(DomainError):
    """Only consumables are sold."""

    code = "not_for_sale"
    sentence = _("“%(thing)s” is lent, not sold. Only consumables are sold at the desk.")


class NotLent(DomainError):
    """Consumables do not come back."""

    code = "not_lent"
    sentence = _("“%(thing)s” is used up, so it is sold and not lent. Sell it instead.")


class QuantityNotWhole(DomainError):
    """Nothing, or less than nothing, was asked for."""

    code = "quantity_not_whole"
    field = "quantity"
    sentence = _("Enter how many: one or more.")


class AnsweredAlready(DomainError):
    """The question is asked once."""

    code = "answered_already"
    status = HTTPStatus.CONFLICT
    sentence = _("This question was answered already. Thank you.")


class TooSoonToAnswer(DomainError):
    """The question is asked once something came back."""

    code = "too_soon_to_answer"
    status = HTTPStatus.CONFLICT
    sentence = _("We ask this after the return. Come back to it then.")


class TooManyPictures(DomainError):
    """A report has its share of pictures."""

    code = "too_many_condition_photos"
    field = "photos"
    sentence = _("A report takes at most %(most)s pictures. Choose fewer.")


class NobodyChosen(DomainError):
    """Something is to be lent, and nobody was chosen to borrow it."""

    code = "nobody_chosen"
    field = "q"
    sentence = _("Choose who borrows first: scan a card, or type a name.")
