"""What a workshop refuses, and what to do instead."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class WorkshopNameMissing(DomainError):
    """A workshop needs a name."""

    code = "workshop_name_missing"
    field = "name"
    sentence = _("The workshop has no name. Enter one that people know it by.")


class WorkshopExists(DomainError):
    """One agent has one workshop."""

    code = "workshop_exists"
    status = HTTPStatus.CONFLICT
    field = "agent"
    sentence = _("“%(agent)s” has a workshop already: “%(workshop)s”. Change that one.")


class WorkshopPlaceNotTheirs(DomainError):
    """The place is another's."""

    code = "workshop_place_not_theirs"
    field = "place"
    sentence = _("This place belongs to somebody else. Choose a place of the workshop's owner.")


class ZoneUnknown(DomainError):
    """Not a name of the time zone database."""

    code = "workshop_zone_unknown"
    field = "timezone"
    sentence = _("“%(timezone)s” is not a time zone. Write it like Europe/Helsinki.")


class PriceBackwards(DomainError):
    """Less than nothing, or from more to less."""

    code = "price_backwards"
    field = "high"
    sentence = _("The price goes from %(low)s to %(high)s euros. Enter the smaller one first.")


class PriceNameMissing(DomainError):
    """A price for nothing."""

    code = "price_name_missing"
    field = "name"
    sentence = _("Say what is done for this price.")


class WarrantyTooLong(DomainError):
    """More days than anybody can promise."""

    code = "warranty_too_long"
    field = "warranty_days"
    sentence = _("A warranty of %(days)s days is too long. Enter 0 to %(most)s.")


class FieldUnknown(DomainError):
    """A program asked to change what cannot be changed."""

    code = "workshop_field_unknown"
    sentence = _("“%(name)s” is not something to change on a workshop. Choose one of: %(choices)s.")


class RepairerNotAPerson(DomainError):
    """Organisations repair through people."""

    code = "repairer_not_a_person"
    field = "agent"
    sentence = _("Only people repair. Choose a person.")


class RepairerThere(DomainError):
    """They repair here already."""

    code = "repairer_there"
    status = HTTPStatus.CONFLICT
    field = "agent"
    sentence = _("This person repairs here already. Change their skills instead.")
