"""The chain of custody is told from scans, in whatever order they arrive."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.ids import ShopId, StaffId, new_id
from galleria.onsite.handsfree.model import ENDED, BagMove, BagOutcome, BagState
from galleria.onsite.handsfree.rules import Chain, Fact, settle

T0 = datetime(2026, 5, 1, 10, tzinfo=UTC)
SHOP, OTHER_SHOP = ShopId(new_id()), ShopId(new_id())
ANN, BOB = StaffId(new_id()), StaffId(new_id())
DESK, OTHER_DESK = new_id(), new_id()
SHELF, OTHER_SHELF, FAR_SHELF = new_id(), new_id(), new_id()
DESK_OF = {SHELF: DESK, OTHER_SHELF: DESK, FAR_SHELF: OTHER_DESK}


def fact(
    move: BagMove,
    minute: int,
    *,
    by: StaffId = ANN,
    shelf: UUID | None = None,
    shop: ShopId | None = SHOP,
    barred: bool = False,
    outcome: BagOutcome = BagOutcome.ACCEPTED,
) -> Fact:
    shelf = SHELF if move is BagMove.SHELVE and shelf is None else shelf
    return Fact(
        id=new_id(), move=move, at=T0 + timedelta(minutes=minute), staff_id=by, shop_id=shop, shelf_id=shelf,
        desk_id=None if shelf is None else DESK_OF[shelf], barred=barred, outcome=outcome,
    )  # fmt: skip


def told(*facts: Fact) -> tuple[Chain, list[BagOutcome]]:
    chain = settle(facts)
    by_id = {link.id: link.outcome for link in chain.links}
    return chain, [by_id[one.id] for one in facts]


def test_what_was_never_sealed_waits() -> None:
    chain, outcomes = told(fact(BagMove.TAKE, 1), fact(BagMove.SHELVE, 2))
    assert outcomes == [BagOutcome.WAITING, BagOutcome.WAITING]
    assert chain.state is None


def test_nothing_happens_after_the_end() -> None:
    for end in (BagMove.HAND, BagMove.BACK, BagMove.DESTROY):
        chain, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.TAKE, 1), fact(end, 2), fact(BagMove.SHELVE, 3))
        assert outcomes == [BagOutcome.ACCEPTED, BagOutcome.ACCEPTED, BagOutcome.ACCEPTED, BagOutcome.AFTER_END]
        assert chain.state in ENDED


def test_of_two_hand_overs_the_first_made_counts() -> None:
    late, early = fact(BagMove.HAND, 9), fact(BagMove.HAND, 5)
    _, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.SHELVE, 2), late, early)
    assert outcomes[2:] == [BagOutcome.REPEATED, BagOutcome.ACCEPTED]


def test_a_bag_goes_back_to_its_own_shop_only() -> None:
    _, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.TAKE, 1), fact(BagMove.BACK, 2, shop=OTHER_SHOP))
    assert outcomes[2] is BagOutcome.WRONG_SHOP


def test_a_second_sealing_does_not_change_the_bag() -> None:
    chain, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.SEAL, 3), fact(BagMove.TAKE, 4))
    assert outcomes == [BagOutcome.ACCEPTED, BagOutcome.LABEL_USED, BagOutcome.ACCEPTED]
    assert chain.state is BagState.CARRIED


def test_a_missing_hand_over_in_between_is_told_and_the_bag_is_where_it_is() -> None:
    chain, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.SHELVE, 1), fact(BagMove.SHELVE, 2, shelf=FAR_SHELF))
    assert outcomes[2] is BagOutcome.GAP
    assert (chain.desk_id, chain.shelf_id) == (OTHER_DESK, FAR_SHELF)
    assert told(fact(BagMove.SEAL, 0), fact(BagMove.HAND, 1))[1][1] is BagOutcome.GAP


def test_a_late_scan_closes_the_gap() -> None:
    before = [fact(BagMove.SEAL, 0), fact(BagMove.SHELVE, 1), fact(BagMove.SHELVE, 5, shelf=FAR_SHELF)]
    _, outcomes = told(*before, fact(BagMove.TAKE, 3, by=BOB))
    assert outcomes == [BagOutcome.ACCEPTED] * 4


def test_another_shelf_of_the_same_desk_is_no_gap_and_keeps_the_time_it_waits() -> None:
    chain, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.SHELVE, 1), fact(BagMove.SHELVE, 9, shelf=OTHER_SHELF))
    assert outcomes[2] is BagOutcome.ACCEPTED
    assert chain.shelved_at == T0 + timedelta(minutes=1)


def test_the_same_said_twice_is_repeated() -> None:
    _, outcomes = told(
        fact(BagMove.SEAL, 0),
        fact(BagMove.TAKE, 1),
        fact(BagMove.TAKE, 2),
        fact(BagMove.TAKE, 3, by=BOB),
        fact(BagMove.SHELVE, 4),
        fact(BagMove.SHELVE, 5),
    )
    assert outcomes == [
        BagOutcome.ACCEPTED,
        BagOutcome.ACCEPTED,
        BagOutcome.REPEATED,
        BagOutcome.ACCEPTED,
        BagOutcome.ACCEPTED,
        BagOutcome.REPEATED,
    ]


def test_a_lost_bag_is_found_by_any_scan() -> None:
    chain, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.LOSE, 1), fact(BagMove.TAKE, 2, by=BOB))
    assert outcomes[2] is BagOutcome.ACCEPTED
    assert (chain.state, chain.runner_id) == (BagState.CARRIED, BOB)


def test_a_barred_scan_stays_what_it_is_and_moves_nothing() -> None:
    wrong = fact(BagMove.HAND, 3, barred=True, outcome=BagOutcome.CODE_WRONG)
    chain, outcomes = told(fact(BagMove.SEAL, 0), fact(BagMove.SHELVE, 1), wrong)
    assert outcomes[2] is BagOutcome.CODE_WRONG
    assert chain.state is BagState.SHELVED


def test_a_sealing_that_seems_later_than_its_take_comes_first() -> None:
    chain, outcomes = told(fact(BagMove.TAKE, 1), fact(BagMove.SEAL, 2))
    assert outcomes == [BagOutcome.ACCEPTED, BagOutcome.ACCEPTED]
    assert chain.state is BagState.CARRIED


MOVES = st.sampled_from([BagMove.TAKE, BagMove.SHELVE, BagMove.HAND, BagMove.BACK, BagMove.LOSE, BagMove.DESTROY])
FACTS = st.lists(
    st.builds(
        lambda move, minute, by, shelf: fact(move, minute, by=by, shelf=shelf if move is BagMove.SHELVE else None),
        MOVES, st.integers(0, 60), st.sampled_from([ANN, BOB]), st.sampled_from([SHELF, OTHER_SHELF, FAR_SHELF]),
    ),
    max_size=12,
)  # fmt: skip


@given(FACTS, st.randoms())
def test_the_order_of_arrival_changes_nothing_and_nothing_is_lost(facts: list[Fact], random: "st.Random") -> None:
    facts = [fact(BagMove.SEAL, 0), *facts]
    shuffled = list(facts)
    random.shuffle(shuffled)
    one, other = settle(facts), settle(shuffled)
    assert one == other
    assert {link.id for link in one.links} == {fact.id for fact in facts}


@given(FACTS)
def test_chains_are_numbered_without_gaps_and_end_where_the_bag_is(facts: list[Fact]) -> None:
    chain = settle([fact(BagMove.SEAL, 0), *facts])
    links = [link for link in chain.links if link.seq is not None]
    assert [link.seq for link in links] == list(range(1, len(links) + 1))
    assert links[-1].state is chain.state
    assert (chain.state is BagState.SHELVED) == (chain.shelf_id is not None)
    assert (chain.state is BagState.CARRIED) == (chain.runner_id is not None)
    assert sum(link.state in ENDED for link in links) <= 1
