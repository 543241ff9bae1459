"""Sessions and what is in their baskets."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MemberId, OrderId, ShopId, VariantId
from galleria.onsite.scango.model import Item, ScanState, Session, SessionId
from galleria.platform.tx import ReadTx, Tx

SERIALS = 10**8

_SESSION = """
SELECT mall_id, id, shop_id, member_id, serial, state, removed, approved_age, order_id, must_check, reasons, opened_at,
       touched_at, paid_at, ended_at
  FROM scango.session
"""


async def open_session(
    tx: Tx, *, mall_id: MallId, session_id: SessionId, shop_id: ShopId, member_id: MemberId, now: datetime
) -> Session:
    """Return the member's current session in a shop, begun now when there is none; of two at once one begins it."""
    while True:
        await tx.run(
            """
            INSERT INTO scango.session (mall_id, id, shop_id, member_id, serial, state, opened_at, touched_at)
            VALUES ($1, $2, $3, $4, $5, 'open', $6, $6) ON CONFLICT DO NOTHING
            """,
            mall_id,
            session_id,
            shop_id,
            member_id,
            f"{secrets.randbelow(SERIALS):08d}",
            now,
        )
        sql = _SESSION + " WHERE mall_id = $1 AND member_id = $2 AND shop_id = $3 AND state IN ('open', 'placed')"
        found = await tx.one(Session, sql, mall_id, member_id, shop_id)
        if found is not None:  # else its serial was another's: draw again
            return found


async def find(tx: ReadTx, mall_id: MallId, session_id: SessionId, member_id: MemberId | None = None) -> Session | None:
    """Return a session; with `member_id` only that member's."""
    sql = _SESSION + " WHERE mall_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3)"
    return await tx.one(Session, sql, mall_id, session_id, member_id)


async def find_by_serial(tx: ReadTx, mall_id: MallId, serial: str) -> Session | None:
    """Return the session of a serial."""
    return await tx.one(Session, _SESSION + " WHERE mall_id = $1 AND serial = $2", mall_id, serial)


async def mall_of_order(tx: ReadTx, order_id: OrderId) -> MallId | None:
    """Return the mall of the session whose basket an order is; None for an order from elsewhere."""
    found: MallId | None = await tx.value("SELECT mall_id FROM scango.session WHERE order_id = $1", order_id)
    return found


async def lock(tx: Tx, mall_id: MallId, session_id: SessionId, member_id: MemberId | None = None) -> Session | None:
    """Return a session as nobody else can change it now; with `member_id` only that member's."""
    sql = _SESSION + " WHERE mall_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3) FOR UPDATE"
    return await tx.one(Session, sql, mall_id, session_id, member_id)


async def lock_by_order(tx: Tx, mall_id: MallId, order_id: OrderId) -> Session | None:
    """Return the session whose basket an order is, as nobody else can change it now."""
    sql = _SESSION + " WHERE mall_id = $1 AND order_id = $2 FOR UPDATE"
    return await tx.one(Session, sql, mall_id, order_id)


class ListedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session with the number of its pieces."""

    id: SessionId
    shop_id: ShopId
    state: ScanState
    pieces: int
    order_id: OrderId | None
    opened_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None


async def list_mine(
    tx: ReadTx, mall_id: MallId, member_id: MemberId, *, before: UUID | None, limit: int
) -> list[ListedSession]:
    """Return a member's sessions, the newest first."""
    return await tx.all(
        ListedSession,
        """
        SELECT s.id, s.shop_id, s.state, s.order_id, s.opened_at, s.paid_at, s.ended_at,
               (SELECT coalesce(sum(quantity), 0)::integer FROM scango.item i
                 WHERE i.mall_id = s.mall_id AND i.session_id = s.id) AS pieces
          FROM scango.session s
         WHERE s.mall_id = $1 AND s.member_id = $2 AND ($3::uuid IS NULL OR s.id < $3)
         ORDER BY s.id DESC LIMIT $4
        """,
        mall_id,
        member_id,
        before,
        limit,
    )


async def items(tx: ReadTx, mall_id: MallId, session_id: SessionId) -> list[Item]:
    """Return what is in a basket, in the order it came in."""
    return await tx.all(
        Item,
        """
        SELECT i.id, i.variant_id, i.code, i.quantity, i.label_minor, i.weight_g, a.min_age, i.added_at
          FROM scango.item i LEFT JOIN scango.age_limit a ON a.mall_id = i.mall_id AND a.variant_id = i.variant_id
         WHERE i.mall_id = $1 AND i.session_id = $2 ORDER BY i.id
        """,
        mall_id,
        session_id,
    )


_ADD_PIECES = """
INSERT INTO scango.item AS i (mall_id, id, session_id, variant_id, code, quantity, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (mall_id, session_id, variant_id) WHERE label_minor IS NULL AND weight_g IS NULL
DO UPDATE SET quantity = i.quantity + EXCLUDED.quantity WHERE i.quantity + EXCLUDED.quantity <= $8
RETURNING quantity
"""


async def add_pieces(
    tx: Tx,
    mall_id: MallId,
    session_id: SessionId,
    *,
    item_id: UUID,
    variant_id: VariantId,
    code: str,
    quantity: int,
    most: int,
    now: datetime,
) -> int | None:
    """Add pieces of a good to those in the basket and return how many it has; None when that were more than `most`."""
    found: int | None = await tx.value(_ADD_PIECES, mall_id, item_id, session_id, variant_id, code, quantity, now, most)
    return found


async def add_weighed(tx: Tx, mall_id: MallId, session_id: SessionId, item: Item) -> None:
    """Put one weighed piece into the basket."""
    await tx.run(
        """
        INSERT INTO scango.item (mall_id, id, session_id, variant_id, code, quantity, label_minor, weight_g, added_at)
        VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8)
        """,
        mall_id,
        item.id,
        session_id,
        item.variant_id,
        item.code,
        item.label_minor,
        item.weight_g,
        item.added_at,
    )


async def set_pieces(tx: Tx, mall_id: MallId, session_id: SessionId, item_id: UUID, quantity: int) -> None:
    """Write how many pieces of a good there are."""
    sql = "UPDATE scango.item SET quantity = $4 WHERE mall_id = $1 AND session_id = $2 AND id = $3"
    await tx.run(sql, mall_id, session_id, item_id, quantity)


async def take_out(tx: Tx, mall_id: MallId, session_id: SessionId, item_ids: Sequence[UUID]) -> None:
    """Take goods out of the basket."""
    sql = "DELETE FROM scango.item WHERE mall_id = $1 AND session_id = $2 AND id = ANY($3::uuid[])"
    await tx.run(sql, mall_id, session_id, list(item_ids))


async def touch(tx: Tx, mall_id: MallId, session_id: SessionId, *, removed: int, now: datetime) -> None:
    """Note that a basket was changed, and how many pieces were taken out of it."""
    sql = "UPDATE scango.session SET touched_at = $4, removed = removed + $3 WHERE mall_id = $1 AND id = $2"
    await tx.run(sql, mall_id, session_id, removed, now)


async def mark_placed(tx: Tx, mall_id: MallId, session_id: SessionId, order_id: OrderId, now: datetime) -> bool:
    """Make an open basket an order's; False when it is not open."""
    sql = """
    UPDATE scango.session SET state = 'placed', order_id = $3, touched_at = $4
     WHERE mall_id = $1 AND id = $2 AND state = 'open'
    """
    return bool(await tx.run(sql, mall_id, session_id, order_id, now))


async def mark_paid(tx: Tx, mall_id: MallId, session_id: SessionId, *, reasons: Sequence[str], now: datetime) -> bool:
    """Note that a basket is paid, and why the bag will be looked at; False when it was not waiting for that."""
    sql = """
    UPDATE scango.session SET state = 'paid', paid_at = $4, must_check = cardinality($3::text[]) > 0, reasons = $3
     WHERE mall_id = $1 AND id = $2 AND state = 'placed'
    """
    return bool(await tx.run(sql, mall_id, session_id, list(reasons), now))


async def back_to_open(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> SessionId | None:
    """Give a basket back whose order ended unpaid; None when there is none such."""
    found: SessionId | None = await tx.value(
        """
        UPDATE scango.session SET state = 'open', order_id = NULL, touched_at = $3
         WHERE mall_id = $1 AND order_id = $2 AND state = 'placed' RETURNING id
        """,
        mall_id,
        order_id,
        now,
    )
    return found


_LEAVE = """
UPDATE scango.session SET state = 'left', ended_at = $3 WHERE mall_id = $1 AND id = $2 AND state = 'paid'
"""


async def mark_left(tx: Tx, mall_id: MallId, session_id: SessionId, now: datetime) -> bool:
    """Let a paid basket out; False when it has left before, or is not paid."""
    return bool(await tx.run(_LEAVE, mall_id, session_id, now))


async def end(tx: Tx, mall_id: MallId, session_id: SessionId, state: ScanState, now: datetime) -> bool:
    """Give an open basket up; False when it is not open."""
    sql = "UPDATE scango.session SET state = $3, ended_at = $4 WHERE mall_id = $1 AND id = $2 AND state = 'open'"
    return bool(await tx.run(sql, mall_id, session_id, state, now))


class Idle(msgspec.Struct, frozen=True):
    """A basket given up, and whose it was."""

    mall_id: MallId
    id: SessionId
    shop_id: ShopId
    member_id: MemberId


async def abandon_idle(tx: Tx, now: datetime) -> list[Idle]:
    """Give up the baskets that nobody touched for as long as their shops wait."""
    return await tx.all(
        Idle,
        """
        WITH idle AS (
          SELECT s.mall_id, s.id FROM scango.session s
            JOIN scango.shop h ON h.mall_id = s.mall_id AND h.shop_id = s.shop_id
           WHERE s.state = 'open' AND s.touched_at < $1::timestamptz - make_interval(mins => h.idle_minutes)
           ORDER BY s.mall_id, s.id LIMIT 500 FOR UPDATE OF s SKIP LOCKED)
        UPDATE scango.session s SET state = 'abandoned', ended_at = $1
          FROM idle WHERE s.mall_id = idle.mall_id AND s.id = idle.id
        RETURNING s.mall_id, s.id, s.shop_id, s.member_id
        """,
        now,
    )


async def count_left(tx: ReadTx, mall_id: MallId, shop_id: ShopId, member_id: MemberId) -> int:
    """Return how many baskets a member has taken out of a shop."""
    sql = (
        "SELECT count(*) FROM scango.session WHERE mall_id = $1 AND shop_id = $2 AND member_id = $3 AND state = 'left'"
    )
    return int(await tx.value(sql, mall_id, shop_id, member_id))


async def any_idle(tx: ReadTx, now: datetime) -> bool:
    """Return whether a basket waits to be given up."""
    sql = """
    SELECT EXISTS (SELECT FROM scango.session s JOIN scango.shop h ON h.mall_id = s.mall_id AND h.shop_id = s.shop_id
                    WHERE s.state = 'open' AND s.touched_at < $1::timestamptz - make_interval(mins => h.idle_minutes))
    """
    return bool(await tx.value(sql, now))
