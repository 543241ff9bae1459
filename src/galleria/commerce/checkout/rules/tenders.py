"""What an order is paid with: points and stored value first, the rest collected by a provider, from one or several."""

from collections.abc import Sequence

import msgspec

from galleria.commerce.checkout.model import PointsChoice, Split, StoredValueChoice, TenderChoices
from galleria.commerce.orders import Tender, TenderKind
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MemberId, OrderId, TenderId, new_id
from galleria.value import points
from galleria.value.points import SpendPolicy


class Have(msgspec.Struct, frozen=True):
    """What a shopper has to spend."""

    points: int
    stored_value_minor: int


HELD = frozenset({TenderKind.POINTS, TenderKind.STORED_VALUE})
"""What is set aside at placement, and taken when the order completes."""


def tenders(
    order_id: OrderId,
    member_id: MemberId,
    payable_minor: int,
    *,
    policy: SpendPolicy | None,
    points_used: int,
    stored_value_minor: int,
    provider: str | None,
    split: Sequence[Split] | None,
) -> list[Tender]:
    """Return what an order is paid with; the amounts sum to what is payable.

    The only provider tender of an order has the order's id; with a split there is one a payer. Raises Invalid naming
    what cannot be used so, and for a split that does not sum to the rest.
    """
    found = [
        *_points(member_id, payable_minor, policy, points_used),
        *_stored_value(member_id, stored_value_minor),
    ]
    rest = payable_minor - sum(one.amount_minor for one in found)
    if rest < 0:
        raise Invalid.field("stored_value_minor", "more_than_payable", left_minor=rest + stored_value_minor)
    return [*found, *_collected(order_id, member_id, rest, provider, split)]


def _points(member_id: MemberId, payable_minor: int, policy: SpendPolicy | None, used: int) -> list[Tender]:
    if used == 0:
        return []
    if policy is None:
        raise Invalid.field("points", "points_not_taken")
    worth = points.worth(used, policy)
    if used < policy.minimum_points or worth == 0:
        raise Invalid.field("points", "points_minimum", minimum=policy.minimum_points)
    if worth > payable_minor * policy.cap_bp // 10_000:
        raise Invalid.field("points", "points_cap", most=points.most(policy, used, payable_minor).points)
    return [Tender(id=TenderId(new_id()), kind=TenderKind.POINTS, amount_minor=worth, points=used, payer_id=member_id)]


def _stored_value(member_id: MemberId, minor: int) -> list[Tender]:
    if minor == 0:
        return []
    return [Tender(id=TenderId(new_id()), kind=TenderKind.STORED_VALUE, amount_minor=minor, payer_id=member_id)]


def _collected(
    order_id: OrderId, member_id: MemberId, rest: int, provider: str | None, split: Sequence[Split] | None
) -> list[Tender]:
    if split is not None and (sum(one.amount_minor for one in split) != rest or any(s.amount_minor < 1 for s in split)):
        raise Invalid.field("split", "split_sum", rest_minor=rest)
    if rest == 0:
        return []
    if not split:
        split = [Split(payer_id=member_id, amount_minor=rest)]
    alone = len(split) == 1
    return [
        Tender(
            id=TenderId(order_id if alone else new_id()),
            kind=TenderKind.PROVIDER,
            amount_minor=one.amount_minor,
            provider=provider,
            payer_id=one.payer_id,
        )
        for one in split
    ]


def choices(
    payable_minor: int, have: Have, *, policy: SpendPolicy | None, points_used: int, stored_value_minor: int
) -> TenderChoices:
    """Return what can be used of what a shopper has, what of it is used, and what is left to pay."""
    most = points.most(policy, have.points, payable_minor)
    spent = points.most(policy, min(points_used, most.points), payable_minor)
    usable = min(have.stored_value_minor, payable_minor - spent.worth_minor)
    stored = min(stored_value_minor, usable)
    return TenderChoices(
        points=PointsChoice(
            taken=policy is not None,
            balance=have.points,
            minimum=0 if policy is None else policy.minimum_points,
            usable=most.points,
            usable_minor=most.worth_minor,
            used=spent.points,
            used_minor=spent.worth_minor,
        ),
        stored_value=StoredValueChoice(balance_minor=have.stored_value_minor, usable_minor=usable, used_minor=stored),
        rest_minor=payable_minor - spent.worth_minor - stored,
    )
