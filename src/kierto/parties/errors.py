"""What can be wrong with people, organisations and places, and what to do about it."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NameMissing(DomainError):
    """A person, organisation or district without a name."""

    code = "name_missing"
    sentence = _("There is no name. Write one and send again.")
    field = "name"


class SlugTaken(DomainError):
    """Two organisations or districts cannot have the same address."""

    code = "slug_taken"
    status = HTTPStatus.CONFLICT
    sentence = _("The short name “%(slug)s” is in use already. Choose another one.")
    field = "slug"


class AlreadyMember(DomainError):
    """The person acts for the organisation already, in another role."""

    code = "already_member"
    status = HTTPStatus.CONFLICT
    sentence = _("This person belongs to %(organization)s already. Change the role instead.")


class NotAMember(DomainError):
    """The person does not act for the organisation."""

    code = "not_a_member"
    status = HTTPStatus.NOT_FOUND
    sentence = _("This person does not belong to %(organization)s. Reload the page and look again.")


class LastAdministrator(DomainError):
    """An organisation would be left without anybody to look after it."""

    code = "last_administrator"
    status = HTTPStatus.CONFLICT
    sentence = _("%(organization)s would have no administrator left. Make somebody else one first.")


class LastNodeAdministrator(DomainError):
    """The node would be left without anybody to look after it."""

    code = "last_node_administrator"
    status = HTTPStatus.CONFLICT
    sentence = _("This node would have no administrator left. Appoint somebody else first.")


class AlreadyInvited(DomainError):
    """One open invitation for each address and organisation."""

    code = "already_invited"
    status = HTTPStatus.CONFLICT
    sentence = _("This address is invited already. Withdraw that invitation to send a new one.")
    field = "email"


class TooManyInvitations(DomainError):
    """An organisation cannot write to ever more strangers."""

    code = "too_many_invitations"
    status = HTTPStatus.CONFLICT
    sentence = _("%(limit)s invitations wait for an answer. Withdraw some before you send more.")
    field = "email"


class NotYourInvitation(DomainError):
    """The invitation went to another address, or is gone."""

    code = "not_your_invitation"
    status = HTTPStatus.NOT_FOUND
    sentence = _(
        "This invitation is not for one of your confirmed e-mail addresses, or is gone. "
        "Ask the organisation to invite you again."
    )


class NoSuchPoint(DomainError):
    """Degrees that are not on Earth."""

    code = "no_such_point"
    sentence = _(
        "There is no such place on Earth: latitude %(latitude)s, longitude %(longitude)s. "
        "Latitude runs from −90 to 90, longitude from −180 to 180."
    )
    field = "latitude"


class PlaceInUse(DomainError):
    """Offers, needs or events point to the place."""

    code = "place_in_use"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Offers, needs or deliveries refer to this place. Change it instead of removing it."
    )


class BadArea(DomainError):
    """A text that does not describe an area."""

    code = "bad_area"
    sentence = _(
        "The area cannot be read: %(problem)s Draw it as a GeoJSON Polygon or MultiPolygon."
    )
    field = "area"


class UnknownTimeZone(DomainError):
    """Not a name of the time zone database."""

    code = "unknown_time_zone"
    sentence = _("There is no time zone “%(timezone)s”. Write a name such as Europe/Helsinki.")
    field = "timezone"


class UnknownCountry(DomainError):
    """Not two letters."""

    code = "unknown_country"
    sentence = _("“%(country)s” is not a country code. Write two letters, such as FI or IT.")
    field = "country"


class UnknownLanguage(DomainError):
    """A language that the interface does not speak."""

    code = "unknown_language"
    sentence = _("“%(language)s” is not a language of this node. Choose one of the list.")
    field = "language"


class UnknownChoice(DomainError):
    """A value outside a closed list."""

    code = "unknown_choice"
    sentence = _("“%(value)s” is not one of the choices: %(choices)s. Choose one of them.")


class OperatorNeedsDistrict(DomainError):
    """An operator runs a district; a node administrator runs none in particular."""

    code = "operator_needs_district"
    sentence = _("An operator is appointed for one district. Choose the district.")
    field = "district"


class NotAppointed(DomainError):
    """The appointment is gone."""

    code = "not_appointed"
    status = HTTPStatus.NOT_FOUND
    sentence = _("This appointment is not there any more. Reload the page and look again.")


class AlreadyErased(DomainError):
    """Nothing is left of the person."""

    code = "already_erased"
    status = HTTPStatus.CONFLICT
    sentence = _("This person was erased before. There is nothing more to do.")


class NodeHasAdministrator(DomainError):
    """The first administrator is appointed once, from the command line."""

    code = "node_has_administrator"
    status = HTTPStatus.CONFLICT
    sentence = _("This node has an administrator already, who can appoint others in the pages.")


class BadAddress(DomainError):
    """An e-mail or web address that cannot be one."""

    code = "bad_address"
    sentence = _("“%(address)s” is not an address. Check how it is written.")


class OutOfRange(DomainError):
    """A number below the least that makes sense."""

    code = "out_of_range"
    sentence = _("%(value)s is no number from %(least)s up. Correct it and send again.")


class TooLong(DomainError):
    """A text that does not fit."""

    code = "too_long"
    sentence = _("The text has %(length)s characters; at most %(limit)s fit. Shorten it.")


class NotStored(DomainError):
    """The database could not be written; nothing of the file was taken."""

    code = "not_stored"
    status = HTTPStatus.INSUFFICIENT_STORAGE
    field = "file"
    sentence = _(
        "The file could not be stored (%(cause)s). Nothing of it was taken, and nothing was lost. "
        "Make room on the disk of the node, then import the file again."
    )
