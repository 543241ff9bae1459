"""Decisions about offers: pure, without a clock."""

from galleria.value.offers.rules.checking import (
    Places,
    check,
    foreign_shares,
    inside,
    misplaced,
)
from galleria.value.offers.rules.counting import (
    Count,
    counted_scopes,
    counter_keys,
    counts,
    used_by_id,
)
from galleria.value.offers.rules.moving import (
    OfferBudgetSpent,
    OfferChanged,
    OfferLimitReached,
    OfferMoved,
    OfferSoldOut,
    check_may_change,
    check_move,
    refusal,
)
from galleria.value.offers.rules.shape import (
    choices,
    compile_live,
    engine_offers,
    is_limited,
    moments,
    period,
    scopes,
    with_session_ids,
)
from galleria.value.offers.rules.showing import (
    as_shown,
    entries,
    flash_good,
    flash_session,
    shelf_order,
    touches,
)

__all__ = [
    "Count",
    "OfferBudgetSpent",
    "OfferChanged",
    "OfferLimitReached",
    "OfferMoved",
    "OfferSoldOut",
    "Places",
    "as_shown",
    "check",
    "check_may_change",
    "check_move",
    "choices",
    "compile_live",
    "counted_scopes",
    "counter_keys",
    "counts",
    "engine_offers",
    "entries",
    "flash_good",
    "flash_session",
    "foreign_shares",
    "inside",
    "is_limited",
    "misplaced",
    "moments",
    "period",
    "refusal",
    "scopes",
    "shelf_order",
    "touches",
    "used_by_id",
    "with_session_ids",
]
