"""Who may do what in sharing, and the sentence that says why not.

Staff stand at the desk of a collection, keepers run it; keepers are staff too. The node itself
may do what keepers may: importers, the clock and the demonstration write in its name.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.core.transitions import Table
from kierto.parties.models import Agent, AgentType, Place
from kierto.parties.queries import acts_for, administers, is_system, operates
from kierto.sharing import queries
from kierto.sharing.models import Booking, Collection, Membership, Thing
from kierto.sharing.states import THING_STEPS

STAFF = "staff"
KEEPER = "keeper"
SYSTEM = "system"
BORROWER = "borrower"

SIGN_IN = refuse(_("Sign in first."))
_NOT_SHOWN = refuse(_("This is not shown to you."))


def _decide(by: Agent | None, allowed: bool, reason: object) -> Decision:
    if allowed:
        return ALLOWED
    return SIGN_IN if by is None else refuse(reason)


# --------------------------------------------------------------------------- roles


def roles_in(by: Agent | None, collection: Collection) -> frozenset[str]:
    """The roles of ``by`` towards a collection: staff, keeper, system."""
    if by is None:
        return frozenset()
    if is_system(by):
        return frozenset({STAFF, KEEPER, SYSTEM})
    if _keeps(by, collection):
        return frozenset({STAFF, KEEPER})
    if acts_for(by, collection.owner):
        return frozenset({STAFF})
    return frozenset()


def _keeps(by: Agent, collection: Collection) -> bool:
    owner = collection.owner
    if owner.pk == by.pk or operates(by, collection.place.district_id):
        return True
    return owner.type == AgentType.ORGANIZATION and administers(by, owner.organization)


def roles_for_booking(by: Agent | None, booking: Booking) -> frozenset[str]:
    """The roles of ``by`` towards a booking: those in its collection, and borrower."""
    roles = roles_in(by, booking.collection)
    return roles | {BORROWER} if acts_for(by, booking.borrower) else roles


def is_staff(by: Agent | None, collection: Collection) -> bool:
    """Whether ``by`` may work at the desk of the collection."""
    return STAFF in roles_in(by, collection)


def can_staff(by: Agent | None, collection: Collection) -> Decision:
    """Whether ``by`` may do what is done at the desk: hand out, take back, enrol."""
    allowed = is_staff(by, collection)
    return _decide(by, allowed, _("Only the staff of this collection can do this."))


def can_keep(by: Agent | None, collection: Collection) -> Decision:
    """Whether ``by`` may change the collection itself: rules, hours, what is in it."""
    allowed = KEEPER in roles_in(by, collection)
    return _decide(by, allowed, _("Only those who run this collection can change it."))


def judge_step(table: Table, current: str, wanted: str, roles: frozenset[str]) -> Decision:
    """Whether a step of a state table may be taken, as a decision with a reason."""
    transition = table.get((current, wanted))
    if transition is None:
        return refuse(_("This step is not possible from its present state."))
    if transition.by.isdisjoint(roles):
        return refuse(_who_may(transition.by))
    return ALLOWED


def _who_may(roles: frozenset[str]) -> object:
    if BORROWER in roles:
        return _("Only the borrower and the staff of this collection can do this.")
    if STAFF in roles:
        return _("Only the staff of this collection can do this.")
    if KEEPER in roles:
        return _("Only those who run this collection can do this.")
    return _("Only the node itself can do this.")


# --------------------------------------------------------------------------- what one sees


def can_see_collection(by: Agent | None, collection: Collection) -> Decision:
    """Whether ``by`` may know of it; the same rule as the lists."""
    shown = queries.visible_collections(by).filter(pk=collection.pk).exists()
    return ALLOWED if shown else _NOT_SHOWN


def can_see_thing(by: Agent | None, thing: Thing) -> Decision:
    """Whether ``by`` may know of it; the same rule as the lists."""
    shown = queries.visible_things(by).filter(pk=thing.pk).exists()
    return ALLOWED if shown else _NOT_SHOWN


def can_see_booking(by: Agent | None, booking: Booking) -> Decision:
    """The borrower, whoever acts for them, and the staff."""
    shown = queries.visible_bookings(by).filter(pk=booking.pk).exists()
    return _decide(by, shown, _("Bookings are shown to the borrower and the staff only."))


def can_see_member(by: Agent | None, membership: Membership) -> Decision:
    """The member, whoever acts for them, and the staff."""
    shown = queries.visible_memberships(by).filter(pk=membership.pk).exists()
    return _decide(by, shown, _("Members are shown to themselves and the staff only."))


# --------------------------------------------------------------------------- collections


def can_create_collection(by: Agent | None, owner: Agent, place: Place) -> Decision:
    """People for themselves, administrators for organisations, the operator for its district."""
    if by is None:
        return SIGN_IN
    allowed = is_system(by) or by.pk == owner.pk or operates(by, place.district_id)
    if not allowed and owner.type == AgentType.ORGANIZATION:
        allowed = administers(by, owner.organization)
    return _decide(
        by, allowed, _("You can open a collection for yourself and for what you administer.")
    )


def can_move_collection(by: Agent | None, collection: Collection, to: str) -> Decision:
    """Whether ``by`` may publish, pause, reopen or close it."""
    return judge_step(THING_STEPS, collection.state, to, roles_in(by, collection))


# --------------------------------------------------------------------------- members


def can_enrol(by: Agent | None, collection: Collection, agent: Agent) -> Decision:
    """Everybody enrols themselves and those they act for; the staff enrol others."""
    allowed = acts_for(by, agent) or is_staff(by, collection)
    return _decide(by, allowed, _("Only the staff of this collection can enrol others."))


def can_renew_membership(by: Agent | None, membership: Membership) -> Decision:
    """The member and the staff."""
    return can_enrol(by, membership.collection, membership.agent)


def can_agree(by: Agent | None, membership: Membership) -> Decision:
    """Only the member agrees to the rules, or the staff for one who signed on paper."""
    return can_enrol(by, membership.collection, membership.agent)
