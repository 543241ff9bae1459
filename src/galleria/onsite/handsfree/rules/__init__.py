"""What hands-free shopping decides: numbers and codes, chains of custody, a runner's way, what waiting asks for."""

from galleria.onsite.handsfree.rules.chain import Chain, Fact, Link, settle
from galleria.onsite.handsfree.rules.codes import (
    CARD_PREFIX,
    COLLECT_PREFIX,
    HAND_OVER_FOR,
    KEPT_FOR,
    LATE_AFTER,
    PROXY_PREFIX,
    as_base64,
    good_step,
    is_phone,
    moment_of_scan,
    proxy_code,
    proxy_hash,
    read_proxy,
    read_rotating,
)
from galleria.onsite.handsfree.rules.labels import LABEL_PREFIX, label_code, label_valid, read_label
from galleria.onsite.handsfree.rules.route import Place, Spot, way_round
from galleria.onsite.handsfree.rules.waiting import best_by, due, worth

__all__ = [
    "CARD_PREFIX",
    "COLLECT_PREFIX",
    "HAND_OVER_FOR",
    "KEPT_FOR",
    "LABEL_PREFIX",
    "LATE_AFTER",
    "PROXY_PREFIX",
    "Chain",
    "Fact",
    "Link",
    "Place",
    "Spot",
    "as_base64",
    "best_by",
    "due",
    "good_step",
    "is_phone",
    "label_code",
    "label_valid",
    "moment_of_scan",
    "proxy_code",
    "proxy_hash",
    "read_label",
    "read_proxy",
    "read_rotating",
    "settle",
    "way_round",
    "worth",
]
