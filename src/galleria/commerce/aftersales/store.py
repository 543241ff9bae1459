"""All SQL of after-sales. A case moves under the lock of its order and then its own, so nothing waits in a circle."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.aftersales.model import CaseKind, CasePolicy, CaseRow, CaseState, MoveRow, UnitInCase
from galleria.kernel.ids import CaseId, LineId, MallId, MemberId, OrderId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx

_COLUMNS = """mall_id, id, number, code, order_id, order_number, sub_order_id, shop_id, merchant_id, shop_zh, shop_en,
       member_id, currency, kind, reason, words, pictures, items, terms, most_minor, asked_minor, state, goods,
       offered_kind, offered_minor, with_delivery, replacement_variant_id, reservation_id, handing, carrier, tracking,
       place, final, refund_id, settled_minor, due_at, opened_at, ended_at"""


async def add(tx: Tx, case: CaseRow, units: Sequence[tuple[LineId, int]]) -> None:
    """Write a case, which holds its units from now on; raises UnitInCase when another holds one of them."""
    row = msgspec.structs.astuple(case)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await tx.run(f"INSERT INTO aftersales.case_file ({_COLUMNS}) VALUES ({places})", *row)
    held = await tx.run(
        """
        INSERT INTO aftersales.case_unit (mall_id, case_id, line_id, unit)
        SELECT $1, $2, u.line_id, u.unit FROM unnest($3::uuid[], $4::integer[]) AS u (line_id, unit)
        ON CONFLICT DO NOTHING
        """,
        case.mall_id,
        case.id,
        [line_id for line_id, _ in units],
        [unit for _, unit in units],
    )
    if held != len(units):
        raise UnitInCase


async def order_of(tx: ReadTx, mall_id: MallId, case_id: CaseId) -> OrderId | None:
    """Return the order a case is about, which never changes."""
    found: OrderId | None = await tx.value(
        "SELECT order_id FROM aftersales.case_file WHERE mall_id = $1 AND id = $2", mall_id, case_id
    )
    return found


async def lock(tx: Tx, mall_id: MallId, case_id: CaseId) -> CaseRow | None:
    """Return a case, locked until the transaction ends."""
    sql = f"SELECT {_COLUMNS} FROM aftersales.case_file WHERE mall_id = $1 AND id = $2 FOR UPDATE"
    return await tx.one(CaseRow, sql, mall_id, case_id)


async def find(tx: ReadTx, mall_id: MallId, case_id: CaseId) -> CaseRow | None:
    """Return a case."""
    sql = f"SELECT {_COLUMNS} FROM aftersales.case_file WHERE mall_id = $1 AND id = $2"
    return await tx.one(CaseRow, sql, mall_id, case_id)


async def find_by_code(tx: ReadTx, mall_id: MallId, code: str) -> CaseRow | None:
    """Return the open case whose code this is."""
    sql = f"SELECT {_COLUMNS} FROM aftersales.case_file WHERE mall_id = $1 AND code = $2 AND ended_at IS NULL"
    return await tx.one(CaseRow, sql, mall_id, code)


async def open_of_order(tx: Tx, mall_id: MallId, order_id: OrderId) -> list[CaseRow]:
    """Return the open cases of an order, locked, in order of id; call with the order locked."""
    sql = f"""
    SELECT {_COLUMNS} FROM aftersales.case_file
     WHERE mall_id = $1 AND order_id = $2 AND ended_at IS NULL ORDER BY id FOR UPDATE
    """
    return await tx.all(CaseRow, sql, mall_id, order_id)


_SAVE = """
WITH saved AS (
  UPDATE aftersales.case_file
     SET items = $3, most_minor = $4, asked_minor = $5, state = $6, goods = $7, offered_kind = $8, offered_minor = $9,
         with_delivery = $10, handing = $11, carrier = $12, tracking = $13, place = $14, final = $15, refund_id = $16,
         settled_minor = $17, due_at = $18, ended_at = $19,
         reservation_id = $20
   WHERE mall_id = $1 AND id = $2 AND state = $21 AND ended_at IS NULL
  RETURNING mall_id, id, ended_at
), let_go AS (
  UPDATE aftersales.case_unit u SET held = false FROM saved s
   WHERE u.mall_id = s.mall_id AND u.case_id = s.id AND u.held
     AND (s.ended_at IS NOT NULL OR NOT EXISTS (
       SELECT FROM jsonb_to_recordset($3::jsonb) AS i (line_id uuid, units integer[])
        WHERE i.line_id = u.line_id AND u.unit = ANY (i.units)))
)
SELECT count(*) FROM saved
"""


async def save(tx: Tx, case: CaseRow, *, before: CaseState) -> bool:
    """Write what became of a case that stood at `before`; False when it does not stand there any more.

    Units that are no longer among its items, and all of them when it has ended, are free for another case.
    """
    return bool(
        await tx.value(
            _SAVE,
            case.mall_id,
            case.id,
            case.items,
            case.most_minor,
            case.asked_minor,
            case.state.value,
            case.goods.value,
            case.offered_kind,
            case.offered_minor,
            case.with_delivery,
            case.handing,
            case.carrier,
            case.tracking,
            case.place,
            case.final,
            case.refund_id,
            case.settled_minor,
            case.due_at,
            case.ended_at,
            case.reservation_id,
            before.value,
        )
    )


async def add_move(tx: Tx, mall_id: MallId, case_id: CaseId, move: MoveRow) -> None:
    """Keep that something happened to a case."""
    await tx.run(
        """
        INSERT INTO aftersales.move (mall_id, case_id, what, state, actor_kind, actor_id, actor_name, for_mall, kind,
                                     amount_minor, words, pictures, place, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """,
        mall_id,
        case_id,
        *msgspec.structs.astuple(move),
    )


async def moves(tx: ReadTx, mall_id: MallId, case_id: CaseId) -> list[MoveRow]:
    """Return what happened to a case, the first first."""
    return await tx.all(
        MoveRow,
        """
        SELECT what, state, actor_kind, actor_id, actor_name, for_mall, kind, amount_minor, words, pictures, place, at
          FROM aftersales.move WHERE mall_id = $1 AND case_id = $2 ORDER BY n
        """,
        mall_id,
        case_id,
    )


class Holding(msgspec.Struct, frozen=True):
    """A unit, the case that holds or held it, and whether the mall has spoken its last word about it."""

    line_id: LineId
    unit: int
    case_id: CaseId
    kind: CaseKind
    held: bool
    final: bool


async def holdings(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> list[Holding]:
    """Return the units of an order that a case holds, or about which a case was decided for good."""
    return await tx.all(
        Holding,
        """
        SELECT u.line_id, u.unit, u.case_id, c.kind, u.held, c.final AND c.state = 'closed' AS final
          FROM aftersales.case_file c JOIN aftersales.case_unit u ON u.mall_id = c.mall_id AND u.case_id = c.id
         WHERE c.mall_id = $1 AND c.order_id = $2 AND (u.held OR (c.final AND c.state = 'closed'))
        """,
        mall_id,
        order_id,
    )


_OF = "($2::text IS NULL OR ($2 = 'open') = (ended_at IS NULL))"


async def list_mine(
    tx: ReadTx,
    mall_id: MallId,
    member_id: MemberId,
    *,
    which: str | None,
    order_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[CaseRow]:
    """Return a member's cases, the newest first."""
    sql = f"""
    SELECT {_COLUMNS} FROM aftersales.case_file
     WHERE mall_id = $1 AND {_OF} AND member_id = $3 AND ($4::uuid IS NULL OR order_id = $4)
       AND ($5::uuid IS NULL OR id < $5)
     ORDER BY id DESC LIMIT $6
    """
    return await tx.all(CaseRow, sql, mall_id, which, member_id, order_id, before, limit)


_REACH = "($3 OR merchant_id = ANY ($4) OR shop_id = ANY ($5)) AND ($6::uuid IS NULL OR shop_id = $6)"


async def list_open(
    tx: ReadTx,
    mall_id: MallId,
    *,
    reach: Reach,
    shop_id: UUID | None,
    state: CaseState | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[CaseRow]:
    """Return the open cases a reach may see: what is due first comes first, what nobody is held to comes last."""
    sql = f"""
    SELECT {_COLUMNS} FROM aftersales.case_file
     WHERE mall_id = $1 AND ended_at IS NULL AND ($2::text IS NULL OR state = $2) AND {_REACH}
       AND ($7::timestamptz IS NULL OR (coalesce(due_at, 'infinity'), id) > ($7, $8))
     ORDER BY coalesce(due_at, 'infinity'), id LIMIT $9
    """
    at, last = after or (None, None)
    rows = (reach.everything, reach.merchant_ids, reach.shop_ids, shop_id)
    return await tx.all(CaseRow, sql, mall_id, state and state.value, *rows, at, last, limit)


async def list_ended(
    tx: ReadTx,
    mall_id: MallId,
    *,
    reach: Reach,
    shop_id: UUID | None,
    state: CaseState | None,
    before: UUID | None,
    limit: int,
) -> list[CaseRow]:
    """Return the ended cases a reach may see, the newest first."""
    sql = f"""
    SELECT {_COLUMNS} FROM aftersales.case_file
     WHERE mall_id = $1 AND ended_at IS NOT NULL AND ($2::text IS NULL OR state = $2) AND {_REACH}
       AND ($7::uuid IS NULL OR id < $7)
     ORDER BY id DESC LIMIT $8
    """
    rows = (reach.everything, reach.merchant_ids, reach.shop_ids, shop_id)
    return await tx.all(CaseRow, sql, mall_id, state and state.value, *rows, before, limit)


class Due(msgspec.Struct, frozen=True):
    """A case whose time is over."""

    mall_id: MallId
    id: CaseId


async def list_due(tx: ReadTx, now: datetime, states: Sequence[str], limit: int) -> list[Due]:
    """Return cases in some states whose time is over, the longest first."""
    return await tx.all(
        Due,
        "SELECT mall_id, id FROM aftersales.case_file WHERE due_at <= $1 AND state = ANY ($2) ORDER BY due_at LIMIT $3",
        now,
        list(states),
        limit,
    )


async def policies(tx: ReadTx, mall_id: MallId) -> list[CasePolicy]:
    """Return all terms of a mall: its own first, then by shop and category."""
    return await tx.all(
        CasePolicy,
        """
        SELECT id, shop_id, category_id, terms, changed_at FROM aftersales.policy WHERE mall_id = $1
         ORDER BY shop_id NULLS FIRST, category_id NULLS FIRST
        """,
        mall_id,
    )


async def save_policy(tx: Tx, mall_id: MallId, policy: CasePolicy) -> CasePolicy:
    """Write terms; those there were for the same shop and category are replaced."""
    found = await tx.one(
        CasePolicy,
        """
        INSERT INTO aftersales.policy AS p (mall_id, id, shop_id, category_id, terms, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (mall_id, shop_id, category_id) DO UPDATE
           SET terms = excluded.terms, changed_at = excluded.changed_at
        RETURNING id, shop_id, category_id, terms, changed_at
        """,
        mall_id,
        *msgspec.structs.astuple(policy),
    )
    return found or policy
