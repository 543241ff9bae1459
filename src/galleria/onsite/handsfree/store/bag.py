"""Statements on bags and their trips, cards, collections and proxies."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.ids import BagId, MallId, MemberId, ShopId, StaffId, TripId
from galleria.onsite.handsfree.model import Bag, BagProxyState, BagState, BagTrip, BagWish, Collection
from galleria.onsite.handsfree.rules import Chain
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx

_BAG = """
SELECT mall_id, id, label, trip_id, member_id, shop_id, merchant_id, shop_zh, shop_en, floor_code, unit_code, storage,
       fragile, pieces, weight_g, declared_minor, picture, note, sealed_at, best_by, state, runner_id, desk_id,
       shelf_id, moved_at, shelved_at, reminded_at, fetcher_id, fetch_until
  FROM handsfree.bag
"""
_TRIP = """
SELECT mall_id, id, member_id, day, serial, state, way, desk_id, bay, wished_at, created_at, closed_at
  FROM handsfree.trip
"""


async def find(tx: ReadTx, mall_id: MallId, bag_id: UUID) -> Bag | None:
    """Return a bag."""
    return await tx.one(Bag, _BAG + " WHERE mall_id = $1 AND id = $2", mall_id, bag_id)


async def find_by_label(tx: ReadTx, mall_id: MallId, label: str) -> Bag | None:
    """Return the bag that a label is on."""
    return await tx.one(Bag, _BAG + " WHERE mall_id = $1 AND label = $2", mall_id, label)


async def add(tx: Tx, bag: Bag) -> bool:
    """Insert a bag that was just sealed; False when its label is on another one."""
    row = msgspec.structs.asdict(bag)
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    values = [value.value if isinstance(value, StrEnum) else value for value in row.values()]
    sql = f"INSERT INTO handsfree.bag ({names}) VALUES ({places}) ON CONFLICT (mall_id, label) DO NOTHING"
    return bool(await tx.run(sql, *values))


async def place(tx: Tx, mall_id: MallId, bag_id: BagId, chain: Chain) -> None:
    """Write down where a bag is, as its chain tells, and keep its shelves' counts; its label's row is locked.

    Shelves are locked in the order of their ids.
    """
    state = None if chain.state is None else chain.state.value
    await tx.run(
        """
        WITH was AS (SELECT shelf_id FROM handsfree.bag WHERE mall_id = $1 AND id = $2),
             change AS (
               SELECT id, sum(d)::integer AS by
                 FROM (SELECT shelf_id AS id, -1 AS d FROM was UNION ALL SELECT $6::uuid, 1) AS m
                WHERE id IS NOT NULL GROUP BY id HAVING sum(d) <> 0),
             locked AS (
               SELECT s.id FROM handsfree.shelf AS s
                WHERE s.mall_id = $1 AND s.id IN (SELECT id FROM change) ORDER BY s.id FOR UPDATE),
             counted AS (
               UPDATE handsfree.shelf AS s SET used = s.used + c.by FROM change AS c, locked AS l
                WHERE s.mall_id = $1 AND s.id = c.id AND l.id = s.id)
        UPDATE handsfree.bag SET state = $3, runner_id = $4, desk_id = $5, shelf_id = $6, moved_at = $7,
               shelved_at = $8,
               fetcher_id = CASE WHEN $3 = state THEN fetcher_id END,
               fetch_until = CASE WHEN $3 = state THEN fetch_until END
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        bag_id,
        state,
        chain.runner_id,
        chain.desk_id,
        chain.shelf_id,
        chain.moved_at,
        chain.shelved_at,
    )


async def list_bags(
    tx: ReadTx,
    mall_id: MallId,
    *,
    reach: Reach | None = None,
    states: Sequence[BagState] | None = None,
    shop_id: ShopId | None = None,
    trip_id: TripId | None = None,
    trip_ids: Sequence[TripId] | None = None,
    desk_id: UUID | None = None,
    runner_id: StaffId | None = None,
    label: str | None = None,
    before: UUID | None = None,
    limit: int = 500,
) -> list[Bag]:
    """Return bags that fit all that is given, the newest first."""
    return await tx.all(
        Bag,
        _BAG
        + """
         WHERE mall_id = $1 AND ($2::text[] IS NULL OR state = ANY ($2)) AND ($3::uuid IS NULL OR shop_id = $3)
           AND ($4::uuid IS NULL OR trip_id = $4) AND ($5::uuid IS NULL OR desk_id = $5)
           AND ($6::uuid IS NULL OR runner_id = $6) AND ($7::text IS NULL OR label LIKE '%' || $7 || '%')
           AND ($8::uuid IS NULL OR id < $8) AND ($9 OR shop_id = ANY ($10::uuid[]) OR merchant_id = ANY ($11::uuid[]))
           AND ($12::uuid[] IS NULL OR trip_id = ANY ($12))
         ORDER BY id DESC LIMIT $13
        """,
        mall_id,
        None if states is None else [state.value for state in states],
        shop_id,
        trip_id,
        desk_id,
        runner_id,
        label,
        before,
        reach is None or reach.everything,
        [] if reach is None else reach.shop_ids,
        [] if reach is None else reach.merchant_ids,
        None if trip_ids is None else list(trip_ids),
        limit,
    )


async def fetch(
    tx: Tx, mall_id: MallId, shop_ids: Sequence[ShopId], *, staff_id: StaffId, until: datetime, now: datetime
) -> int:
    """Have a runner take shops' waiting bags on that no other runner is fetching; return how many."""
    return await tx.run(
        """
        UPDATE handsfree.bag SET fetcher_id = $3, fetch_until = $4
         WHERE mall_id = $1 AND shop_id = ANY ($2::uuid[]) AND state = 'at_shop'
           AND (fetcher_id IS NULL OR fetcher_id = $3 OR fetch_until <= $5)
        """,
        mall_id,
        list(shop_ids),
        staff_id,
        until,
        now,
    )


async def unfetch(tx: Tx, mall_id: MallId, shop_ids: Sequence[ShopId], *, staff_id: StaffId) -> int:
    """Let go of shops a runner has taken on."""
    return await tx.run(
        """
        UPDATE handsfree.bag SET fetcher_id = NULL, fetch_until = NULL
         WHERE mall_id = $1 AND shop_id = ANY ($2::uuid[]) AND fetcher_id = $3
        """,
        mall_id,
        list(shop_ids),
        staff_id,
    )


class StateCount(msgspec.Struct, frozen=True):
    """How many bags are in a state."""

    state: str
    bags: int


async def count_by_state(tx: ReadTx, mall_id: MallId) -> list[tuple[str, int]]:
    """Return how many open bags of a mall are in each state."""
    rows = await tx.all(
        StateCount,
        """
        SELECT state, count(*)::integer AS bags FROM handsfree.bag
         WHERE mall_id = $1 AND state IN ('at_shop', 'carried', 'shelved', 'lost') GROUP BY state
        """,
        mall_id,
    )
    return [(row.state, row.bags) for row in rows]


async def waiting(tx: ReadTx, *, after: tuple[UUID, UUID], limit: int) -> list[Bag]:
    """Return bags of all malls that wait somewhere, by mall and id, those after one of them."""
    return await tx.all(
        Bag,
        _BAG
        + """
         WHERE state IN ('at_shop', 'carried', 'shelved') AND (mall_id, id) > ($1, $2)
         ORDER BY mall_id, id LIMIT $3
        """,
        *after,
        limit,
    )


async def trips_of_collections(tx: ReadTx, mall_id: MallId, collection_ids: Sequence[UUID]) -> dict[UUID, TripId]:
    """Return which trip each of some accepted codes was for."""
    sql = """
    SELECT mall_id, id, trip_id, proxy_id, step, staff_id, at FROM handsfree.collection
     WHERE mall_id = $1 AND id = ANY ($2::uuid[])
    """
    return {row.id: row.trip_id for row in await tx.all(Collection, sql, mall_id, list(collection_ids))}


async def mark_reminded(tx: Tx, mall_id: MallId, bag_ids: Sequence[BagId], now: datetime) -> list[Bag]:
    """Note that bags on shelves are reminded of, each once; return those that were not yet."""
    return await tx.all(
        Bag,
        """
        UPDATE handsfree.bag SET reminded_at = $3
         WHERE mall_id = $1 AND id = ANY ($2::uuid[]) AND state = 'shelved' AND reminded_at IS NULL
        RETURNING *
        """,
        mall_id,
        list(bag_ids),
        now,
    )


async def open_trip(
    tx: Tx, mall_id: MallId, member_id: MemberId, *, trip_id: UUID, day: date, serial: str, now: datetime
) -> BagTrip:
    """Return a member's open trip of a day, made when there is none, its row locked so that it does not close."""
    found = await tx.one(
        BagTrip,
        """
        INSERT INTO handsfree.trip (mall_id, id, member_id, day, serial, state, way, created_at)
        VALUES ($1, $2, $3, $4, $5, 'open', 'desk', $6)
        ON CONFLICT (mall_id, member_id, day) WHERE state = 'open' DO UPDATE SET state = 'open'
        RETURNING mall_id, id, member_id, day, serial, state, way, desk_id, bay, wished_at, created_at, closed_at
        """,
        mall_id,
        trip_id,
        member_id,
        day,
        serial,
        now,
    )
    if found is None:
        raise AssertionError("the trip was made or found")
    return found


async def serial_taken(tx: ReadTx, mall_id: MallId, serial: str) -> bool:
    """Return whether a trip or a card of the mall has this number."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (SELECT FROM handsfree.trip WHERE mall_id = $1 AND serial = $2)
                OR EXISTS (SELECT FROM handsfree.card WHERE mall_id = $1 AND serial = $2)
            """,
            mall_id,
            serial,
        )
    )


async def lock_trip(tx: Tx, mall_id: MallId, trip_id: TripId) -> None:
    """Wait until nobody else adds to or closes a trip."""
    await tx.value("SELECT id FROM handsfree.trip WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, trip_id)


async def close_trip(tx: Tx, mall_id: MallId, trip_id: TripId, now: datetime) -> bool:
    """Close a trip, whose row is locked, when none of its bags is open any more."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.trip SET state = 'closed', closed_at = $3
             WHERE mall_id = $1 AND id = $2 AND state = 'open'
               AND NOT EXISTS (SELECT FROM handsfree.bag
                                WHERE mall_id = $1 AND trip_id = $2
                                  AND state IN ('at_shop', 'carried', 'shelved', 'lost'))
            """,
            mall_id,
            trip_id,
            now,
        )
    )


async def find_trip(tx: ReadTx, mall_id: MallId, trip_id: UUID, member_id: MemberId | None = None) -> BagTrip | None:
    """Return a trip, of one member when given."""
    sql = _TRIP + " WHERE mall_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3)"
    return await tx.one(BagTrip, sql, mall_id, trip_id, member_id)


async def find_trip_by_serial(tx: ReadTx, mall_id: MallId, serial: str) -> BagTrip | None:
    """Return the trip of a collection code's number."""
    return await tx.one(BagTrip, _TRIP + " WHERE mall_id = $1 AND serial = $2", mall_id, serial)


async def list_trips(tx: ReadTx, mall_id: MallId, trip_ids: Sequence[TripId]) -> list[BagTrip]:
    """Return trips by their ids."""
    return await tx.all(BagTrip, _TRIP + " WHERE mall_id = $1 AND id = ANY ($2::uuid[])", mall_id, list(trip_ids))


async def trips_of(
    tx: ReadTx, mall_id: MallId, member_id: MemberId, *, before: UUID | None, limit: int
) -> list[BagTrip]:
    """Return a member's trips, the newest first."""
    return await tx.all(
        BagTrip,
        _TRIP + " WHERE mall_id = $1 AND member_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        mall_id,
        member_id,
        before,
        limit,
    )


async def bags_today(tx: ReadTx, mall_id: MallId, member_id: MemberId, day: date) -> int:
    """Return how many bags of a day a member has."""
    found: int = await tx.value(
        """
        SELECT count(*)::integer FROM handsfree.bag AS b JOIN handsfree.trip AS t
            ON t.mall_id = b.mall_id AND t.id = b.trip_id
         WHERE t.mall_id = $1 AND t.member_id = $2 AND t.day = $3
        """,
        mall_id,
        member_id,
        day,
    )
    return found


async def wish(tx: Tx, mall_id: MallId, trip_id: UUID, member_id: MemberId, wanted: BagWish, now: datetime) -> bool:
    """Note where a member wants the bags of an open trip; False when it is not open or not the member's."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.trip SET way = $4, desk_id = $5, bay = $6, wished_at = $7
             WHERE mall_id = $1 AND id = $2 AND member_id = $3 AND state = 'open'
            """,
            mall_id,
            trip_id,
            member_id,
            wanted.way.value,
            wanted.desk_id,
            wanted.bay.strip(),
            now,
        )
    )


async def card_serial(tx: Tx, mall_id: MallId, member_id: MemberId, serial: str, now: datetime) -> str:
    """Return the number of a member's card, made with `serial` when there is none."""
    found: str = await tx.value(
        """
        INSERT INTO handsfree.card (mall_id, member_id, serial, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (mall_id, member_id) DO UPDATE SET serial = handsfree.card.serial RETURNING serial
        """,
        mall_id,
        member_id,
        serial,
        now,
    )
    return found


async def card_of(tx: ReadTx, mall_id: MallId, member_id: MemberId) -> str | None:
    """Return the number of a member's card."""
    sql = "SELECT serial FROM handsfree.card WHERE mall_id = $1 AND member_id = $2"
    found: str | None = await tx.value(sql, mall_id, member_id)
    return found


async def member_of_card(tx: ReadTx, mall_id: MallId, serial: str) -> MemberId | None:
    """Return whose card has this number."""
    sql = "SELECT member_id FROM handsfree.card WHERE mall_id = $1 AND serial = $2"
    found: MemberId | None = await tx.value(sql, mall_id, serial)
    return found


async def find_collection(tx: ReadTx, mall_id: MallId, collection_id: UUID) -> Collection | None:
    """Return a code that was accepted."""
    return await tx.one(
        Collection,
        """
        SELECT mall_id, id, trip_id, proxy_id, step, staff_id, at FROM handsfree.collection
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        collection_id,
    )


async def add_collection(tx: Tx, made: Collection) -> bool:
    """Insert an accepted code; False when the same half minute's code or the same proxy was accepted before."""
    return bool(
        await tx.run(
            """
            INSERT INTO handsfree.collection (mall_id, id, trip_id, proxy_id, step, staff_id, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
            """,
            made.mall_id,
            made.id,
            made.trip_id,
            made.proxy_id,
            made.step,
            made.staff_id,
            made.at,
        )
    )


class ProxyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A proxy as stored."""

    id: UUID
    trip_id: TripId
    name: str
    state: BagProxyState
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None


_PROXY = "SELECT id, trip_id, name, state, expires_at, created_at, ended_at FROM handsfree.proxy"


async def add_proxy(tx: Tx, mall_id: MallId, proxy: ProxyRow, *, code_hash: bytes, limit: int, now: datetime) -> bool:
    """Insert a proxy of a trip, whose row is locked, unless it has `limit` good ones; False then."""
    return bool(
        await tx.run(
            """
            INSERT INTO handsfree.proxy (mall_id, id, trip_id, name, code_hash, state, expires_at, created_at)
            SELECT $1, $2, $3, $4, $5, 'open', $6, $7
             WHERE (SELECT count(*) FROM handsfree.proxy
                     WHERE mall_id = $1 AND trip_id = $3 AND state = 'open' AND expires_at > $7) < $8
            """,
            mall_id,
            proxy.id,
            proxy.trip_id,
            proxy.name,
            code_hash,
            proxy.expires_at,
            now,
            limit,
        )
    )


async def proxies_of(tx: ReadTx, mall_id: MallId, trip_ids: Sequence[TripId]) -> list[ProxyRow]:
    """Return the proxies of trips, the oldest first."""
    sql = _PROXY + " WHERE mall_id = $1 AND trip_id = ANY ($2::uuid[]) ORDER BY id"
    return await tx.all(ProxyRow, sql, mall_id, list(trip_ids))


async def find_proxy(tx: ReadTx, mall_id: MallId, code_hash: bytes) -> ProxyRow | None:
    """Return the proxy whose code has this hash."""
    return await tx.one(ProxyRow, _PROXY + " WHERE mall_id = $1 AND code_hash = $2", mall_id, code_hash)


async def end_proxy(
    tx: Tx,
    mall_id: MallId,
    proxy_id: UUID,
    state: BagProxyState,
    *,
    trip_id: TripId | None = None,
    good_at: datetime | None = None,
    now: datetime,
) -> bool:
    """Use or revoke a proxy that is open, and at `good_at` not past its time; of two at once one does."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.proxy SET state = $3, ended_at = $6
             WHERE mall_id = $1 AND id = $2 AND state = 'open' AND ($4::uuid IS NULL OR trip_id = $4)
               AND ($5::timestamptz IS NULL OR expires_at > $5)
            """,
            mall_id,
            proxy_id,
            state.value,
            trip_id,
            good_at,
            now,
        )
    )


async def proxy_names(tx: ReadTx, mall_id: MallId, proxy_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of proxies."""
    sql = _PROXY + " WHERE mall_id = $1 AND id = ANY ($2::uuid[])"
    return {row.id: row.name for row in await tx.all(ProxyRow, sql, mall_id, list(proxy_ids))}
