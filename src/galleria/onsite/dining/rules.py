"""What may be chosen, where a dish may go, and who pays what. Pure."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec

from galleria.kernel.allocation import allocate, spread
from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.ids import MemberId
from galleria.onsite.dining.model import (
    DishItem,
    DishSoldOut,
    GroupInput,
    ItemState,
    Option,
    OptionGroup,
    SeatingState,
    Shown,
    SplitKind,
)

KITCHEN: dict[ItemState, frozenset[ItemState]] = {
    ItemState.SENT: frozenset({ItemState.COOKING}),
    ItemState.COOKING: frozenset({ItemState.SENT, ItemState.READY}),
    ItemState.READY: frozenset({ItemState.SENT, ItemState.COOKING, ItemState.SERVED}),
    ItemState.SERVED: frozenset({ItemState.SENT, ItemState.COOKING, ItemState.READY}),
}
"""Where a dish may come from to be moved on the board: forward, and a step back for a slip of the hand."""

IN_KITCHEN = frozenset({ItemState.SENT, ItemState.COOKING, ItemState.READY})
ORDERED = frozenset({ItemState.HELD, *IN_KITCHEN, ItemState.SERVED})
"""States of a dish that somebody has to pay for."""

LIVE = frozenset({SeatingState.OPEN, SeatingState.BILLING})


class Chosen(msgspec.Struct, frozen=True):
    """Choices taken: what they cost more, and how they read in the kitchen and on the bill."""

    extra_minor: int
    option_zh: str
    option_en: str


def sources(to: ItemState) -> frozenset[ItemState]:
    """Return where a dish may be to be moved on the board to `to`; raises Invalid for what is not on the board."""
    if to not in KITCHEN:
        raise Invalid.field("to", "not_on_the_board")
    return frozenset(before for before in KITCHEN if before in KITCHEN[to] or _backward(before, to))


def _backward(before: ItemState, to: ItemState) -> bool:
    order = list(KITCHEN)
    return order.index(before) == order.index(to) + 1


def choose(groups: Sequence[OptionGroup], option_ids: Sequence[UUID], *, field: str) -> Chosen:
    """Return what choices cost and how they read.

    Raises Invalid naming `field` for a choice that the dish does not have, one taken twice, too few or too many of a
    group, and DishSoldOut for a choice that has run out.
    """
    known = {option.id: (group, option) for group in groups for option in group.options}
    unknown = [one for one in option_ids if one not in known]
    if unknown or len(set(option_ids)) != len(option_ids):
        raise Invalid.field(field, "option_unknown" if unknown else "option_twice")
    taken = [known[one] for one in option_ids]
    errors = []
    for group in groups:
        count = sum(of is group for of, _ in taken)
        if count < group.least:
            errors.append(FieldError(field, "option_too_few", _named(group, group.least)))
        if count > group.most:
            errors.append(FieldError(field, "option_too_many", _named(group, group.most)))
    if errors:
        raise Invalid(errors=tuple(errors))
    gone = next((option for _, option in taken if option.sold_out), None)
    if gone is not None:
        raise DishSoldOut(name_zh=gone.name_zh, name_en=gone.name_en)
    ordered = [option for group in groups for option in group.options if option.id in set(option_ids)]
    return Chosen(sum(option.extra_minor for option in ordered), _read(ordered, "zh"), _read(ordered, "en"))


def _named(group: OptionGroup, count: int) -> dict[str, str | int]:
    return {"name_zh": group.name_zh, "name_en": group.name_en, "count": count}


def _read(options: Sequence[Option], locale: str) -> str:
    names = [option.name_zh if locale == "zh" else option.name_en for option in options]
    return ("、" if locale == "zh" else ", ").join(names)


def joined(size: str, choices: str) -> str:
    """Return how a dish's size and choices read together."""
    return " · ".join(part for part in (size, choices) if part)


def require_group(group: GroupInput) -> None:
    """Raise Invalid for a group that wants more than it has, or more at least than at most."""
    if group.least > group.most:
        raise Invalid.field("most", "group_least_above_most")
    if group.least > len(group.options):
        raise Invalid.field("least", "group_too_few_options")


def amount(item: DishItem) -> int:
    """Return what a dish costs before offers."""
    return item.unit_price_minor * item.quantity


def owed(items: Sequence[DishItem]) -> list[DishItem]:
    """Return the dishes that are ordered and neither on a bill nor on the house."""
    return [item for item in items if item.state in ORDERED and item.bill_id is None and item.relief is None]


def unpaid(items: Sequence[DishItem]) -> int:
    """Return what is ordered and neither paid nor on the house, before offers."""
    return sum(amount(item) for item in items if item.state in ORDERED and not item.paid and item.relief is None)


def split(
    kind: SplitKind, payable_minor: int, parts: int, payers: Sequence[MemberId], shares: Mapping[MemberId, int]
) -> list[Shown]:
    """Return who pays what of a bill; the parts always sum to it, and nobody pays nothing.

    `payers` are the guests, whose bill it is first; `shares` is what each one's dishes cost. Evenly, each guest has
    a part, and those beyond are for whoever pays at the till.
    """
    if kind is SplitKind.EVENLY:
        amounts = spread(payable_minor, parts)
        return [
            Shown(member_id=payers[place] if place < len(payers) else None, amount_minor=part)
            for place, part in enumerate(amounts)
            if part
        ]
    if kind is SplitKind.DISHES and any(shares.values()):
        amounts = allocate(payable_minor, list(shares.values()))
        return [Shown(member_id=payer, amount_minor=part) for payer, part in zip(shares, amounts, strict=True) if part]
    return [Shown(member_id=payers[0], amount_minor=payable_minor)] if payable_minor else []


def shares(
    items: Sequence[DishItem], paid_minor: Sequence[int], host: MemberId, guests: Collection[MemberId]
) -> dict[MemberId, int]:
    """Return what each guest's dishes cost after offers; what staff ordered, or one who has left, is the host's."""
    total: dict[MemberId, int] = {}
    for item, paid in zip(items, paid_minor, strict=True):
        payer = item.member_id if item.member_id in guests and item.member_id is not None else host
        total[payer] = total.get(payer, 0) + paid
    return total
