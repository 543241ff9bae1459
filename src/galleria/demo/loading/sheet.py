"""Rows waiting to be copied into the database, and the ids they are given."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from galleria.kernel.ids import id_at

ORDER = (
    "malls.mall_group", "malls.mall", "malls.merchant", "malls.category", "malls.shop",
    "members.household", "members.member", "staff.account", "platform.staff_grant",
    "venue.building", "venue.floor", "venue.unit",
    "catalog.product", "catalog.variant", "events.event",
    "coupons.coupon", "coupons.version", "points.earn_rule",
    "offers.sponsor", "offers.offer", "offers.version", "offers.moment", "offers.stamp", "launch.review",
    "coupons.claim", "carts.line",
    "orders.purchase", "orders.sub_order", "orders.line", "orders.applied", "orders.event",
    "stock.level", "stock.movement", "stock.reservation",
    "payments.intent", "payments.attempt", "payments.notice", "payments.refund", "sandbox.charge", "sandbox.refund",
    "redemption.ticket", "redemption.redemption", "returns.refund", "returns.refund_line",
    "points.award",
    "ledger.account", "ledger.entry", "ledger.posting", "ledger.lot", "ledger.lot_use",
    "platform.journal",
)  # fmt: skip
"""Every table the demo fills, those that are referred to first."""

PICTURED = {
    "malls.mall": ("picture",),
    "malls.category": ("picture",),
    "malls.shop": ("logo", "picture"),
    "catalog.product": ("pictures",),
    "events.event": ("picture",),
    "orders.line": ("picture",),
}
"""Columns that hold picture keys until the pictures are drawn and have file names."""

WAITING = frozenset({*PICTURED, "venue.unit", "catalog.variant"})
"""Tables that are copied once the pictures are drawn: those with pictures, and what refers to them alone."""

EARLY = frozenset({"malls.mall"})
"""Pictured tables that everything refers to: copied at once, their pictures are hung later."""


class Ids:
    """Time-ordered ids that are the same for the same seed."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def at(self, moment: datetime) -> UUID:
        """Return a fresh id of a moment."""
        return id_at(moment, entropy=self._rng.getrandbits(74))


class Sheet:
    """Rows by table."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {}

    def table(self, name: str, columns: str) -> list[tuple[Any, ...]]:
        """Return the list to append rows of `columns` (names between spaces) to."""
        return self._rows.setdefault(name, (tuple(columns.split()), []))[1]

    def count(self, *tables: str) -> int:
        """Return how many rows wait in these tables."""
        return sum(len(self._rows[name][1]) for name in tables if name in self._rows)

    def tables(self, *, waiting: bool) -> list[str]:
        """Return the tables that have rows, in the order to copy them: with or without those that wait."""
        return [name for name in ORDER if name in self._rows and (name in WAITING - EARLY) is waiting]

    async def copy(
        self, connection: "asyncpg.Connection[asyncpg.Record]", name: str, pictures: Mapping[str, str]
    ) -> int:
        """Copy one table's rows into the database, with the file name of each picture; return how many."""
        columns, rows = self._rows[name]
        schema, _, table = name.partition(".")
        places = [columns.index(column) for column in PICTURED.get(name, ())]
        hung = [_hang(row, places, pictures) for row in rows] if places else rows
        await connection.copy_records_to_table(table, schema_name=schema, columns=columns, records=hung)
        return len(rows)


def _hang(row: tuple[Any, ...], places: Sequence[int], pictures: Mapping[str, str]) -> tuple[Any, ...]:
    """Return a row with file names in place of picture keys."""
    cells = list(row)
    for place in places:
        keys = cells[place]
        if isinstance(keys, list):
            cells[place] = [pictures[key] for key in keys if key in pictures]
        else:
            cells[place] = pictures.get(keys)
    return tuple(cells)
