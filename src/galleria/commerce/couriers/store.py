"""Every SQL statement of couriers.

Locks: whoever changes a request locks its row first, then touches its runs; several requests in order of id.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.couriers.model import (
    CourierNotice,
    CourierPolicy,
    Quote,
    Request,
    RequestId,
    RequestState,
    Run,
    RunId,
)
from galleria.kernel.ids import MallId, MemberId, ShipmentId
from galleria.platform.tx import ReadTx, Tx

_REQUEST = """
q.mall_id, q.id, q.shipment_id, q.member_id, q.number, q.title, q.pickup, q.dropoff, q.goods_minor, q.weight_g,
q.currency, q.ready_at, q.deliver_by, q.state, q.reason, q.tries, q.asked, q.created_at, q.ended_at
"""
_RUN = """
r.mall_id, r.id, r.request_id, r.n, r.company, r.state, r.reason, r.token, r.price_minor, r.tip_minor,
r.tip_asked_minor, r.cancel_minor, r.return_minor, r.cost_minor, r.told_minor, r.reference, r.cancel_why,
r.courier_name, r.courier_phone, r.lat, r.lon, r.seen_at, r.told_at, r.asked_at, r.asks, r.error, r.created_at,
r.offered_at, r.accepted_at, r.picked_at, r.delivered_at, r.ended_at
"""
_OVER = "('delivered', 'returned', 'cancelled', 'failed')"
_RUN_OVER = "('delivered', 'returned', 'cancelled')"


async def policy(tx: ReadTx, mall_id: MallId) -> CourierPolicy | None:
    """Return what a mall has decided about couriers."""
    sql = """
    SELECT choose, companies, accept_minutes, tries_max, price_max_minor FROM couriers.policy WHERE mall_id = $1
    """
    return await tx.one(CourierPolicy, sql, mall_id)


async def put_policy(tx: Tx, mall_id: MallId, new: CourierPolicy, now: datetime) -> None:
    """Write a mall's policy in place of the one before."""
    sql = """
    INSERT INTO couriers.policy (mall_id, choose, companies, accept_minutes, tries_max, price_max_minor, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (mall_id) DO UPDATE
       SET choose = $2, companies = $3, accept_minutes = $4, tries_max = $5, price_max_minor = $6, changed_at = $7
    """
    await tx.run(
        sql, mall_id, new.choose.value, new.companies, new.accept_minutes, new.tries_max, new.price_max_minor, now
    )


async def add_request(tx: Tx, new: Request) -> bool:
    """Insert a request; False when the shipment has one that is not over."""
    sql = """
    INSERT INTO couriers.request (mall_id, id, shipment_id, member_id, number, title, pickup, dropoff, goods_minor,
                                  weight_g, currency, ready_at, deliver_by, state, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'quoting', $14)
    ON CONFLICT DO NOTHING
    """
    return bool(
        await tx.run(
            sql, new.mall_id, new.id, new.shipment_id, new.member_id, new.number, new.title, new.pickup, new.dropoff,
            new.goods_minor, new.weight_g, new.currency, new.ready_at, new.deliver_by, new.created_at,
        )
    )  # fmt: skip


async def live_request(tx: ReadTx, mall_id: MallId, shipment_id: ShipmentId) -> Request | None:
    """Return a shipment's request that is not over."""
    sql = f"SELECT {_REQUEST} FROM couriers.request q WHERE mall_id = $1 AND shipment_id = $2 AND state NOT IN {_OVER}"
    return await tx.one(Request, sql, mall_id, shipment_id)


async def last_request(tx: ReadTx, mall_id: MallId, shipment_id: ShipmentId, member_id: MemberId) -> Request | None:
    """Return the newest request of a member's shipment."""
    sql = f"""
    SELECT {_REQUEST} FROM couriers.request q
     WHERE mall_id = $1 AND shipment_id = $2 AND member_id = $3 ORDER BY id DESC LIMIT 1
    """
    return await tx.one(Request, sql, mall_id, shipment_id, member_id)


async def find_request(tx: ReadTx, mall_id: MallId, request_id: RequestId) -> Request | None:
    """Return a request."""
    sql = f"SELECT {_REQUEST} FROM couriers.request q WHERE mall_id = $1 AND id = $2"
    return await tx.one(Request, sql, mall_id, request_id)


async def lock_request(tx: Tx, mall_id: MallId, request_id: RequestId) -> Request | None:
    """Return a request, locked until the transaction ends."""
    sql = f"SELECT {_REQUEST} FROM couriers.request q WHERE mall_id = $1 AND id = $2 FOR UPDATE"
    return await tx.one(Request, sql, mall_id, request_id)


async def lock_request_of(tx: Tx, mall_id: MallId, run_id: RunId) -> Request | None:
    """Return the request of a run, locked until the transaction ends."""
    sql = f"""
    SELECT {_REQUEST} FROM couriers.request q
     WHERE mall_id = $1 AND id = (SELECT request_id FROM couriers.run WHERE mall_id = $1 AND id = $2) FOR UPDATE
    """
    return await tx.one(Request, sql, mall_id, run_id)


async def move_request(
    tx: Tx, request: Request, state: RequestState, *, reason: str, ended_at: datetime | None
) -> None:
    """Write where a request, locked before, stands now."""
    sql = "UPDATE couriers.request SET state = $3, reason = $4, ended_at = $5 WHERE mall_id = $1 AND id = $2"
    await tx.run(sql, request.mall_id, request.id, state.value, reason, ended_at)


async def count_asking(tx: Tx, mall_id: MallId, request_id: RequestId) -> int:
    """Count a round of asking for quotes that came to nothing, and return how many there were."""
    sql = "UPDATE couriers.request SET asked = asked + 1 WHERE mall_id = $1 AND id = $2 RETURNING asked"
    found: int = await tx.value(sql, mall_id, request_id)
    return found


async def put_quotes(tx: Tx, mall_id: MallId, request_id: RequestId, quotes: Sequence[Quote]) -> None:
    """Write what companies answered, each in place of its answer before."""
    sql = """
    INSERT INTO couriers.quote (mall_id, request_id, company, price_minor, minutes, token, cancel_minor, return_minor,
                                why_not, at)
    SELECT $1, $2, a.company, a.price_minor, a.minutes, a.token, a.cancel_minor, a.return_minor, a.why_not, a.at
      FROM jsonb_to_recordset($3) AS a (company text, price_minor bigint, minutes integer, token text,
           cancel_minor bigint, return_minor bigint, why_not text, at timestamptz)
    ON CONFLICT (mall_id, request_id, company) DO UPDATE
       SET price_minor = EXCLUDED.price_minor, minutes = EXCLUDED.minutes, token = EXCLUDED.token,
           cancel_minor = EXCLUDED.cancel_minor, return_minor = EXCLUDED.return_minor, why_not = EXCLUDED.why_not,
           at = EXCLUDED.at
    """
    await tx.run(sql, mall_id, request_id, list(quotes))


async def quotes_of(tx: ReadTx, mall_id: MallId, request_ids: Sequence[RequestId]) -> list[tuple[RequestId, Quote]]:
    """Return what companies answered for requests, by company."""
    sql = """
    SELECT request_id, company, price_minor, minutes, token, cancel_minor, return_minor, why_not, at
      FROM couriers.quote WHERE mall_id = $1 AND request_id = ANY ($2) ORDER BY request_id, company
    """
    rows = await tx.all(_QuoteRow, sql, mall_id, list(request_ids))
    return [(row.request_id, row.quote) for row in rows]


class _QuoteRow(Quote, frozen=True, kw_only=True):
    request_id: RequestId

    @property
    def quote(self) -> Quote:
        return msgspec.convert(msgspec.structs.asdict(self), Quote)


async def add_run(tx: Tx, new: Run) -> None:
    """Insert a run and count it; the request is locked, and has no other run under way, by constraint."""
    sql = """
    WITH counted AS (UPDATE couriers.request SET tries = $4 WHERE mall_id = $1 AND id = $3)
    INSERT INTO couriers.run (mall_id, id, request_id, n, company, state, token, price_minor, cancel_minor,
                              return_minor, created_at)
    VALUES ($1, $2, $3, $4, $5, 'quoted', $6, $7, $8, $9, $10)
    """
    await tx.run(
        sql, new.mall_id, new.id, new.request_id, new.n, new.company, new.token, new.price_minor, new.cancel_minor,
        new.return_minor, new.created_at,
    )  # fmt: skip


async def find_run(tx: ReadTx, mall_id: MallId, run_id: RunId) -> Run | None:
    """Return a run."""
    return await tx.one(Run, f"SELECT {_RUN} FROM couriers.run r WHERE mall_id = $1 AND id = $2", mall_id, run_id)


async def runs_of(tx: ReadTx, mall_id: MallId, request_ids: Sequence[RequestId]) -> list[Run]:
    """Return the runs of requests, the first first."""
    sql = f"SELECT {_RUN} FROM couriers.run r WHERE mall_id = $1 AND request_id = ANY ($2) ORDER BY request_id, n"
    return await tx.all(Run, sql, mall_id, list(request_ids))


async def write_run(tx: Tx, run: Run) -> None:
    """Write all that can change of a run; its request is locked."""
    sql = """
    UPDATE couriers.run
       SET state = $3, reason = $4, tip_minor = $5, tip_asked_minor = $6, cost_minor = $7, told_minor = $8,
           reference = $9, cancel_why = $10, courier_name = $11, courier_phone = $12, lat = $13, lon = $14,
           seen_at = $15, told_at = $16, error = $17, offered_at = $18, accepted_at = $19, picked_at = $20,
           delivered_at = $21, ended_at = $22
     WHERE mall_id = $1 AND id = $2
    """
    await tx.run(
        sql, run.mall_id, run.id, run.state.value, run.reason, run.tip_minor, run.tip_asked_minor, run.cost_minor,
        run.told_minor, run.reference, None if run.cancel_why is None else run.cancel_why.value, run.courier_name,
        run.courier_phone, run.lat, run.lon, run.seen_at, run.told_at, run.error, run.offered_at, run.accepted_at,
        run.picked_at, run.delivered_at, run.ended_at,
    )  # fmt: skip


async def add_notice(tx: Tx, notice: CourierNotice, outcome: str, now: datetime) -> bool:
    """Keep what a company told; False when it told it before. Its key lets one of two at once through."""
    sql = """
    INSERT INTO couriers.notice (mall_id, company, notice_id, run_id, state, reason, outcome, said_at, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT DO NOTHING
    """
    return bool(
        await tx.run(
            sql, notice.mall_id, notice.company, notice.notice_id, notice.run_id,
            "unknown" if notice.state is None else notice.state.value,
            "" if notice.reason is None else notice.reason.value, outcome, notice.said_at, now,
        )
    )  # fmt: skip


async def mark_asked(tx: Tx, mall_id: MallId, run_id: RunId, now: datetime) -> None:
    """Note that a company is being asked about a run, so that the next asking waits longer."""
    sql = "UPDATE couriers.run SET asked_at = $3, asks = asks + 1 WHERE mall_id = $1 AND id = $2"
    await tx.run(sql, mall_id, run_id, now)


async def silent(tx: ReadTx, *, now: datetime, limit: int) -> list[tuple[MallId, RunId]]:
    """Return runs under way of which nothing was heard for a while: longer each time they were asked about.

    Half a minute at first, twice as long each time, ten minutes at most.
    """
    sql = f"""
    SELECT mall_id, id FROM couriers.run
     WHERE (state NOT IN {_RUN_OVER} OR cancel_why = 'orphan')
       AND greatest(created_at, offered_at, told_at, asked_at)
           < $1::timestamptz - make_interval(secs => least(600, 30 * power(2, least(asks, 6))))
     ORDER BY created_at LIMIT $2
    """
    rows = await tx.all(_Key, sql, now, limit)
    return [(row.mall_id, row.id) for row in rows]


class _Key(msgspec.Struct, frozen=True):
    mall_id: MallId
    id: RunId


async def not_accepted(tx: ReadTx, *, now: datetime, default_minutes: int, limit: int) -> list[tuple[MallId, RunId]]:
    """Return runs that no courier has taken within the mall's time and that are not being called off."""
    sql = """
    SELECT r.mall_id, r.id FROM couriers.run r LEFT JOIN couriers.policy p ON p.mall_id = r.mall_id
     WHERE r.state IN ('quoted', 'offered') AND r.cancel_why IS NULL
       AND coalesce(r.offered_at, r.created_at)
           < $1::timestamptz - make_interval(mins => coalesce(p.accept_minutes, $2::integer))
     ORDER BY r.created_at LIMIT $3
    """
    rows = await tx.all(_Key, sql, now, default_minutes, limit)
    return [(row.mall_id, row.id) for row in rows]


async def list_requests(
    tx: ReadTx, mall_id: MallId, *, states: Sequence[RequestState], company: str | None, before: UUID | None, limit: int
) -> list[Request]:
    """Return requests in some states (all, when none is named) and of one company, the newest first."""
    sql = f"""
    SELECT {_REQUEST} FROM couriers.request q
     WHERE mall_id = $1 AND (cardinality($2::text[]) = 0 OR state = ANY ($2)) AND ($4::uuid IS NULL OR id < $4)
       AND ($3::text IS NULL OR EXISTS (SELECT FROM couriers.run r
                                         WHERE r.mall_id = q.mall_id AND r.request_id = q.id AND r.company = $3))
     ORDER BY id DESC LIMIT $5
    """
    return await tx.all(Request, sql, mall_id, [state.value for state in states], company, before, limit)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How often a company was asked and what it did, over some days."""

    company: str
    quotes: int
    declined: int
    mean_price_minor: int | None
    mean_minutes: int | None
    runs: int
    accepted: int
    accept_s: int | None
    delivered: int
    on_time: int
    cancelled: int
    returned: int
    troubles: dict[str, int]
    cost_minor: int
    differences: int


_COMPARE = """
WITH asked AS (
  SELECT company, count(*)::integer AS quotes, count(*) FILTER (WHERE price_minor IS NULL)::integer AS declined,
         round(avg(price_minor))::bigint AS mean_price_minor, round(avg(minutes))::integer AS mean_minutes
    FROM couriers.quote WHERE mall_id = $1 AND at >= $2 AND at < $3 GROUP BY company
), done AS (
  SELECT r.company, count(*)::integer AS runs, count(r.accepted_at)::integer AS accepted,
         round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.accepted_at - r.offered_at)))::integer
           AS accept_s,
         count(*) FILTER (WHERE r.state = 'delivered')::integer AS delivered,
         count(*) FILTER (WHERE r.state = 'delivered' AND r.delivered_at <= q.deliver_by)::integer AS on_time,
         count(*) FILTER (WHERE r.state = 'cancelled')::integer AS cancelled,
         count(*) FILTER (WHERE r.state IN ('returning', 'returned'))::integer AS returned,
         sum(r.cost_minor)::bigint AS cost_minor,
         count(*) FILTER (WHERE r.ended_at IS NOT NULL AND r.told_minor <> r.cost_minor)::integer AS differences
    FROM couriers.run r JOIN couriers.request q ON q.mall_id = r.mall_id AND q.id = r.request_id
   WHERE r.mall_id = $1 AND r.created_at >= $2 AND r.created_at < $3 GROUP BY r.company
), trouble AS (
  SELECT company, jsonb_object_agg(reason, times) AS troubles
    FROM (SELECT company, reason, count(*) AS times FROM couriers.run
           WHERE mall_id = $1 AND created_at >= $2 AND created_at < $3 AND reason <> '' GROUP BY company, reason) AS t
   GROUP BY company
)
SELECT company, coalesce(quotes, 0) AS quotes, coalesce(declined, 0) AS declined, mean_price_minor, mean_minutes,
       coalesce(runs, 0) AS runs, coalesce(accepted, 0) AS accepted, accept_s, coalesce(delivered, 0) AS delivered,
       coalesce(on_time, 0) AS on_time, coalesce(cancelled, 0) AS cancelled, coalesce(returned, 0) AS returned,
       coalesce(troubles, '{}') AS troubles, coalesce(cost_minor, 0) AS cost_minor,
       coalesce(differences, 0) AS differences
  FROM asked FULL JOIN done USING (company) LEFT JOIN trouble USING (company) ORDER BY company
"""


async def compare(tx: ReadTx, mall_id: MallId, since: datetime, until: datetime) -> list[Counted]:
    """Return how each company did between two moments."""
    return await tx.all(Counted, _COMPARE, mall_id, since, until)
