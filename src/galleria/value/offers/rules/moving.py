"""Which way an offer may move, and how it refuses."""

from galleria.kernel.errors import Conflict
from galleria.value.offers.model import OfferState, WantedState
from galleria.value.promotions import Offer


class OfferMoved(Conflict):
    """An offer in `state` cannot become `wanted`."""

    code = "offer_moved"


class OfferChanged(Conflict):
    """Somebody wrote a newer version, `version`, meanwhile: read it, and change that."""

    code = "offer_changed"


class OfferSoldOut(Conflict):
    """What an offer, or a session of its flash sale, may give is given: `left` units are too few."""

    code = "offer_sold_out"


class OfferLimitReached(Conflict):
    """The shopper, the household or the day has had its share of an offer; `scope` tells which."""

    code = "offer_limit_reached"


class OfferBudgetSpent(Conflict):
    """The money set aside for an offer is spent."""

    code = "offer_budget_spent"


MOVES: dict[WantedState, frozenset[OfferState]] = {
    WantedState.LIVE: frozenset({OfferState.PAUSED}),
    WantedState.PAUSED: frozenset({OfferState.LIVE}),
    WantedState.ENDED: frozenset({OfferState.DRAFT, OfferState.PENDING, OfferState.LIVE, OfferState.PAUSED}),
}
"""From which states an offer may be moved by hand; what has not been launched goes live by launch only."""


def check_move(state: OfferState, wanted: WantedState) -> None:
    """Raise OfferMoved for a step that is none."""
    if state not in MOVES[wanted]:
        raise OfferMoved(state=state.value, wanted=wanted.value)


def check_may_change(state: OfferState) -> None:
    """Raise OfferMoved when an offer is over for good."""
    if state is OfferState.ENDED:
        raise OfferMoved(state=state.value, wanted="changed")


def refusal(scope: str, *, offer: Offer, units: int, used: int) -> Conflict:
    """Return why a counter without room refuses: sold out, a limit reached, or the budget spent."""
    titles: dict[str, str | int] = {
        "offer_id": str(offer.offer_id),
        "title_zh": offer.title_zh,
        "title_en": offer.title_en,
    }
    if scope != "total":
        return OfferLimitReached(errors=(), scope=scope, **titles)
    total = offer.limits.total
    if total is not None and (used + units > total or offer.limits.budget_minor is None):
        return OfferSoldOut(errors=(), left=max(0, total - used), **titles)
    return OfferBudgetSpent(errors=(), **titles)
