"""What the ledger refuses, and what to do instead. Whatever is refused leaves no trace."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class InsufficientStock(DomainError):
    """More was to be taken than there is. Fields: available, wanted, unit, kind, resource."""

    code = "insufficient_stock"
    status = HTTPStatus.CONFLICT
    field = "quantity"
    sentence = _(
        "There are %(available)s %(unit)s of “%(kind)s”, and %(wanted)s %(unit)s were to be taken. "
        "Enter a smaller amount, or first record where the rest came from."
    )


class ReversalUsedUp(InsufficientStock):
    """What the event gave has been passed on since."""

    code = "reversal_used_up"
    sentence = _(
        "Of the %(wanted)s %(unit)s of “%(kind)s” only %(available)s %(unit)s are still there; "
        "the rest was used since. Reverse the later events first."
    )


class StockTooLarge(DomainError):
    """Beyond what is kept exactly on both databases."""

    code = "stock_too_large"
    field = "quantity"
    sentence = _(
        "An amount or a stock holds less than %(limit)s %(unit)s, so that it is kept exactly. "
        "Split it into several."
    )


class AmountMissing(DomainError):
    """The action counts something that was not given."""

    code = "amount_missing"
    field = "quantity"
    sentence = _("“%(action)s” needs an amount in %(unit)s. Enter it.")


class AmountNotPositive(DomainError):
    """Zero or less."""

    code = "amount_not_positive"
    field = "quantity"
    sentence = _("The amount is %(amount)s. Enter more than zero; to undo an event, reverse it.")


class AmountNotCounted(DomainError):
    """An amount was given that the action does not have."""

    code = "amount_not_counted"
    sentence = _("“%(action)s” does not count this amount (%(amount)s). Leave it out.")


class TimeWithoutZone(DomainError):
    """A naive time could mean several moments."""

    code = "time_without_zone"
    field = "happened_at"
    sentence = _("The time %(time)s has no time zone. Give it one, such as +02:00.")


class NotYetHappened(DomainError):
    """Only what has happened is written down."""

    code = "not_yet_happened"
    field = "happened_at"
    sentence = _("%(time)s is still to come. Record it when it has happened, or promise it.")


class EndsBeforeStart(DomainError):
    """An event cannot end before it began."""

    code = "ends_before_start"
    field = "has_end"
    sentence = _("It ends (%(end)s) before it begins (%(start)s). Correct one of the two.")


class WrongSide(DomainError):
    """An input was given as an output of a process, or the other way round."""

    code = "wrong_side"
    sentence = _(
        "“%(action)s” cannot be the %(side)s of a process. Choose another action or another side."
    )


class ProcessMissing(DomainError):
    """Pairs are kept together by their process."""

    code = "process_missing"
    sentence = _("“%(action)s” belongs to a process. Start the process and name it.")


class NothingToReturn(DomainError):
    """The second half of a pair without enough of its first."""

    code = "nothing_to_return"
    status = HTTPStatus.CONFLICT
    field = "quantity"
    sentence = _(
        "In this process %(outstanding)s are out, and %(wanted)s were to come back. "
        "Enter a smaller amount, or first record what was taken."
    )


class ResourceMissing(DomainError):
    """The action acts on a stock, and none was named."""

    code = "resource_missing"
    field = "resource"
    sentence = _("“%(action)s” acts on a stock. Say which one.")


class ResourceNotWanted(DomainError):
    """A stock was named that the action has no use for."""

    code = "resource_not_wanted"
    field = "resource"
    sentence = _("“%(action)s” has no use for this stock. Leave it out.")


class WrongKind(DomainError):
    """The stock is of another kind than the event."""

    code = "wrong_kind"
    field = "resource"
    sentence = _(
        "The stock holds “%(found)s”, the event is about “%(wanted)s”. Choose another stock."
    )


class NotTheirs(DomainError):
    """Somebody gives what they neither own nor hold, or takes into what is another's."""

    code = "not_theirs"
    status = HTTPStatus.CONFLICT
    field = "resource"
    sentence = _(
        "This stock is not in the hands of those who give or take here. "
        "Choose a stock of theirs, or first record how they came by it."
    )


class SameParty(DomainError):
    """Giving something to oneself changes nothing."""

    code = "same_party"
    field = "receiver"
    sentence = _("Giver and taker are the same. Choose two parties, or record a move.")


class TextTooLong(DomainError):
    """A text is longer than its column."""

    code = "text_too_long"
    sentence = _("“%(name)s” holds %(length)s characters; at most %(limit)s fit. Shorten it.")


class PromiseDoesNotFit(DomainError):
    """The event is not what was promised."""

    code = "promise_does_not_fit"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "The promise is for other parties, another action or another kind. "
        "Choose the promise that this event keeps, or none."
    )


class PromiseCancelled(DomainError):
    """A cancelled promise cannot be kept any more."""

    code = "promise_cancelled"
    status = HTTPStatus.CONFLICT
    sentence = _("This promise was cancelled. Record the event without it.")


class PromiseOverdrawn(DomainError):
    """More was counted towards promises than the event brought."""

    code = "promise_overdrawn"
    sentence = _(
        "%(counted)s are counted towards promises, but the event brought %(brought)s. "
        "Count no more than that."
    )


class PromiseAlreadyKept(DomainError):
    """What was kept, even in part, stays promised."""

    code = "promise_already_kept"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "%(fulfilled)s of this promise are kept already. Reverse those events first, or leave it."
    )


class BadPromise(DomainError):
    """A promise without amount or with an impossible time."""

    code = "bad_promise"
    sentence = _("A promise needs an amount above zero and an end that is not before its start.")


class AlreadyReversed(DomainError):
    """An event is reversed once."""

    code = "already_reversed"
    status = HTTPStatus.CONFLICT
    sentence = _("Event %(number)s was reversed by event %(by)s. There is nothing left to undo.")


class ReversalIsFinal(DomainError):
    """A reversal is not undone but followed by a new event."""

    code = "reversal_is_final"
    status = HTTPStatus.CONFLICT
    sentence = _("Event %(number)s is itself a reversal. Record what happened as a new event.")


class ReasonMissing(DomainError):
    """A reversal says why."""

    code = "reversal_reason_missing"
    field = "reason"
    sentence = _("Say in a few words why this event is reversed.")


class UnknownDistrict(DomainError):
    """An export was asked for a district that is not here."""

    code = "unknown_district"
    status = HTTPStatus.NOT_FOUND
    field = "district"
    sentence = _("There is no district “%(slug)s” here. Choose one of: %(known)s.")
