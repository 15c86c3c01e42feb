"""What can keep the demonstration from being loaded."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NotEmpty(DomainError):
    """The database holds a district that is not the demonstration."""

    code = "demo_database_not_empty"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "This database already holds a district, so the demonstration was not loaded. "
        "Name another folder with KIERTO_DATA_DIR, or serve this one with: kierto serve"
    )
