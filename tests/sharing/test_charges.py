"""Money is promised, paid, waived and handed back in the ledger, and nowhere else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kierto.core.errors import DomainError, NotAllowed
from kierto.ledger.actions import reverse_event
from kierto.ledger.models import EconomicEvent, EconomicResource
from kierto.ledger.queries import stock_of
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import charges
from kierto.sharing.actions.charges import (
    charge,
    hand_back_deposit,
    keep_deposit,
    pay,
    waive,
)
from kierto.sharing.errors.charges import (
    AmountNotMoney,
    KeepingNeedsNote,
    KeepsTooMuch,
    MoneyUnknown,
    NoDepositHeld,
    NotADeposit,
    NothingDue,
    OwesOneself,
    PartlyPaid,
    PaysTooMuch,
    WaiverNeedsReason,
)
from kierto.sharing.models import Charge, Collection
from kierto.sharing.states import Reason
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
)
from tests.factories.sharing import make_collection, make_euro


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection()


@pytest.fixture
def borrower(db: None) -> Agent:
    return make_person().agent


def owe(collection: Collection, borrower: Agent, reason: str, amount: str) -> Charge:
    return charge(
        collection=collection,
        borrower=borrower,
        reason=reason,
        amount=Decimal(amount),
        by=system_agent(),
    )


def euros_of(agent: Agent) -> Decimal:
    return stock_of(agent, make_euro())


def test_what_is_charged_is_due_until_it_is_paid(collection: Collection, borrower: Agent) -> None:
    fine = owe(collection, borrower, Reason.FINE, "4.50")
    assert charges.due(fine) == Decimal("4.50")
    pay(fine, amount=Decimal("1.50"), by=system_agent())
    assert charges.due(fine) == Decimal("3.00")
    pay(fine, by=system_agent())
    assert charges.due(fine) == 0
    assert euros_of(collection.owner) == Decimal("4.50")
    assert euros_of(borrower) == 0


def test_paying_more_than_is_due_is_refused(collection: Collection, borrower: Agent) -> None:
    fine = owe(collection, borrower, Reason.FINE, "4.50")
    with pytest.raises(PaysTooMuch):
        pay(fine, amount=Decimal("4.51"), by=system_agent())
    pay(fine, by=system_agent())
    with pytest.raises(NothingDue):
        pay(fine, by=system_agent())
    with pytest.raises(NothingDue):
        waive(fine, reason="kindness", by=system_agent())


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1.005"])
def test_amounts_are_whole_cents_above_nothing(
    collection: Collection, borrower: Agent, amount: str
) -> None:
    with pytest.raises(AmountNotMoney):
        owe(collection, borrower, Reason.FINE, amount)


def test_a_payment_that_is_reversed_is_due_again(collection: Collection, borrower: Agent) -> None:
    fine = owe(collection, borrower, Reason.FINE, "2")
    pay(fine, by=system_agent())
    event = EconomicEvent.objects.get(fulfills__commitment=fine.commitment)
    reverse_event(event, reason="counted twice", by=system_agent())
    assert charges.due(fine) == Decimal("2")


def test_waiving_says_why_and_takes_the_promise_back(
    collection: Collection, borrower: Agent
) -> None:
    fine = owe(collection, borrower, Reason.FINE, "2")
    with pytest.raises(WaiverNeedsReason):
        waive(fine, reason=" ", by=system_agent())
    waived = waive(fine, reason="the tram stood still", by=system_agent())
    assert waived.note == "the tram stood still"
    assert charges.due(fine) == 0
    assert charges.standing_of(fine).waived_at is not None
    with pytest.raises(NothingDue):
        pay(fine, by=system_agent())


def test_what_is_partly_paid_is_not_waived(collection: Collection, borrower: Agent) -> None:
    fine = owe(collection, borrower, Reason.FINE, "2")
    pay(fine, amount=Decimal("0.50"), by=system_agent())
    with pytest.raises(PartlyPaid):
        waive(fine, reason="kindness", by=system_agent())
    assert charges.due(fine) == Decimal("1.50")


def test_a_deposit_lies_apart_and_goes_back_whole(collection: Collection, borrower: Agent) -> None:
    deposit = owe(collection, borrower, Reason.DEPOSIT, "50")
    with pytest.raises(NoDepositHeld):
        hand_back_deposit(deposit, by=system_agent())
    pay(deposit, by=system_agent())
    assert charges.standing_of(deposit).held == 50
    assert euros_of(collection.owner) == 0
    here = EconomicResource.objects.get(custodian=collection.owner, onhand_quantity=50)
    assert here.accounting_quantity == 0
    hand_back_deposit(deposit, by=system_agent())
    assert charges.standing_of(deposit).held == 0
    here.refresh_from_db()
    assert here.onhand_quantity == 0
    with pytest.raises(NoDepositHeld):
        hand_back_deposit(deposit, by=system_agent())


def test_a_part_of_a_deposit_is_kept_and_the_rest_goes_back(
    collection: Collection, borrower: Agent
) -> None:
    deposit = owe(collection, borrower, Reason.DEPOSIT, "50")
    pay(deposit, amount=Decimal(20), by=system_agent())
    pay(deposit, by=system_agent())
    with pytest.raises(KeepingNeedsNote):
        keep_deposit(deposit, amount=Decimal(5), note="", by=system_agent())
    with pytest.raises(KeepsTooMuch):
        keep_deposit(deposit, amount=Decimal(51), note="cable", by=system_agent())
    keep_deposit(deposit, amount=Decimal(5), note="cable", by=system_agent())
    keep_deposit(deposit, amount=Decimal("7.50"), note="plug", by=system_agent())
    standing = charges.standing_of(deposit)
    assert (standing.kept, standing.held) == (Decimal("12.50"), Decimal("37.50"))
    hand_back_deposit(deposit, by=system_agent())
    assert euros_of(collection.owner) == Decimal("12.50")
    assert euros_of(borrower) == Decimal("37.50")
    assert charges.standing_of(deposit).held == 0


def test_a_deposit_kept_whole_leaves_nothing_to_hand_back(
    collection: Collection, borrower: Agent
) -> None:
    deposit = owe(collection, borrower, Reason.DEPOSIT, "50")
    pay(deposit, by=system_agent())
    keep_deposit(deposit, amount=Decimal(50), note="it is lost", by=system_agent())
    with pytest.raises(NoDepositHeld):
        hand_back_deposit(deposit, by=system_agent())


def test_only_deposits_go_back(collection: Collection, borrower: Agent) -> None:
    fine = owe(collection, borrower, Reason.FINE, "2")
    with pytest.raises(NotADeposit):
        hand_back_deposit(fine, by=system_agent())
    with pytest.raises(NotADeposit):
        keep_deposit(fine, amount=Decimal(1), note="no", by=system_agent())


def test_two_deposits_of_one_borrower_are_kept_apart(
    collection: Collection, borrower: Agent
) -> None:
    first = owe(collection, borrower, Reason.DEPOSIT, "50")
    second = owe(collection, borrower, Reason.DEPOSIT, "20")
    for each in (first, second):
        pay(each, by=system_agent())
    keep_deposit(second, amount=Decimal(20), note="lost", by=system_agent())
    hand_back_deposit(first, by=system_agent())
    assert charges.standing_of(first).held == 0
    assert charges.standing_of(second).kept == 20
    assert euros_of(collection.owner) == 20


def test_due_from_adds_up_by_reason(collection: Collection, borrower: Agent) -> None:
    owe(collection, borrower, Reason.FINE, "2")
    owe(collection, borrower, Reason.DAMAGE, "10")
    owe(make_collection(), borrower, Reason.FINE, "99")
    waive(owe(collection, borrower, Reason.FINE, "3"), reason="first time", by=system_agent())
    assert charges.due_from(borrower, collection) == 12
    assert charges.due_from(borrower, collection, Reason.FINE) == 2


def test_the_owner_owes_itself_nothing(collection: Collection) -> None:
    with pytest.raises(OwesOneself):
        owe(collection, collection.owner, Reason.FINE, "1")


def test_without_a_kind_for_euros_nothing_is_charged(
    collection: Collection, borrower: Agent
) -> None:
    make_euro().delete()
    with pytest.raises(MoneyUnknown):
        owe(collection, borrower, Reason.FINE, "1")


STAFF = {"member", "organization_admin", "operator", "node_admin", "system"}


def test_every_role_at_the_till(db: None) -> None:
    district = make_district()
    organization = make_organization()
    collection = make_collection(organization, place=make_place(organization.agent))
    borrower = make_person().agent
    people = {
        **make_agents(organization, district),
        "borrower": borrower,
        "stranger": make_organization().agent,
        "system": system_agent(),
    }
    for role, by in people.items():
        if by is None:
            continue
        fine = owe(collection, borrower, Reason.FINE, "2")
        deposit = owe(collection, borrower, Reason.DEPOSIT, "5")
        outcomes = [
            _works(lambda by=by: charge(
                collection=collection, borrower=borrower, reason=Reason.FINE,
                amount=Decimal(1), by=by,
            )),
            _works(lambda by=by, fine=fine: pay(fine, amount=Decimal(1), by=by)),
            _works(lambda by=by: waive(owe(collection, borrower, Reason.FINE, "3"),
                                       reason="ok", by=by)),
            _works(lambda by=by, deposit=deposit: pay(deposit, by=by)),
        ]  # fmt: skip
        if role not in STAFF:
            pay(deposit, by=system_agent())
        outcomes += [
            _works(lambda by=by, deposit=deposit: keep_deposit(
                deposit, amount=Decimal(1), note="cable", by=by
            )),
            _works(lambda by=by, deposit=deposit: hand_back_deposit(deposit, by=by)),
        ]  # fmt: skip
        assert outcomes == [role in STAFF] * 6, role


def test_people_owe_their_membership_by_joining(collection: Collection, borrower: Agent) -> None:
    made = charge(
        collection=collection,
        borrower=borrower,
        reason=Reason.MEMBERSHIP,
        amount=Decimal(30),
        by=borrower,
    )
    assert charges.due(made) == 30
    with pytest.raises(NotAllowed):
        charge(
            collection=collection,
            borrower=borrower,
            reason=Reason.FINE,
            amount=Decimal(30),
            by=borrower,
        )


def _works(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except DomainError:
        return False
    return True


class DepositsAddUp(TestCase):
    """Whatever is kept and however often: paid is kept plus held, and the owner has what was kept."""

    @settings(max_examples=15)
    @given(st.integers(1, 5000), st.lists(st.integers(1, 3000), max_size=4))
    def test_paid_is_kept_plus_held(self, cents: int, wishes: list[int]) -> None:
        collection, borrower = make_collection(), make_person().agent
        deposit = owe(collection, borrower, Reason.DEPOSIT, str(Decimal(cents) / 100))
        pay(deposit, by=system_agent())
        for wish in wishes:
            try:
                keep_deposit(deposit, amount=Decimal(wish) / 100, note="part", by=system_agent())
            except (KeepsTooMuch, NoDepositHeld):
                continue
        standing = charges.standing_of(deposit)
        assert standing.paid == standing.kept + standing.held
        assert euros_of(collection.owner) == standing.kept
