"""What the directory brings to the program."""

from galleria.foundation.malls.http import ROUTES
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="malls",
    routes=ROUTES,
    tables={
        "malls.mall_group": Keyed.SHARED,
        "malls.mall": Keyed.SHARED,
        "malls.merchant": Keyed.OWNER,
        "malls.category": Keyed.MALL,
        "malls.shop": Keyed.MALL,
    },
    invariants=[
        Invariant(
            "a shop's group is its mall's group",
            "SELECT s.id::text FROM malls.shop s JOIN malls.mall m ON m.id = s.mall_id "
            "WHERE s.group_id <> m.group_id LIMIT 20",
        ),
        Invariant(
            "every category leads up to a top one",
            "WITH RECURSIVE reached AS ("
            "  SELECT mall_id, id FROM malls.category WHERE parent_id IS NULL"
            "  UNION SELECT c.mall_id, c.id FROM malls.category c"
            "  JOIN reached r ON r.mall_id = c.mall_id AND r.id = c.parent_id"
            ") SELECT id::text FROM malls.category EXCEPT SELECT id::text FROM reached LIMIT 20",
        ),
    ],
)
