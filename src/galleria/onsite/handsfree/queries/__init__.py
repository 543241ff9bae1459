"""Looking at bags; changes nothing."""

from galleria.onsite.handsfree.model import OPEN
from galleria.onsite.handsfree.queries.own import (
    as_proxy,
    card,
    card_secret,
    claimable_until,
    holder,
    my_claims,
    my_trip,
    my_trips,
    proxy_key,
    public_proxy,
    trip_secret,
)
from galleria.onsite.handsfree.queries.places import (
    count_view,
    desk_board,
    get_policy,
    list_batches,
    list_desks,
    list_problems,
    problem,
    run,
    sheet,
)
from galleria.onsite.handsfree.queries.staffside import (
    bag_history,
    bags_page,
    board,
    claim,
    claims_page,
    find_bag,
    shopper,
)
from galleria.onsite.handsfree.queries.views import called, views
from galleria.onsite.handsfree.queries.watching import Asking, asking, waiting

STILL_HERE = OPEN
"""The states of bags that are still in the mall's hands."""

__all__ = [
    "STILL_HERE",
    "Asking",
    "as_proxy",
    "asking",
    "bag_history",
    "bags_page",
    "board",
    "called",
    "card",
    "card_secret",
    "claim",
    "claimable_until",
    "claims_page",
    "count_view",
    "desk_board",
    "find_bag",
    "get_policy",
    "holder",
    "list_batches",
    "list_desks",
    "list_problems",
    "my_claims",
    "my_trip",
    "my_trips",
    "problem",
    "proxy_key",
    "public_proxy",
    "run",
    "sheet",
    "shopper",
    "trip_secret",
    "views",
    "waiting",
]
