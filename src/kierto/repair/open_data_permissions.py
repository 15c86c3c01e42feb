"""Who may bring open repair data in, take it out again, and publish that of our own repairs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.parties.models import Agent
from kierto.parties.queries import is_node_admin, is_operator, is_system
from kierto.repair.models import DataSet

SIGN_IN = refuse(_("Sign in first."))


def can_import_open_data(by: Agent | None) -> Decision:
    """Operators of districts and administrators of the node; and the node itself."""
    if by is None:
        return SIGN_IN
    if is_system(by) or is_operator(by) or is_node_admin(by):
        return ALLOWED
    return refuse(_("Only those who run a district or the node import open repair data."))


def can_remove_data_set(by: Agent | None, data_set: DataSet) -> Decision:
    """Whoever imported it and still may, and administrators of the node."""
    allowed = can_import_open_data(by)
    if by is None or not allowed:
        return allowed
    if is_system(by) or is_node_admin(by) or data_set.imported_by_id == by.pk:
        return ALLOWED
    return refuse(_("Only whoever imported it, or those who run the node, can remove it."))


def can_export_own(by: Agent | None) -> Decision:
    """Whoever may import: rows of our own repairs hold words that people wrote."""
    if by is not None and can_import_open_data(by):
        return ALLOWED
    return refuse(_("Only those who run a district or the node take our own repairs out."))
