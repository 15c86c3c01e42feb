"""What is refused when somebody opens or changes a collection."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NameMissing(DomainError):
    """Something without a name cannot be found."""

    code = "sharing_name_missing"
    field = "name"
    sentence = _("It has no name yet. Give it one.")


class TextTooLong(DomainError):
    """A text does not fit its column."""

    code = "sharing_text_too_long"
    sentence = _("This text has %(length)s characters; %(limit)s fit. Make it shorter.")


class UnknownTimezone(DomainError):
    """The time zone database has no such name."""

    code = "sharing_unknown_timezone"
    field = "timezone"
    sentence = _("“%(timezone)s” is no time zone. Write one like Europe/Helsinki.")


class PlaceOfSomebodyElse(DomainError):
    """A collection stands at a place of its owner."""

    code = "collection_place_not_theirs"
    field = "place"
    sentence = _("This place belongs to somebody else. Choose one of the owner's places.")


class UnknownSetting(DomainError):
    """A change names something that cannot be changed."""

    code = "sharing_unknown_setting"
    sentence = _("“%(name)s” cannot be changed here. Leave it out.")


class NumberOutOfRange(DomainError):
    """A number of the terms is too small or too large."""

    code = "sharing_number_out_of_range"
    sentence = _("%(value)s is out of range. Enter a number from %(least)s to %(most)s.")


class StepDoesNotFit(DomainError):
    """Steps have to fill a day exactly, or they would wander."""

    code = "step_does_not_fit"
    field = "step_minutes"
    sentence = _(
        "Steps of %(step)s minutes do not fill a day. Choose for example 15, 30, 60 or 1440."
    )


class ShortestAboveLongest(DomainError):
    """No booking could have both lengths."""

    code = "shortest_above_longest"
    field = "longest_minutes"
    sentence = _("The longest booking is shorter than the shortest one. Make it longer.")


class DefaultTermsStay(DomainError):
    """There is always one set of terms for everything else."""

    code = "default_terms_stay"
    field = "is_default"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Some terms have to hold for everything without terms of its own. "
        "Make other terms the general ones instead."
    )


class TermsInUse(DomainError):
    """Things are lent under these terms."""

    code = "terms_in_use"
    status = HTTPStatus.CONFLICT
    sentence = _("%(count)s things are lent under these terms. Give them other terms first.")


class NameTaken(DomainError):
    """The collection has something of this name."""

    code = "sharing_name_taken"
    field = "name"
    status = HTTPStatus.CONFLICT
    sentence = _("There is “%(name)s” already. Choose another name.")


class GroupOfAnotherCollection(DomainError):
    """Groups, plans and terms belong to one collection."""

    code = "group_of_another_collection"
    field = "groups"
    sentence = _("This belongs to another collection. Choose one of this collection's own.")


class StillOnLoan(DomainError):
    """A collection with loans or bookings cannot be closed for good."""

    code = "collection_still_on_loan"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "%(count)s loans and bookings are still open. Finish or cancel them first, "
        "or pause the collection."
    )
