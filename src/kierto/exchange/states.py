"""The states of what is exchanged, and who may take each step.

Expiry is not a state: a clock can tell it. Roles: ``owner`` acts for the agent whose object it
is, ``party`` for an agent that has to answer, ``other_party`` for the side that did not record,
``operator`` runs the district, ``system`` is this node.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import Table, step


class IntentState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


INTENT_STEPS: Table = {
    ("draft", "open"): step(_("Publish"), "owner", "operator"),
    ("open", "paused"): step(_("Pause"), "owner", "operator"),
    ("paused", "open"): step(_("Open again"), "owner", "operator"),
    ("draft", "closed"): step(_("Discard"), "owner", "operator"),
    ("open", "closed"): step(_("Close"), "owner", "operator", "system"),
    ("paused", "closed"): step(_("Close"), "owner", "operator", "system"),
}


class ProposalState(models.TextChoices):
    OPEN = "open", _("waiting for answers")
    ACCEPTED = "accepted", _("accepted by all")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


PROPOSAL_STEPS: Table = {
    ("open", "accepted"): step(_("Accept"), "party"),
    ("open", "declined"): step(_("Decline"), "party"),
    ("open", "withdrawn"): step(_("Withdraw"), "operator", "system"),
}


class DeliveryState(models.TextChoices):
    RECORDED = "recorded", _("waiting for confirmation")
    CONFIRMED = "confirmed", _("confirmed")
    DISPUTED = "disputed", _("disputed")
    WITHDRAWN = "withdrawn", _("withdrawn")


DELIVERY_STEPS: Table = {
    ("recorded", "confirmed"): step(_("Confirm"), "other_party"),
    ("recorded", "disputed"): step(_("This is not right"), "other_party"),
    ("recorded", "withdrawn"): step(_("Withdraw"), "recorder"),
    ("disputed", "withdrawn"): step(_("Withdraw"), "recorder"),
    ("disputed", "confirmed"): step(_("Confirm after all"), "other_party"),
}
