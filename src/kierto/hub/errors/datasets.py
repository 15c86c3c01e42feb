"""Why a data set is not kept, published or opened to somebody."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class DataSetTitleMissing(DomainError):
    """Nobody could tell the data set from others."""

    code = "data_set_title_missing"
    field = "title"
    sentence = _("The data set has no title. Write what it is about and where.")


class DataSetOwnerUnusable(DomainError):
    """Data sets belong to organisations: terms and a contact need one."""

    code = "data_set_owner_unusable"
    field = "owner"
    sentence = _("A data set belongs to an organisation. Choose the one whose data they are.")


class DataSetWordUnknown(DomainError):
    """A word of the catalogue's lists is none of them."""

    code = "data_set_word_unknown"
    sentence = _("“%(word)s” is none of the words to choose from. Choose one of the list.")


class DataSetLicenceNotOpen(DomainError):
    """Open rows under terms that are not."""

    code = "data_set_licence_not_open"
    field = "licence"
    sentence = _(
        "What everybody may read cannot be given by agreement. Choose an open licence, or let in "
        "whom you choose."
    )


class DataSetContentsUnusable(DomainError):
    """What the data set shall hold cannot be asked for."""

    code = "data_set_contents_unusable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "q"
    sentence = _("These contents cannot be asked for: %(reason)s")


class DataSetContentsMissing(DomainError):
    """Nobody said which rows."""

    code = "data_set_contents_missing"
    field = "types"
    sentence = _("Nothing says what the data set holds. Choose at least one kind of thing.")


class DataSetAttributesMissing(DomainError):
    """Readings over time of nothing."""

    code = "data_set_attributes_missing"
    field = "attributes"
    sentence = _("Nothing says which readings are meant. Choose at least one attribute.")


class DataSetNotReady(DomainError):
    """What others need to know before they use it is missing."""

    code = "data_set_not_ready"
    status = HTTPStatus.CONFLICT
    sentence = _("Before it can be published, the data set needs: %(missing)s. Add it and publish.")


class TooManyDataSets(DomainError):
    """The owner has as many as it may."""

    code = "data_set_too_many"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "There are already %(most)s data sets of this owner. Change one of them, or ask the "
        "administrators of this node."
    )


class DataPurposeMissing(DomainError):
    """Nobody could decide about a request without a purpose."""

    code = "data_purpose_missing"
    field = "purpose"
    sentence = _("The request does not say what for. Write what you will do with the data.")


class DataAskedAlready(DomainError):
    """The same agent asked, or was let in."""

    code = "data_asked_already"
    status = HTTPStatus.CONFLICT
    field = "agent"
    sentence = _("%(name)s has asked already. Wait for the answer, or look at it under Requests.")


class DataReasonMissing(DomainError):
    """Whoever asked learns nothing from an answer without a reason."""

    code = "data_reason_missing"
    field = "reason"
    sentence = _("The answer has no reason. Write why, so that whoever asked understands it.")


class DataUntilUnusable(DomainError):
    """The access would be over already, or never be."""

    code = "data_until_unusable"
    field = "until"
    sentence = _("Access lasts from today to %(most)s days from now. Choose a day in between.")


class DataContactUnusable(DomainError):
    """Nobody could write to it."""

    code = "data_contact_unusable"
    field = "contact"
    sentence = _(
        "The contact is neither an e-mail address nor a web address that begins with https. Write "
        "one of the organisation, not of a person."
    )
