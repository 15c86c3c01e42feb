"""What can go wrong with money: what is owed, paid, left as a deposit."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class AmountNotMoney(DomainError):
    """Nothing, parts of a cent, or more than anybody pays at a desk."""

    code = "amount_not_money"
    field = "amount"
    sentence = _("Enter euros and cents, from 0.01 to 1 000 000, for example 4.50.")


class PaysTooMuch(DomainError):
    """More than is due."""

    code = "pays_too_much"
    field = "amount"
    sentence = _("Only %(due)s € are due. Enter at most that much.")


class NothingDue(DomainError):
    """It is paid, waived, or was never owed."""

    code = "nothing_due"
    status = HTTPStatus.CONFLICT
    sentence = _("Nothing is due here any more. Reload the page to see it as it is now.")


class WaiverNeedsReason(DomainError):
    """Letting go of money is explained to those who read the books."""

    code = "waiver_needs_reason"
    field = "reason"
    sentence = _("Say in a few words why this is not to be paid.")


class PartlyPaid(DomainError):
    """A promise that is kept in part cannot be taken back."""

    code = "charge_partly_paid"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "%(paid)s € of this are paid already, so it cannot be let go. "
        "Reverse the payment in the ledger first."
    )


class NotADeposit(DomainError):
    """Only deposits are handed back or kept."""

    code = "not_a_deposit"
    sentence = _("This is not a deposit. Only deposits are handed back or kept.")


class NoDepositHeld(DomainError):
    """It was not paid yet, or went back already."""

    code = "no_deposit_held"
    status = HTTPStatus.CONFLICT
    sentence = _("No money of this deposit lies at the desk. Reload the page to see why.")


class KeepsTooMuch(DomainError):
    """More than was left as a deposit."""

    code = "keeps_too_much"
    field = "amount"
    sentence = _("Only %(held)s € of this deposit are here. Keep at most that much.")


class KeepingNeedsNote(DomainError):
    """Whoever left the deposit reads why a part of it stays here."""

    code = "keeping_needs_note"
    field = "note"
    sentence = _("Say in a few words what the kept money is for.")


class OwesOneself(DomainError):
    """The owner of a collection owes itself nothing."""

    code = "owes_oneself"
    sentence = _("The owner of a collection pays nothing to itself. Choose another borrower.")


class MoneyUnknown(DomainError):
    """The catalogue of this node has no kind for euros."""

    code = "money_unknown"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "This node does not know euros yet, so no money can be booked. "
        "Ask whoever runs it to import the shipped catalogue."
    )
