"""Money at the desk: charged, paid, waived; deposits left, handed back, kept.

Every step is a promise or an event of the ledger. Euros come from outside the ledger: what the
borrower's purse lacks there is raised as it is paid.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from kierto.core.decision import ALLOWED, Decision
from kierto.core.money import CENT
from kierto.ledger.actions import cancel_commitment, create_agreement, record_event
from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.models import Action, Agreement, EconomicEvent, EconomicResource, Provenance
from kierto.ledger.permissions import can_promise
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for, system_agent
from kierto.sharing.charges import (
    Standing,
    deposit_stocks,
    euro,
    reference_of,
    standings,
    with_promises,
)
from kierto.sharing.errors.charges import (
    AmountNotMoney,
    KeepingNeedsNote,
    KeepsTooMuch,
    NoDepositHeld,
    NotADeposit,
    NothingDue,
    OwesOneself,
    PartlyPaid,
    PaysTooMuch,
    WaiverNeedsReason,
)
from kierto.sharing.models import Booking, Charge, Collection, Loan
from kierto.sharing.permissions import can_staff
from kierto.sharing.states import Reason

NOTE_LENGTH = 300
MOST = Decimal(1_000_000)
OWN_DOING = frozenset({Reason.MEMBERSHIP, Reason.PRICE})
"""What people may charge themselves, by joining or booking."""


def can_charge(by: Agent, collection: Collection, borrower: Agent, reason: str) -> Decision:
    """Staff charge others; whoever joins or books owes the price by their own doing."""
    if reason in OWN_DOING and acts_for(by, borrower):
        return ALLOWED
    return can_staff(by, collection)


@transaction.atomic
def charge(
    *,
    collection: Collection,
    borrower: Agent,
    reason: str,
    amount: Decimal,
    booking: Booking | None = None,
    loan: Loan | None = None,
    note: str = "",
    by: Agent,
) -> Charge:
    """Write down that somebody owes euros, or is to leave them as a deposit.

    Raises:
        NotAllowed, AmountNotMoney, OwesOneself, MoneyUnknown.
    """
    can_charge(by, collection, borrower, reason).require()
    amount = _money(amount)
    if borrower.pk == collection.owner_id:
        raise OwesOneself
    return Charge.objects.create(
        collection=collection,
        borrower=borrower,
        reason=Reason(reason),
        commitment=_promise(collection, borrower, Reason(reason), amount, by).commitments.get(),
        booking=booking,
        loan=loan,
        note=note.strip()[:NOTE_LENGTH],
        created_by=by,
    )


@transaction.atomic
def pay(charge: Charge, *, amount: Decimal | None = None, by: Agent) -> Charge:
    """Take in all that is due, or a part of it; a deposit is left here and stays the borrower's.

    Raises:
        NotAllowed, NothingDue, AmountNotMoney, PaysTooMuch.
    """
    standing = _locked(charge, by)
    if not standing.due:
        raise NothingDue
    paid = standing.due if amount is None else _money(amount)
    if paid > standing.due:
        raise PaysTooMuch(due=standing.due)
    stored = standing.charge
    promise = stored.commitment
    record_event(
        action=promise.action,
        provider=promise.provider,
        receiver=promise.receiver,
        conforms_to=promise.conforms_to,
        quantity=paid,
        to_resource=_strongbox(standing) if standing.is_deposit else None,
        location=stored.collection.place,
        fulfills=promise,
        find_stock=True,
        arises=True,
        provenance=Provenance.FORM,
        provenance_reference=reference_of(stored),
        by=by,
    )
    return stored


@transaction.atomic
def waive(charge: Charge, *, reason: str, by: Agent) -> Charge:
    """Let go of what nobody has paid yet, and say why.

    Raises:
        NotAllowed, WaiverNeedsReason, NothingDue, PartlyPaid.
    """
    standing = _locked(charge, by)
    if not reason.strip():
        raise WaiverNeedsReason
    if not standing.due:
        raise NothingDue
    if standing.paid:
        raise PartlyPaid(paid=standing.paid)
    stored = standing.charge
    cancel_commitment(stored.commitment, by=by)
    stored.note = " · ".join(filter(None, [stored.note, reason.strip()]))[:NOTE_LENGTH]
    stored.save(update_fields=["note"])
    stored.commitment.refresh_from_db(fields=["cancelled_at"])
    return stored


@transaction.atomic
def hand_back_deposit(charge: Charge, *, by: Agent) -> Charge:
    """Give back what lies here of a deposit. What was not left yet is no longer asked for.

    Raises:
        NotAllowed, NotADeposit, NoDepositHeld.
    """
    standing = _deposit(charge, by)
    stored = standing.charge
    own, here = deposit_stocks(stored)
    stored.returned = _move(stored, Action.TRANSFER_CUSTODY, here, own, standing.held, "", by)
    stored.save(update_fields=["returned"])
    return stored


@transaction.atomic
def keep_deposit(charge: Charge, *, amount: Decimal, note: str, by: Agent) -> Charge:
    """Keep a part of a deposit, or all of it, for what the note says; the rest stays held.

    Raises:
        NotAllowed, NotADeposit, NoDepositHeld, AmountNotMoney, KeepsTooMuch, KeepingNeedsNote.
    """
    standing = _deposit(charge, by)
    kept = _money(amount)
    if kept > standing.held:
        raise KeepsTooMuch(held=standing.held)
    if not note.strip():
        raise KeepingNeedsNote
    stored = standing.charge
    own, here = deposit_stocks(stored)
    _move(stored, Action.TRANSFER_ALL_RIGHTS, own, here, kept, note.strip(), by)
    stored.note = " · ".join(filter(None, [stored.note, note.strip()]))[:NOTE_LENGTH]
    stored.save(update_fields=["note"])
    return stored


def drop_deposits(booking: Booking, *, by: Agent) -> None:
    """All is back: a deposit that nobody has left is no longer asked for."""
    found = Charge.objects.filter(booking=booking, reason=Reason.DEPOSIT)
    for each in with_promises(found).filter(commitment__cancelled_at__isnull=True):
        standing = _locked(each, by)
        if standing.due and not standing.paid:
            cancel_commitment(standing.charge.commitment, by=by)


def _locked(charge: Charge, by: Agent) -> Standing:
    """The charge as it stands now; nobody else pays or waives it meanwhile."""
    Charge.objects.select_for_update().get(pk=charge.pk)
    rows = with_promises(Charge.objects.filter(pk=charge.pk)).select_related(
        "commitment__provider",
        "commitment__receiver",
        "commitment__conforms_to",
        "collection__place",
        "collection__owner",
    )
    stored = rows.get()
    can_staff(by, stored.collection).require()
    return standings([stored])[0]


def _deposit(charge: Charge, by: Agent) -> Standing:
    standing = _locked(charge, by)
    if not standing.is_deposit:
        raise NotADeposit
    if not standing.held:
        raise NoDepositHeld
    return standing


def _money(amount: Decimal) -> Decimal:
    amount = Decimal(amount)
    if not CENT <= amount <= MOST or amount != amount.quantize(CENT):
        raise AmountNotMoney
    return amount.quantize(CENT)


def _promise(
    collection: Collection, borrower: Agent, reason: Reason, amount: Decimal, by: Agent
) -> Agreement:
    """The promise in an agreement of its own, so that it can be kept or cancelled by itself."""
    today = timezone.localdate()
    deposit = reason == Reason.DEPOSIT
    draft = CommitmentDraft(
        action=Action.TRANSFER_CUSTODY if deposit else Action.TRANSFER,
        provider=borrower,
        receiver=collection.owner,
        conforms_to=euro(),
        quantity=amount,
        has_beginning=today,
        has_end=today,
        to_place=collection.place,
    )
    # Operators run the desks of their district without being a party; the node writes for them.
    writer = by if can_promise(by, borrower, collection.owner) else system_agent()
    return create_agreement(
        name=f"{reason.label} · {collection.name}", commitments=[draft], by=writer
    )


def _strongbox(standing: Standing) -> EconomicResource:
    """Where a deposit lies: apart from the owner's own money, since it is not theirs."""
    if standing.paid:
        return deposit_stocks(standing.charge)[1]
    return EconomicResource(
        conforms_to=standing.charge.commitment.conforms_to,
        name=str(Reason.DEPOSIT.label),
        accounting_quantity=Decimal(0),
        onhand_quantity=Decimal(0),
    )


def _move(
    charge: Charge,
    action: str,
    source: EconomicResource,
    target: EconomicResource,
    amount: Decimal,
    note: str,
    by: Agent,
) -> EconomicEvent:
    """Euros of a deposit go back (custody), or become the owner's (rights)."""
    promise = charge.commitment
    back = action == Action.TRANSFER_CUSTODY
    return record_event(
        action=action,
        provider=promise.receiver if back else promise.provider,
        receiver=promise.provider if back else promise.receiver,
        conforms_to=promise.conforms_to,
        quantity=amount,
        resource=source,
        to_resource=target,
        location=charge.collection.place,
        realization_of=promise.agreement,
        note=note,
        provenance=Provenance.FORM,
        provenance_reference=reference_of(charge),
        by=by,
    )
