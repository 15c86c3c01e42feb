"""Who may describe, publish and read data sets, ask for those that are not open, and decide.

What a published data set is, everybody may know. Its rows are read by whom its openness names. A
grant opens the rows of one data set, never an entity outside of it.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, first_refusal, refuse
from kierto.core.transitions import Table, steps_from
from kierto.hub.access import CITY, PARTNERS, reader_of
from kierto.hub.datasets.queries import administered
from kierto.hub.datasets.states import (
    DATA_SET_STEPS,
    REQUEST_STEPS,
    DataSetState,
    Kind,
    Openness,
    RequestState,
)
from kierto.hub.models import AccessRequest, DataSet
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for, is_operator, operates, sees_everything, spoken_for

_LEVELS: dict[str, int] = {Openness.PARTNERS: PARTNERS, Openness.CITY: CITY}


def roles_of(by: Agent | None, data_set: DataSet) -> frozenset[str]:
    """What ``by`` is in regard to a data set, in the words of the tables of states."""
    if by is None:
        return frozenset()
    roles = set()
    if administered(by).filter(pk=data_set.owner_id).exists():
        roles.add("owner")
    if data_set.district_id is not None and operates(by, data_set.district_id):
        roles.add("operator")
    if sees_everything(by):
        roles.add("system")
    return frozenset(roles)


# ----------------------------------------------------------------- data sets


def can_add(by: Agent | None, owner: Agent, kind: str = Kind.ENTITIES) -> Decision:
    """For organisations one acts for; records of the platform: whoever runs it."""
    if by is None:
        return refuse(_("Sign in to describe a data set."))
    if sees_everything(by):
        return ALLOWED
    if not acts_for(by, owner):
        return refuse(_("You can describe data sets of organisations that you act for."))
    return _may_take(by, kind)


def can_give(by: Agent | None, openness: str) -> Decision:
    """What is open to partners or to the city is described by those who read it themselves.

    Otherwise the number of its rows would tell anybody what it holds, condition by condition.
    """
    level = _LEVELS.get(openness)
    if level is None or (by is not None and (sees_everything(by) or level in reader_of(by).levels)):
        return ALLOWED
    return refuse(
        _("You do not read that yourself. Let somebody describe it who does, or open it to others.")
    )


def can_see(by: Agent | None, data_set: DataSet) -> Decision:
    """What is published, everybody; the rest, the owner's people and administrators."""
    if data_set.state == DataSetState.PUBLISHED:
        return ALLOWED
    if by is not None and (sees_everything(by) or acts_for(by, data_set.owner)):
        return ALLOWED
    return refuse(_("This data set is not published."))


def can_edit(by: Agent | None, data_set: DataSet) -> Decision:
    """Drafts: the owner's people. What is published: those who may publish it."""
    if by is None:
        return refuse(_("Sign in to change this data set."))
    if data_set.state == DataSetState.WITHDRAWN:
        return refuse(_("This data set was taken back. Publish it again to change it."))
    if sees_everything(by):
        return ALLOWED
    if not acts_for(by, data_set.owner):
        return refuse(_("Only its owner can change this data set."))
    if data_set.state == DataSetState.PUBLISHED and "owner" not in roles_of(by, data_set):
        return refuse(_("Only the administrators of the organisation change what is published."))
    return first_refusal(_may_take(by, data_set.kind), can_give(by, data_set.openness))


def can_move(by: Agent | None, data_set: DataSet, to: str) -> Decision:
    """Whether its table of states has this step for ``by``."""
    return _has_step(DATA_SET_STEPS, data_set.state, to, roles_of(by, data_set))


def can_read_rows(by: Agent | None, data_set: DataSet) -> Decision:
    """Preview and downloads. Agrees with ``queries.readable_data_sets``."""
    seen = can_see(by, data_set)
    if not seen or data_set.openness == Openness.OPEN:
        return seen
    if by is None:
        return refuse(_("Sign in: this data set is not open to everybody."))
    if sees_everything(by):
        return ALLOWED
    level = _LEVELS.get(data_set.openness)
    if level is not None:
        allowed = level in reader_of(by).levels
        return ALLOWED if allowed else refuse(_("This data set is open to others than you."))
    if acts_for(by, data_set.owner) or _is_let_in(by, data_set):
        return ALLOWED
    return refuse(_("Only those whom the owner lets in read this data set. You can ask for it."))


def _may_take(by: Agent, kind: str) -> Decision:
    if kind == Kind.PLATFORM and not (is_operator(by) or sees_everything(by)):
        return refuse(_("Records of the platform are given by those who run it."))
    return ALLOWED


# ------------------------------------------------------------------ requests


def can_ask(by: Agent | None, data_set: DataSet) -> Decision:
    """Whoever is signed in and may not read a restricted data set."""
    if data_set.state != DataSetState.PUBLISHED or data_set.openness != Openness.RESTRICTED:
        return refuse(_("There is nothing to ask for: nobody is let into this data set."))
    if by is None:
        return refuse(_("Sign in to ask for access."))
    if can_read_rows(by, data_set):
        return refuse(_("You read this data set already."))
    open_one = AccessRequest.objects.filter(
        data_set=data_set, agent__in=spoken_for(by), state=RequestState.ASKED
    )
    if open_one.exists():
        return refuse(_("You have asked already. The answer is on its way."))
    return ALLOWED


def can_decide(by: Agent | None, data_set: DataSet) -> Decision:
    """Administrators of the owner, operators of the district, administrators of the node."""
    if by is not None and _decides(by, data_set):
        return ALLOWED
    return refuse(_("The owner of the data set decides about requests."))


def can_see_request(by: Agent | None, request: AccessRequest) -> Decision:
    """Whoever asked, and whoever decides."""
    if by is not None and (acts_for(by, request.agent) or _decides(by, request.data_set)):
        return ALLOWED
    return refuse(_("This request is somebody else's."))


def can_move_request(by: Agent | None, request: AccessRequest, to: str) -> Decision:
    """Whether its table of states has this step for ``by``; nobody answers themselves."""
    if by is None:
        return refuse(_("Sign in first."))
    own = acts_for(by, request.agent)
    if own and to in {RequestState.GRANTED, RequestState.REFUSED}:
        return refuse(_("Somebody else has to decide about your own request."))
    decides = _decides(by, request.data_set)
    roles = roles_of(by, request.data_set) if decides else frozenset()
    return _has_step(REQUEST_STEPS, request.state, to, roles | ({"asker"} if own else set()))


def _decides(by: Agent, data_set: DataSet) -> bool:
    """A district's operators have no say in what is not published."""
    roles = roles_of(by, data_set)
    return bool(roles & {"owner", "system"}) or (
        "operator" in roles and data_set.state == DataSetState.PUBLISHED
    )


def _is_let_in(by: Agent, data_set: DataSet) -> bool:
    return AccessRequest.objects.filter(
        data_set=data_set,
        agent__in=spoken_for(by),
        state=RequestState.GRANTED,
        until__gte=timezone.localdate(),
    ).exists()


def _has_step(table: Table, state: str, to: str, roles: frozenset[str]) -> Decision:
    if to in steps_from(table, state, roles):
        return ALLOWED
    return refuse(_("This step is not open to you, or not now."))
