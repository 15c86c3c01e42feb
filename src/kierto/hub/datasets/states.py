"""The states of data sets and of requests to use them, and who may take each step.

Roles: ``owner`` administers the organisation whose data they are, ``operator`` runs the district
that they are about, ``asker`` acts for whoever asked, ``system`` is this node and its
administrators. That a grant has run out is no state: a clock can tell it.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import Table, step


class Openness(models.TextChoices):
    """Who may read the rows. What a data set is, everybody may know."""

    OPEN = "open", _("everybody")
    PARTNERS = "partners", _("partner organisations")
    CITY = "city", _("operators of the districts")
    RESTRICTED = "restricted", _("whom the owner lets in")


class Kind(models.TextChoices):
    """Where the rows come from."""

    ENTITIES = "entities", _("things as they are now")
    HISTORY = "history", _("readings over time")
    PLATFORM = "platform", _("records of the platform")


class DataSetState(models.TextChoices):
    """Whether others know of a data set."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("taken back")


DATA_SET_STEPS: Table = {
    ("draft", "published"): step(_("Publish"), "owner", "system"),
    ("draft", "withdrawn"): step(_("Discard"), "owner", "system"),
    ("published", "withdrawn"): step(_("Take back"), "owner", "operator", "system"),
    ("withdrawn", "published"): step(_("Publish again"), "owner", "system"),
}


class RequestState(models.TextChoices):
    """Where a request to use a data set stands."""

    ASKED = "asked", _("waits for an answer")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("taken back")
    ENDED = "ended", _("ended")


REQUEST_STEPS: Table = {
    ("asked", "granted"): step(_("Let them in"), "owner", "operator", "system"),
    ("asked", "refused"): step(_("Refuse"), "owner", "operator", "system"),
    ("asked", "withdrawn"): step(_("Take the request back"), "asker"),
    ("granted", "ended"): step(_("End access"), "asker", "owner", "operator", "system"),
}
