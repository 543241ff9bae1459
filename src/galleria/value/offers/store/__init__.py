"""All SQL of offers.

Locks: an offer's row before its versions, moments and the mall's stamp; counters last, in order of their primary key.
"""

from galleria.value.offers.store.counters import (
    Refused,
    Tally,
    give_back,
    recount,
    settle,
    take,
    tally,
    used,
)
from galleria.value.offers.store.live import (
    Moment,
    any_due,
    bump,
    live,
    set_moments,
    stamp,
    take_due,
    terms_of,
)
from galleria.value.offers.store.sponsors import (
    add_sponsor,
    change_sponsor,
    sponsors,
)
from galleria.value.offers.store.versions import (
    Written,
    add,
    add_version,
    due_between,
    find,
    find_version,
    let_live,
    list_managed,
    list_versions,
    lock,
    move_on,
    set_state,
    versions,
)

__all__ = [
    "Moment",
    "Refused",
    "Tally",
    "Written",
    "add",
    "add_sponsor",
    "add_version",
    "any_due",
    "bump",
    "change_sponsor",
    "due_between",
    "find",
    "find_version",
    "give_back",
    "let_live",
    "list_managed",
    "list_versions",
    "live",
    "lock",
    "move_on",
    "recount",
    "set_moments",
    "set_state",
    "settle",
    "sponsors",
    "stamp",
    "take",
    "take_due",
    "tally",
    "terms_of",
    "used",
    "versions",
]
