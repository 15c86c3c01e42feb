"""Somebody asks to use a data set; its owner decides, with a reason, for a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, refuse
from kierto.hub.datasets import permissions, topics
from kierto.hub.datasets.names import asker_name
from kierto.hub.datasets.states import RequestState
from kierto.hub.errors.datasets import (
    DataAskedAlready,
    DataPurposeMissing,
    DataReasonMissing,
    DataUntilUnusable,
)
from kierto.hub.models import AccessRequest, DataSet
from kierto.notices.actions import notify
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for

LONGEST_DAYS: Final = 730
"""So long a grant lasts at most; whoever needs the data longer asks again."""

_LONGEST_TEXT: Final = 4_000


@transaction.atomic
def ask(data_set: DataSet, *, agent: Agent, purpose: str, by: Agent) -> AccessRequest:
    """Ask to use a restricted data set, for oneself or for an organisation.

    Raises:
        NotAllowed, DataPurposeMissing, DataAskedAlready.
    """
    data_set = DataSet.objects.select_for_update(of=("self",)).get(pk=data_set.pk)
    permissions.can_ask(by, data_set).require()
    speaks = ALLOWED if acts_for(by, agent) else refuse(_("You do not act for whom you ask."))
    speaks.require()
    purpose = purpose.strip()[:_LONGEST_TEXT]
    if not purpose:
        raise DataPurposeMissing
    if AccessRequest.objects.filter(
        data_set=data_set, agent=agent, state=RequestState.ASKED
    ).exists():
        raise DataAskedAlready(name=asker_name(agent))
    request = AccessRequest.objects.create(
        data_set=data_set, agent=agent, asked_by=by, purpose=purpose
    )
    _tell(data_set.owner, topics.ASKED, request)
    return request


@transaction.atomic
def grant(request: AccessRequest, *, until: date, reason: str, by: Agent) -> AccessRequest:
    """Let them in until the end of a day.

    Raises:
        NotAllowed, DataReasonMissing, DataUntilUnusable.
    """
    request = _stepped(request, RequestState.GRANTED, reason, by)
    today = timezone.localdate()
    if not today <= until <= today + timedelta(days=LONGEST_DAYS):
        raise DataUntilUnusable(most=LONGEST_DAYS)
    request.until = until
    request.save()
    said = {"until": until, "reason": _sentence(request.reason)}
    _tell(request.agent, topics.GRANTED, request, **said)
    return request


@transaction.atomic
def refuse_request(request: AccessRequest, *, reason: str, by: Agent) -> AccessRequest:
    """Do not let them in, and say why.

    Raises:
        NotAllowed, DataReasonMissing.
    """
    request = _stepped(request, RequestState.REFUSED, reason, by)
    request.save()
    _tell(request.agent, topics.REFUSED, request, reason=_sentence(request.reason))
    return request


@transaction.atomic
def withdraw_request(request: AccessRequest, *, by: Agent) -> AccessRequest:
    """Take one's request back before it is answered.

    Raises:
        NotAllowed.
    """
    request = _locked(request)
    permissions.can_move_request(by, request, RequestState.WITHDRAWN).require()
    request.state = RequestState.WITHDRAWN
    request.save(update_fields=["state"])
    _tell(request.data_set.owner, topics.WITHDRAWN, request)
    return request


@transaction.atomic
def end_access(request: AccessRequest, *, reason: str = "", by: Agent) -> AccessRequest:
    """They read it no more, from now on. Whoever asked needs no reason; whoever let them in does.

    Raises:
        NotAllowed, DataReasonMissing.
    """
    own = acts_for(by, request.agent)
    request = _stepped(request, RequestState.ENDED, reason, by, needs_reason=not own)
    request.save()
    if own:
        _tell(request.data_set.owner, topics.GIVEN_BACK, request)
    else:
        _tell(request.agent, topics.ENDED, request, reason=_sentence(request.reason))
    return request


def _stepped(
    request: AccessRequest, to: str, reason: str, by: Agent, *, needs_reason: bool = True
) -> AccessRequest:
    request = _locked(request)
    permissions.can_move_request(by, request, to).require()
    request.reason = reason.strip()[:_LONGEST_TEXT]
    if needs_reason and not request.reason:
        raise DataReasonMissing
    request.state, request.decided_by, request.decided_at = to, by, timezone.now()
    return request


def _locked(request: AccessRequest) -> AccessRequest:
    rows = AccessRequest.objects.select_for_update(of=("self",))
    return rows.select_related("data_set__owner", "agent").get(pk=request.pk)


def _tell(agent: Agent, topic: str, request: AccessRequest, **fields: Any) -> None:
    notify(
        agent,
        topic,
        path=reverse("hub:data_request", args=[request.pk]),
        who=request.agent,
        owner=request.data_set.owner,
        data_set=request.data_set.title,
        **fields,
    )


def _sentence(text: str) -> str:
    """Words of people end before ours go on."""
    return text if text.endswith((".", "!", "?", "؟")) else f"{text}."
