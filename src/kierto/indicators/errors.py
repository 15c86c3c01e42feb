"""Why an indicator cannot be computed as asked."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class UnknownIndicator(DomainError):
    """There is no indicator of this slug."""

    code = "unknown_indicator"
    status = HTTPStatus.NOT_FOUND
    sentence = _("There is no indicator “%(slug)s”. There are: %(known)s.")


class BadMonth(DomainError):
    """A month that cannot be read."""

    code = "bad_month"
    field = "from"
    sentence = _("“%(text)s” is not a month. Write year and month, such as 2026-03.")


class MonthsBackwards(DomainError):
    """The last month lies before the first."""

    code = "months_backwards"
    field = "until"
    sentence = _("The last month lies before the first. Swap the two.")
