from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.foundation.ledger import AccountKind, Entry, EntryKey, Posting, account
from galleria.foundation.ledger.model import AccountId, Booked, EntryId, LotId, OpenLot, SpentLot
from galleria.foundation.ledger.rules import (
    InsufficientBalance,
    NothingToReturn,
    Unsound,
    choose,
    plan,
    require_sound,
    unwind,
)
from galleria.kernel.ids import GroupId

OWNER = UUID(int=7)
GROUP = GroupId(UUID(int=9))
WALLET = account(AccountKind.MEMBER_POINTS, OWNER, "points")
OTHER = account(AccountKind.MEMBER_POINTS, UUID(int=8), "points")
SHOP = account(AccountKind.MERCHANT_PAYABLE, OWNER, "points")


def lot(free: int, source: UUID | None = None, account_id: AccountId = WALLET.id) -> OpenLot:
    return OpenLot(LotId(uuid4()), account_id, free, None, "earn", source or uuid4())


def booked(*postings: Posting) -> Booked:
    return Booked(EntryId(uuid4()), GROUP, None, Entry("spend", uuid4(), postings))


def test_an_account_is_the_same_for_everybody_who_names_it() -> None:
    assert account(AccountKind.MEMBER_POINTS, OWNER, "points") == WALLET
    others = {
        account(AccountKind.MEMBER_POINTS_PENDING, OWNER, "points").id,
        account(AccountKind.MEMBER_POINTS, UUID(int=8), "points").id,
        account(AccountKind.MEMBER_POINTS, OWNER, "CNY").id,
    }
    assert len(others - {WALLET.id}) == 3


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [Posting(WALLET, 0), Posting(SHOP, 0)],
        [Posting(WALLET, 5)],
        [Posting(WALLET, 5), Posting(SHOP, -4)],
        [Posting(WALLET, 5), Posting(account(AccountKind.MERCHANT_PAYABLE, OWNER, "CNY"), -5)],
    ],
)
def test_what_does_not_balance_is_no_entry(postings: list[Posting]) -> None:
    with pytest.raises(Unsound):
        require_sound(Entry("spend", uuid4(), postings))


@given(st.lists(st.integers(1, 50), max_size=8), st.integers(1, 300))
def test_a_debit_empties_lots_in_order_or_takes_nothing(sizes: list[int], amount: int) -> None:
    lots = [lot(size) for size in sizes]
    if sum(sizes) < amount:
        with pytest.raises(InsufficientBalance):
            choose(lots, amount)
        return
    chosen = choose(lots, amount)
    assert sum(part for _, part in chosen) == amount
    assert [used.id for used, _ in chosen] == [used.id for used in lots[: len(chosen)]]
    assert all(used.free == part for used, part in chosen[:-1])


def test_the_lots_an_entry_opened_can_go_first() -> None:
    source = uuid4()
    soon, own = lot(10), lot(4, source)
    assert choose([soon, own], 6, first=EntryKey("earn", source)) == [(own, 4), (soon, 2)]
    assert choose([soon, own], 6, first=EntryKey("other", source)) == [(soon, 6)]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.data())
def test_a_return_leaves_what_a_smaller_debit_would_have_used(sizes: list[int], data: st.DataObject) -> None:
    lots = [lot(size) for size in sizes]
    amount = data.draw(st.integers(1, sum(sizes)))
    back = data.draw(st.integers(1, amount))
    entry_id = EntryId(uuid4())
    spent = [SpentLot(entry_id, used.id, WALLET.id, part, "spend", OWNER) for used, part in choose(lots, amount)]
    given_back = {use.lot_id: part for use, part in unwind(spent, back)}
    rest = {use.lot_id: use.left - given_back.get(use.lot_id, 0) for use in spent}
    smaller = {used.id: part for used, part in choose(lots, amount - back)}
    assert {lot_id: left for lot_id, left in rest.items() if left} == smaller
    with pytest.raises(NothingToReturn):
        unwind(spent, amount + 1)


def test_debits_of_one_call_use_up_the_lots_one_after_another() -> None:
    first, second = lot(5), lot(5)
    one = booked(Posting(WALLET, -4), Posting(WALLET, -3), Posting(SHOP, 7))
    two = booked(Posting(WALLET, -3), Posting(SHOP, 3))
    made = plan([one, two], [first, second])
    assert {(u.entry_id, u.lot_id): u.amount for u in made.uses} == {
        (one.id, first.id): 5,
        (one.id, second.id): 2,
        (two.id, second.id): 3,
    }
    assert {c.account: c.amount for c in made.changes} == {WALLET: -10, SHOP: 10}
    with pytest.raises(InsufficientBalance):
        plan([one, two, two], [first, second])


def test_returns_of_one_call_cannot_exceed_what_was_used() -> None:
    key, entry_id = EntryKey("spend", uuid4()), EntryId(uuid4())
    spent = [SpentLot(entry_id, LotId(uuid4()), WALLET.id, part, *(key.code, key.reference)) for part in (5, 5)]
    back = booked(Posting(SHOP, -6), Posting(WALLET, 6, returns=key))
    made = plan([back], spent=spent)
    assert [(u.lot_id, u.amount, u.returns) for u in made.uses] == [
        (spent[0].lot_id, -1, entry_id),
        (spent[1].lot_id, -5, entry_id),
    ]
    assert made.lots == []
    with pytest.raises(NothingToReturn):
        plan([back, booked(Posting(SHOP, -6), Posting(WALLET, 6, returns=key))], spent=spent)


def test_nobody_gets_back_what_another_spent() -> None:
    key = EntryKey("spend", uuid4())
    spent = [SpentLot(EntryId(uuid4()), LotId(uuid4()), WALLET.id, 5, key.code, key.reference)]
    with pytest.raises(NothingToReturn):
        plan([booked(Posting(SHOP, -5), Posting(OTHER, 5, returns=key))], spent=spent)
