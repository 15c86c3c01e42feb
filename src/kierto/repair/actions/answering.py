"""The one question to owners: what they would have done without the repair."""

from __future__ import annotations

from django.db import transaction

from kierto.parties.models import Agent
from kierto.repair import permissions
from kierto.repair.actions.writing import locked
from kierto.repair.errors.tickets import AlternativeUnknown, AnsweredAlready
from kierto.repair.models import Answer, Ticket
from kierto.repair.states import Alternative


@transaction.atomic
def answer(ticket: Ticket, *, alternative: str | None, by: Agent) -> Answer:
    """Keep the answer; None skips the question, which is not asked again.

    Raises:
        NotAllowed, AlternativeUnknown, AnsweredAlready.
    """
    ticket = locked(ticket)
    permissions.can_answer(by, ticket).require()
    if alternative is not None and alternative not in Alternative.values:
        raise AlternativeUnknown(alternative=alternative)
    if Answer.objects.filter(ticket=ticket).exists():
        raise AnsweredAlready
    return Answer.objects.create(
        ticket=ticket, alternative=alternative or "", is_skipped=alternative is None
    )
