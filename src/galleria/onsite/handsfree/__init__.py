"""Hands-free shopping: sealed bags, who has each, and where it waits.

Owns everything in the schema `handsfree`. A bag is sealed in a shop under a label of its own and joins its shopper's
trip of the day. Every hand-over after that is a scan. Scans are the facts; a bag's chain of custody is told anew from
all scans of its label, in the order of the moments they were made at, so that phones without a network may upload
late, in any order and twice. What cannot have happened stays out of the chain and waits for a person.

Invariants: a label is on one bag; a bag is where the last scan of its chain left it; a shelf counts what lies on it; a
member has one open trip a day, which closes with its last bag; bags are handed out on a code of their own trip, each
half minute's code and each proxy's code once; a bag has one claim that is not over, which brings at most what the bag
counts for and is decided and paid once. Everything about a bag queues on the row of its label, then on its trip's,
then on shelves.

Emits `handsfree.bag_moved`, `handsfree.wished`, `handsfree.fetching`, `handsfree.counted`, `handsfree.reminded`,
`handsfree.waits_too_long`, `handsfree.exception_closed`, `handsfree.claimed`, `handsfree.claim_withdrawn`,
`handsfree.claim_decided`, `handsfree.claim_paid`. Hears nothing.
"""

from galleria.onsite.handsfree.model import (
    BagClaimKind,
    BagClaimState,
    BagDeskInput,
    BagDeskKind,
    BagMove,
    BagOutcome,
    BagScanAnswer,
    BagShelfInput,
    BagState,
    BagStorage,
    BagView,
    NewBagClaim,
    NewBagLabels,
    NewBagScan,
    SealFacts,
)
from galleria.onsite.handsfree.operations.places import add_desk, make_labels, put_shelf
from galleria.onsite.handsfree.operations.scanning import Person, record
from galleria.onsite.handsfree.queries import find_bag, list_desks, sheet, views
from galleria.onsite.handsfree.rules import LABEL_PREFIX, label_code

__all__ = [
    "LABEL_PREFIX",
    "BagClaimKind",
    "BagClaimState",
    "BagDeskInput",
    "BagDeskKind",
    "BagMove",
    "BagOutcome",
    "BagScanAnswer",
    "BagShelfInput",
    "BagState",
    "BagStorage",
    "BagView",
    "NewBagClaim",
    "NewBagLabels",
    "NewBagScan",
    "Person",
    "SealFacts",
    "add_desk",
    "find_bag",
    "label_code",
    "list_desks",
    "make_labels",
    "put_shelf",
    "record",
    "sheet",
    "views",
]
