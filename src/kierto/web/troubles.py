"""What an error page says: what happened, what was kept, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of refusal, in the reader's words."""

    title: Any
    kept: Any
    advice: Any


NOTHING_CHANGED = _("Nothing was changed.")

TROUBLES = {
    400: Trouble(
        _("We could not read that request"),
        NOTHING_CHANGED,
        _("Go back, load the page again, and try once more."),
    ),
    403: Trouble(
        _("This is not open to you"),
        NOTHING_CHANGED,
        _(
            "If it should be, sign in with the account that may see it, or ask who runs the district."
        ),
    ),
    404: Trouble(
        _("There is no such page"),
        _("It may have moved, or may never have been here."),
        _("Check the address, or start from the first page."),
    ),
    405: Trouble(
        _("This address is not for opening"),
        NOTHING_CHANGED,
        _("It only takes what a form sends. Go back and use the button on the page."),
    ),
    413: Trouble(
        _("That is too much at once"),
        _("Nothing of it was taken."),
        _(
            "Send a smaller file, or fewer of them. Pictures may be up to 10 MB, tables up to 50 MB."
        ),
    ),
    429: Trouble(
        _("Too many tries"),
        _("Your account is safe, and nothing was changed."),
        _("Wait an hour, then try again; or sign in with a passkey or a code by e-mail."),
    ),
    500: Trouble(
        _("Something broke on our side"),
        _("What you had saved before is safe. What you just sent was not taken."),
        _("Try again in a minute. If it happens again, tell who runs the district what you did."),
    ),
}

CSRF = Trouble(
    _("This form has grown too old"),
    _("Nothing was changed."),
    _("Go back, load the page again, and send the form once more. Cookies must be allowed."),
)

RULE = Trouble(
    _("That did not work"),
    _("Nothing was changed."),
    _("Go back, correct what is named here, and try again."),
)


def trouble_of(status: int) -> Trouble:
    """The words for a status; those of a broken rule, or of 500, where it has none of its own."""
    otherwise = TROUBLES[500] if status >= HTTPStatus.INTERNAL_SERVER_ERROR else RULE
    return TROUBLES.get(status, otherwise)
