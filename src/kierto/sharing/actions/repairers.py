"""What is promised to a repairer: to bring a thing, and to get it back."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from kierto.ledger.actions import cancel_commitment, create_agreement
from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.models import Action, Agreement
from kierto.ledger.queries import fulfilled
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for, system_agent
from kierto.sharing.errors import maintenance as errors
from kierto.sharing.models import Maintenance


def promise_repair(care_of: Maintenance, by: Agent) -> None:
    """Promise the repairer to bring it, and let them promise to give it back."""
    thing = care_of.thing
    collection = thing.collection
    repairer = collection.repairer
    if repairer is None:
        raise errors.NoRepairer
    zone = ZoneInfo(collection.timezone)
    days = (care_of.begins.astimezone(zone).date(), care_of.ends.astimezone(zone).date())
    owner = collection.owner
    drafts = [
        CommitmentDraft(
            action=action,
            provider=provider,
            receiver=receiver,
            conforms_to=thing.kind,
            quantity=Decimal(care_of.quantity),
            resource=thing.resource,
            has_beginning=days[0],
            has_end=days[1],
            from_place=collection.place,
        )
        for action, provider, receiver in (
            (Action.ACCEPT, owner, repairer),
            (Action.MODIFY, repairer, owner),
        )
    ]
    # The operator of a district runs a collection without speaking for its owner: then the node
    # writes the promise down.
    writer = by if acts_for(by, owner) else system_agent()
    care_of.agreement = create_agreement(
        name=f"{thing.name}: {care_of.title}", note=_problem(care_of), commitments=drafts, by=writer
    )
    care_of.save(update_fields=["agreement"])


def _problem(care_of: Maintenance) -> str:
    instructions = care_of.plan.instructions if care_of.plan is not None else ""
    return "\n\n".join(filter(None, [care_of.title, care_of.note, instructions]))


def is_at_repairer(care_of: Maintenance) -> bool:
    """Whether it was brought there and did not come back."""
    if care_of.agreement is None:
        return False
    kept = {each.action: fulfilled(each) for each in care_of.agreement.commitments.all()}
    return kept.get(Action.ACCEPT, Decimal(0)) > kept.get(Action.MODIFY, Decimal(0))


def take_back_promises(care_of: Maintenance) -> None:
    """Take back what the repairer has not begun to keep."""
    agreement: Agreement | None = care_of.agreement
    for promise in agreement.commitments.filter(cancelled_at=None) if agreement else ():
        if not fulfilled(promise):
            cancel_commitment(promise, by=system_agent())
