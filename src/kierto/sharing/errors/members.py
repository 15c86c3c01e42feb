"""What is refused when somebody becomes a member, or stays one."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class AlreadyMember(DomainError):
    """One membership each."""

    code = "already_enrolled"
    status = HTTPStatus.CONFLICT
    sentence = _("There is a membership already: card %(number)s. Renew it instead.")


class NotEnrollable(DomainError):
    """Only people and organisations are members."""

    code = "not_enrollable"
    sentence = _("Only people and organisations can be members. Choose somebody else.")


class CollectionNotOpen(DomainError):
    """Nobody joins what is not open."""

    code = "collection_not_open"
    status = HTTPStatus.CONFLICT
    sentence = _("“%(collection)s” takes no new members at present. Ask its desk when it opens.")


class PlanNotOpen(DomainError):
    """The plan is of another collection or takes nobody any more."""

    code = "plan_not_open"
    field = "plan"
    status = HTTPStatus.CONFLICT
    sentence = _("This way of being a member is not offered any more. Choose another one.")


class PlanNeeded(DomainError):
    """The collection has plans, so one has to be chosen."""

    code = "plan_needed"
    field = "plan"
    sentence = _("Choose how you want to be a member.")


class NumberTaken(DomainError):
    """Somebody else has this card."""

    code = "card_number_taken"
    field = "number"
    status = HTTPStatus.CONFLICT
    sentence = _("Card %(number)s belongs to somebody else. Use another card.")


class BlockNeedsReason(DomainError):
    """Whoever is blocked must be able to read why."""

    code = "block_needs_reason"
    field = "reason"
    sentence = _("Say why in a few words: the member reads it.")


class AlreadyBlocked(DomainError):
    """Once is enough."""

    code = "already_blocked"
    status = HTTPStatus.CONFLICT
    sentence = _("This membership is blocked already. Lift the block first to give a new reason.")


class NotBlocked(DomainError):
    """There is nothing to lift."""

    code = "not_blocked"
    status = HTTPStatus.CONFLICT
    sentence = _("This membership is not blocked. Reload the page to see it as it is now.")


class NothingToRenew(DomainError):
    """A membership without an end lasts anyway."""

    code = "nothing_to_renew"
    status = HTTPStatus.CONFLICT
    sentence = _("This membership has no end, so there is nothing to renew.")


class RenewedTooOften(DomainError):
    """It already lasts longer than one more period from today."""

    code = "renewed_already"
    status = HTTPStatus.CONFLICT
    sentence = _("This membership lasts until %(until)s already. Renew it when that is near.")
