"""The verbs of people and organisations; the only writers of this app."""

from __future__ import annotations

from kierto.parties.actions.invitations import (
    accept_invitation,
    decline_invitation,
    invite,
    withdraw_invitation,
)
from kierto.parties.actions.organizations import (
    add_member,
    change_organization,
    change_role,
    create_organization,
    remove_member,
)
from kierto.parties.actions.people import (
    change_profile,
    create_account,
    give_consent,
    register_person,
    withdraw_consent,
)
from kierto.parties.actions.places import (
    add_place,
    change_district,
    change_place,
    create_district,
    remove_place,
)
from kierto.parties.actions.privacy import erase_person, export_person
from kierto.parties.actions.roles import appoint, appoint_first_admin, dismiss

__all__ = [
    "accept_invitation",
    "add_member",
    "add_place",
    "appoint",
    "appoint_first_admin",
    "change_district",
    "change_organization",
    "change_place",
    "change_profile",
    "change_role",
    "create_account",
    "create_district",
    "create_organization",
    "decline_invitation",
    "dismiss",
    "erase_person",
    "export_person",
    "give_consent",
    "invite",
    "register_person",
    "remove_member",
    "remove_place",
    "withdraw_consent",
    "withdraw_invitation",
]
