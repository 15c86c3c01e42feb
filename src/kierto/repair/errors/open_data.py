"""What can be wrong with open repair data beyond the faults of a table."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NoCategories(DomainError):
    """Open data is imported before the product categories of the standard are there."""

    code = "repair_no_categories"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "The product categories of the standard are not here yet. An administrator of the node "
        "imports them first: kierto import categories."
    )
