"""The states of what is exchanged, and who may take each step.

Expiry is not a state: a clock can tell it. Roles: ``owner`` acts for the agent whose object it
is, ``party`` for an agent that has to answer, ``recorder`` for the side that recorded,
``other_party`` for the side that did not, ``proposer`` made the proposal, ``operator`` runs the
district, ``system`` is this node.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kierto.core.transitions import Table, step


class Visibility(models.TextChoices):
    """Who may know of an offer or need."""

    PUBLIC = "public", _("everybody")
    PARTNERS = "partners", _("partners of the district")
    MATCHED = "matched", _("only the planner and a matched partner")


class IntentState(models.TextChoices):
    """Where an offer, a need or a processor stands."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


INTENT_STEPS: Table = {
    ("draft", "open"): step(_("Publish"), "owner", "operator", "system"),
    ("open", "paused"): step(_("Pause"), "owner", "operator", "system"),
    ("paused", "open"): step(_("Open again"), "owner", "operator", "system"),
    ("draft", "closed"): step(_("Discard"), "owner", "operator", "system"),
    ("open", "closed"): step(_("Close"), "owner", "operator", "system"),
    ("paused", "closed"): step(_("Close"), "owner", "operator", "system"),
}


PROCESSOR_STEPS: Table = INTENT_STEPS


class ProposalState(models.TextChoices):
    """Where a proposal stands. Too late to answer is derived from its day."""

    OPEN = "open", _("waiting for answers")
    ACCEPTED = "accepted", _("accepted by all")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


PROPOSAL_STEPS: Table = {
    ("open", "accepted"): step(_("Accept"), "party"),
    ("open", "declined"): step(_("Decline"), "party"),
    ("open", "withdrawn"): step(_("Withdraw"), "proposer", "operator", "system"),
}


class DeliveryState(models.TextChoices):
    """Where a delivery stands. Only a confirmed one is an event."""

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
