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
            "every category's path leads down to it from a top one",
            "WITH RECURSIVE tree AS ("
            "  SELECT mall_id, id, ARRAY[id] AS path FROM malls.category WHERE parent_id IS NULL"
            "  UNION ALL SELECT c.mall_id, c.id, t.path || c.id FROM malls.category c"
            "  JOIN tree t ON t.mall_id = c.mall_id AND t.id = c.parent_id"
            ") SELECT c.id::text FROM malls.category c LEFT JOIN tree t ON t.mall_id = c.mall_id AND t.id = c.id "
            "WHERE t.path IS DISTINCT FROM c.path LIMIT 20",
        ),
    ],
)
