"""How a module presents itself to the program: routes, jobs, schedules, subscriptions and tables, in `wiring.py`."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from litestar.handlers import BaseRouteHandler

from galleria.platform.jobs import Schedule, Task


class Keyed(StrEnum):
    """How a table's rows are divided when the database is sharded."""

    MALL = "mall"  # primary key and unique constraints begin with mall_id
    OWNER = "owner"  # keyed by the group, member, staff or account that owns the row
    SHARED = "shared"  # small, read everywhere: a reference table


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """What a module brings: `tables` tells how each table is keyed, `subscribes` which jobs an event starts."""

    name: str
    routes: Sequence[BaseRouteHandler] = ()
    tasks: Sequence[Task] = ()
    schedules: Sequence[Schedule] = ()
    subscribes: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Keyed] = {}
    invariants: Sequence["Invariant"] = ()


class Invariant(msgspec.Struct, frozen=True):
    """A fact that always holds: a statement that returns one text a violation, at most 20 of them."""

    name: str
    sql: str
