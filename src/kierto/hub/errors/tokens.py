"""Why a token is not made."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class TokenNameMissing(DomainError):
    """Nobody could tell the token from others."""

    code = "token_name_missing"
    field = "name"
    sentence = _("The token has no name. Write which program will use it.")


class TokenAllowsNothing(DomainError):
    """No scope was chosen, or one that does not exist."""

    code = "token_allows_nothing"
    field = "scopes"
    sentence = _("The token would allow nothing. Choose what the program may do.")


class TokenEndsTooLate(DomainError):
    """The token would be valid for too long, or is over already."""

    code = "token_ends_too_late"
    field = "days"
    sentence = _(
        "A token is valid for 1 to %(most)s days. Choose a shorter time; you can make a new one "
        "before it ends."
    )


class TooManyTokens(DomainError):
    """The agent has as many valid tokens as it may."""

    code = "token_too_many"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "There are already %(most)s valid tokens for this owner. Withdraw one that is not used "
        "any more."
    )
