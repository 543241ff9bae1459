"""All SQL of offers.

Locks: an offer's row before its versions, moments and the mall's stamp. Counters are locked in order of their primary
key, as late as can be: a use and its counters are one statement.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MemberId, MerchantId, OfferId, OrderId, SponsorId, StaffId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx
from galleria.value.offers.model import VersionRow, Counter, LiveTerms, ManagedOffer, NewSponsor, OfferPhase, OfferState, OfferTerms, Sponsor
from galleria.value.offers.rules import Count
from galleria.value.promotions import Use

_PHASE = """
    CASE WHEN o.state <> 'live' THEN o.state WHEN o.ends_at <= $2 THEN 'ended' WHEN o.starts_at > $2 THEN 'scheduled'
         ELSE 'live' END
"""
_MANAGED = f"""
SELECT o.mall_id, o.id, o.merchant_id, o.shop_ids, o.preset, o.state, {_PHASE} AS phase, o.version, o.live_version,
       o.title_zh, o.title_en, o.starts_at, o.ends_at, v.terms, o.created_at, o.changed_at
  FROM offers.offer o
  JOIN offers.version v ON v.mall_id = o.mall_id AND v.offer_id = o.id AND v.version = o.version
 WHERE o.mall_id = $1
"""


_LAUNCHED = _MANAGED.replace("v.version = o.version", "v.version = coalesce(o.live_version, o.version)")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What of an offer's terms stands in columns of its own."""

    title_zh: str
    title_en: str
    starts_at: datetime | None
    ends_at: datetime | None


async def add(
    tx: Tx,
    *,
    mall_id: MallId,
    offer_id: OfferId,
    merchant_id: MerchantId | None,
    terms: OfferTerms,
    written: Written,
    now: datetime,
) -> None:
    """Insert an offer as a draft; its first version is added beside it."""
    await tx.run(
        """
        INSERT INTO offers.offer (mall_id, id, merchant_id, shop_ids, preset, title_zh, title_en, starts_at, ends_at,
                                  created_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        """,
        mall_id,
        offer_id,
        merchant_id,
        list(terms.counted.shop_ids),
        terms.preset.value,
        written.title_zh,
        written.title_en,
        written.starts_at,
        written.ends_at,
        now,
    )


async def add_version(
    tx: Tx,
    *,
    mall_id: MallId,
    offer_id: OfferId,
    version: int,
    terms: OfferTerms,
    made_by: StaffId | None,
    restored_from: int | None,
    now: datetime,
) -> None:
    """Insert a version of an offer whose row is new or locked."""
    await tx.run(
        """
        INSERT INTO offers.version (mall_id, offer_id, version, terms, made_by, at, restored_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        mall_id,
        offer_id,
        version,
        terms,
        made_by,
        now,
        restored_from,
    )


async def move_on(
    tx: Tx, *, mall_id: MallId, offer_id: OfferId, version: int, terms: OfferTerms, written: Written, now: datetime
) -> None:
    """Make `version` the newest of a locked offer; one that waited for approval is a draft again.

    Title and period follow only while nothing is launched: shoppers go by the launched version.
    """
    await tx.run(
        """
        UPDATE offers.offer
           SET version = $3, preset = $4, shop_ids = $5, changed_at = $10,
               state = CASE WHEN state = 'pending' THEN 'draft' ELSE state END,
               title_zh = CASE WHEN live_version IS NULL THEN $6 ELSE title_zh END,
               title_en = CASE WHEN live_version IS NULL THEN $7 ELSE title_en END,
               starts_at = CASE WHEN live_version IS NULL THEN $8::timestamptz ELSE starts_at END,
               ends_at = CASE WHEN live_version IS NULL THEN $9::timestamptz ELSE ends_at END
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        offer_id,
        version,
        terms.preset.value,
        list(terms.counted.shop_ids),
        written.title_zh,
        written.title_en,
        written.starts_at,
        written.ends_at,
        now,
    )


async def let_live(tx: Tx, *, mall_id: MallId, offer_id: OfferId, version: int, written: Written, now: datetime) -> None:
    """Make a version of a locked offer the one shoppers get."""
    await tx.run(
        """
        WITH approved AS (
          UPDATE offers.version SET approved_at = $8 WHERE mall_id = $1 AND offer_id = $2 AND version = $3
        )
        UPDATE offers.offer
           SET state = 'live', live_version = $3, title_zh = $4, title_en = $5, starts_at = $6, ends_at = $7,
               changed_at = $8
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        offer_id,
        version,
        written.title_zh,
        written.title_en,
        written.starts_at,
        written.ends_at,
        now,
    )


async def set_state(tx: Tx, *, mall_id: MallId, offer_id: OfferId, state: OfferState, now: datetime) -> None:
    """Move a locked offer to a state."""
    await tx.run(
        "UPDATE offers.offer SET state = $3, changed_at = $4 WHERE mall_id = $1 AND id = $2",
        mall_id,
        offer_id,
        state.value,
        now,
    )


async def find(tx: ReadTx, *, mall_id: MallId, offer_id: OfferId, now: datetime) -> ManagedOffer | None:
    """Return an offer with its newest terms."""
    return await tx.one(ManagedOffer, f"{_MANAGED} AND o.id = $3", mall_id, now, offer_id)


async def lock(tx: Tx, *, mall_id: MallId, offer_id: OfferId, now: datetime) -> ManagedOffer | None:
    """Return an offer with its newest terms, its row locked to the end of the transaction."""
    await tx.value("SELECT id FROM offers.offer WHERE mall_id = $1 AND id = $2 FOR NO KEY UPDATE", mall_id, offer_id)
    return await find(tx, mall_id=mall_id, offer_id=offer_id, now=now)


async def list_managed(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    state: OfferState | None,
    phase: OfferPhase | None,
    merchant_id: MerchantId | None,
    words: str | None,
    before: UUID | None,
    now: datetime,
    limit: int,
) -> list[ManagedOffer]:
    """Return the offers within reach, newest first; `words` stands in a title."""
    return await tx.all(
        ManagedOffer,
        f"""
        {_MANAGED}
           AND ($3 OR o.merchant_id = ANY($4)
                OR (o.merchant_id IS NOT NULL AND cardinality(o.shop_ids) > 0 AND o.shop_ids <@ $5::uuid[]))
           AND ($6::text IS NULL OR o.state = $6) AND ($7::text IS NULL OR {_PHASE} = $7)
           AND ($8::uuid IS NULL OR o.merchant_id = $8)
           AND ($9::text IS NULL OR strpos(lower(o.title_zh), lower($9)) > 0 OR strpos(lower(o.title_en), lower($9)) > 0)
           AND ($10::uuid IS NULL OR o.id < $10)
         ORDER BY o.id DESC LIMIT $11
        """,
        mall_id,
        now,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        None if state is None else state.value,
        None if phase is None else phase.value,
        merchant_id,
        words,
        before,
        limit,
    )


_VERSION = """
SELECT v.offer_id, o.merchant_id, v.version, v.version = o.version AS newest, v.terms, v.made_by, v.at,
       v.restored_from, v.approved_at, b.terms AS before, b.approved_at AS before_approved_at
  FROM offers.version v
  JOIN offers.offer o ON o.mall_id = v.mall_id AND o.id = v.offer_id
  LEFT JOIN offers.version b ON b.mall_id = v.mall_id AND b.offer_id = v.offer_id AND b.version = v.version - 1
 WHERE v.mall_id = $1
"""


async def versions(tx: ReadTx, *, mall_id: MallId, offer_id: OfferId) -> list[VersionRow]:
    """Return all versions of an offer, newest first."""
    return await tx.all(VersionRow, f"{_VERSION} AND v.offer_id = $2 ORDER BY v.version DESC", mall_id, offer_id)


async def find_version(tx: ReadTx, *, mall_id: MallId, offer_id: OfferId, version: int) -> VersionRow | None:
    """Return one version of an offer."""
    return await tx.one(VersionRow, f"{_VERSION} AND v.offer_id = $2 AND v.version = $3", mall_id, offer_id, version)


async def list_versions(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    offer_id: UUID | None,
    before: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[VersionRow]:
    """Return versions of the offers within reach (of one offer), newest first."""
    return await tx.all(
        VersionRow,
        f"""
        {_VERSION}
           AND ($2 OR o.merchant_id = ANY($3)
                OR (o.merchant_id IS NOT NULL AND cardinality(o.shop_ids) > 0 AND o.shop_ids <@ $4::uuid[]))
           AND ($5::uuid IS NULL OR v.offer_id = $5)
           AND ($6::timestamptz IS NULL OR (v.at, v.offer_id, v.version) < ($6, $7::uuid, $8::integer))
         ORDER BY v.at DESC, v.offer_id DESC, v.version DESC LIMIT $9
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        offer_id,
        *(before or (None, None, None)),
        limit,
    )


class Tally(msgspec.Struct, frozen=True):
    """How often an offer was taken so far, unpaid orders included."""

    orders: int
    units: int
    spent_minor: int


async def tally(tx: ReadTx, *, mall_id: MallId, offer_id: OfferId) -> Tally:
    """Return how often an offer was taken."""
    found = await tx.one(
        Tally,
        """
        SELECT count(DISTINCT order_id) AS orders, coalesce(sum(units), 0)::bigint AS units,
               coalesce(sum(amount_minor), 0)::bigint AS spent_minor
          FROM offers.use WHERE mall_id = $1 AND offer_id = $2 AND state <> 'released'
        """,
        mall_id,
        offer_id,
    )
    return found or Tally(0, 0, 0)


async def stamp(tx: ReadTx, mall_id: MallId) -> int:
    """Return the mall's stamp; 0 when nothing was ever live."""
    return int(await tx.value("SELECT stamp FROM offers.stamp WHERE mall_id = $1", mall_id) or 0)


async def bump(tx: Tx, mall_ids: Sequence[MallId]) -> None:
    """Count up the stamps of malls, so that every process reads what is live again; locks them, sorted."""
    await tx.run(
        """
        INSERT INTO offers.stamp AS s (mall_id, stamp) SELECT m, 1 FROM unnest($1::uuid[]) AS m ORDER BY m
        ON CONFLICT (mall_id) DO UPDATE SET stamp = s.stamp + 1
        """,
        sorted(set(mall_ids)),
    )


async def live(tx: ReadTx, mall_id: MallId) -> list[LiveTerms]:
    """Return the launched terms of what is live or scheduled: not of what has been announced as over."""
    return await tx.all(
        LiveTerms,
        """
        SELECT o.id, o.merchant_id, v.version, o.starts_at, o.ends_at, v.terms
          FROM offers.offer o
          JOIN offers.version v ON v.mall_id = o.mall_id AND v.offer_id = o.id AND v.version = o.live_version
         WHERE o.mall_id = $1 AND o.state = 'live'
           AND (o.ends_at IS NULL OR EXISTS (SELECT FROM offers.moment m
                 WHERE m.mall_id = o.mall_id AND m.offer_id = o.id AND m.kind = 'ends' AND m.at = o.ends_at))
         ORDER BY o.id
        """,
        mall_id,
    )


async def terms_of(tx: ReadTx, *, mall_id: MallId, pairs: Collection[tuple[UUID, int]]) -> list[LiveTerms]:
    """Return given versions of offers."""
    return await tx.all(
        LiveTerms,
        """
        SELECT o.id, o.merchant_id, v.version, o.starts_at, o.ends_at, v.terms
          FROM unnest($2::uuid[], $3::integer[]) AS w (offer_id, version)
          JOIN offers.version v ON v.mall_id = $1 AND v.offer_id = w.offer_id AND v.version = w.version
          JOIN offers.offer o ON o.mall_id = $1 AND o.id = v.offer_id
        """,
        mall_id,
        [offer_id for offer_id, _ in pairs],
        [version for _, version in pairs],
    )


async def set_moments(
    tx: Tx, *, mall_id: MallId, offer_id: OfferId, moments: Sequence[tuple[UUID, str, datetime]], now: datetime
) -> None:
    """Write down anew what of a locked offer is to be announced; what lies behind is not, but for an end."""
    await tx.run("DELETE FROM offers.moment WHERE mall_id = $1 AND offer_id = $2", mall_id, offer_id)
    ahead = [m for m in moments if m[2] > now or m[1] == "ends"]
    await tx.run(
        """
        INSERT INTO offers.moment (mall_id, offer_id, session_id, kind, at)
        SELECT $1, $2, s, k, a FROM unnest($3::uuid[], $4::text[], $5::timestamptz[]) AS m (s, k, a)
        """,
        mall_id,
        offer_id,
        [m[0] for m in ahead],
        [m[1] for m in ahead],
        [m[2] for m in ahead],
    )


class Moment(msgspec.Struct, frozen=True):
    """A start or end that has come."""

    mall_id: MallId
    offer_id: OfferId
    session_id: UUID
    kind: str
    at: datetime
    live: bool


async def any_due(tx: ReadTx, *, now: datetime) -> bool:
    """Return whether something has started or ended that nobody was told of."""
    return bool(await tx.value("SELECT EXISTS (SELECT FROM offers.moment WHERE at <= $1)", now))


async def take_due(tx: Tx, *, now: datetime, limit: int) -> list[Moment]:
    """Take what has started or ended off the list, at most `limit`; skips what another worker is at."""
    return await tx.all(
        Moment,
        """
        DELETE FROM offers.moment AS m
         USING (SELECT mall_id, offer_id, session_id, kind FROM offers.moment WHERE at <= $1
                 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED) AS due, offers.offer AS o
         WHERE m.mall_id = due.mall_id AND m.offer_id = due.offer_id AND m.session_id = due.session_id
           AND m.kind = due.kind AND o.mall_id = m.mall_id AND o.id = m.offer_id
        RETURNING m.mall_id, m.offer_id, m.session_id, m.kind, m.at, o.state = 'live' AS live
        """,
        now,
        limit,
    )


async def used(
    tx: ReadTx, *, mall_id: MallId, ids: Collection[UUID], keys: Sequence[tuple[str, str]]
) -> list[Counter]:
    """Return the counters of offers that have these (scope, key)s."""
    return await tx.all(
        Counter,
        """
        SELECT c.id, c.scope, c.used, c.spent_minor
          FROM offers.counter c JOIN unnest($3::text[], $4::text[]) AS k (scope, key) USING (scope, key)
         WHERE c.mall_id = $1 AND c.id = ANY($2::uuid[])
        """,
        mall_id,
        list(ids),
        [scope for scope, _ in keys],
        [key for _, key in keys],
    )


class Refused(msgspec.Struct, frozen=True):
    """A counter that had no room, and how it stood before."""

    id: UUID
    scope: str
    units: int
    allowed: int | None
    used: int


_TAKE = """
WITH wanted AS (
  SELECT * FROM unnest($12::uuid[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[])
             AS w (id, scope, key, units, allowed, amount_minor, budget_minor)
), fresh AS (
  INSERT INTO offers.use (mall_id, order_id, id, offer_id, version, member_id, household_id, day, units, amount_minor,
                          counted, at)
  SELECT $1, $2, u.id, u.offer_id, u.version, $3, $4, $5, u.units, u.amount_minor,
         ARRAY(SELECT w.scope FROM wanted w WHERE w.id = u.id), $6
    FROM unnest($7::uuid[], $8::uuid[], $9::integer[], $10::bigint[], $11::bigint[])
           AS u (id, offer_id, version, units, amount_minor)
  ON CONFLICT DO NOTHING RETURNING id
), counted AS (
  INSERT INTO offers.counter AS c (mall_id, id, scope, key, used, allowed, spent_minor, budget_minor)
  SELECT $1, id, scope, key, units, allowed, amount_minor, budget_minor FROM wanted JOIN fresh USING (id)
   WHERE units <= coalesce(allowed, units) AND amount_minor <= coalesce(budget_minor, amount_minor)
   ORDER BY id, scope, key
  ON CONFLICT (mall_id, id, scope, key) DO UPDATE
     SET used = c.used + excluded.used, allowed = excluded.allowed,
         spent_minor = c.spent_minor + excluded.spent_minor, budget_minor = excluded.budget_minor
   WHERE c.used + excluded.used <= coalesce(excluded.allowed, c.used + excluded.used)
     AND c.spent_minor + excluded.spent_minor <= coalesce(excluded.budget_minor, c.spent_minor + excluded.spent_minor)
  RETURNING c.id, c.scope
)
SELECT w.id, w.scope, w.units, w.allowed, coalesce(b.used, 0) AS used
  FROM wanted w JOIN fresh USING (id)
  LEFT JOIN counted k ON k.id = w.id AND k.scope = w.scope
  LEFT JOIN offers.counter b ON b.mall_id = $1 AND b.id = w.id AND b.scope = w.scope AND b.key = w.key
 WHERE k.id IS NULL
 ORDER BY w.id, w.scope
"""


async def take(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    household_id: UUID,
    day: date,
    uses: Sequence[Use],
    counts: Sequence[Count],
    now: datetime,
) -> list[Refused]:
    """Write an order's uses down and count them; return the counters without room, after which nothing may commit.

    What is written down already is not counted again. Each counter is raised by one conditional statement that looks
    at the row as it is once it is locked, so two orders never share the last unit; locks are taken in order of key.
    """
    ordered = sorted(counts, key=lambda c: (c.id, c.scope, c.key))
    return await tx.all(
        Refused,
        _TAKE,
        mall_id,
        order_id,
        member_id,
        household_id,
        day,
        now,
        [u.id for u in uses],
        [u.offer_id for u in uses],
        [u.version for u in uses],
        [u.units for u in uses],
        [u.amount_minor for u in uses],
        [c.id for c in ordered],
        [c.scope for c in ordered],
        [c.key for c in ordered],
        [c.units for c in ordered],
        [c.allowed for c in ordered],
        [c.amount_minor for c in ordered],
        [c.budget_minor for c in ordered],
    )


_KEY = """
    CASE s.scope WHEN 'member' THEN {0}.member_id::text WHEN 'member_day' THEN {0}.member_id::text || ':' || {0}.day::text
                 WHEN 'household' THEN {0}.household_id::text WHEN 'day' THEN {0}.day::text ELSE '' END
"""
_RECOUNT = f"""
WITH missed AS (
  SELECT u.order_id, u.id, s.scope, {_KEY.format("u")} AS key, u.units,
         CASE s.scope WHEN 'total' THEN u.amount_minor ELSE 0 END AS amount_minor
    FROM offers.use u CROSS JOIN unnest($3::text[]) AS s (scope)
   WHERE u.mall_id = $1 AND u.offer_id = $2 AND u.state <> 'released' AND s.scope <> ALL (u.counted)
), marked AS (
  UPDATE offers.use u SET counted = u.counted || m.scopes
    FROM (SELECT order_id, id, array_agg(scope) AS scopes FROM missed GROUP BY 1, 2) AS m
   WHERE u.mall_id = $1 AND u.order_id = m.order_id AND u.id = m.id
)
INSERT INTO offers.counter AS c (mall_id, id, scope, key, used, spent_minor)
SELECT $1, id, scope, key, sum(units)::bigint, sum(amount_minor)::bigint FROM missed GROUP BY 2, 3, 4 ORDER BY 2, 3, 4
ON CONFLICT (mall_id, id, scope, key) DO UPDATE
   SET used = c.used + excluded.used, spent_minor = c.spent_minor + excluded.spent_minor,
       allowed = NULL, budget_minor = NULL
"""


async def recount(tx: Tx, *, mall_id: MallId, offer_id: OfferId, scopes: Sequence[str]) -> None:
    """Count uses of an offer towards limits that did not exist when they were taken; locks those counters, sorted."""
    await tx.run(_RECOUNT, mall_id, offer_id, list(scopes))


async def settle(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Make what an order holds used for good."""
    return await tx.run(
        "UPDATE offers.use SET state = 'used' WHERE mall_id = $1 AND order_id = $2 AND state = 'held'",
        mall_id,
        order_id,
    )


_GIVE_BACK = f"""
WITH freed AS (
  UPDATE offers.use SET state = 'released' WHERE mall_id = $1 AND order_id = $2 AND state = $3
  RETURNING id, member_id, household_id, day, units, amount_minor, counted
), off AS (
  SELECT f.id, s.scope, f.units, CASE s.scope WHEN 'total' THEN f.amount_minor ELSE 0 END AS amount_minor,
         {_KEY.format("f")} AS key
    FROM freed f CROSS JOIN unnest(f.counted) AS s (scope)
), locked AS (
  SELECT c.id, c.scope, c.key FROM offers.counter c JOIN off USING (id, scope, key) WHERE c.mall_id = $1
   ORDER BY c.id, c.scope, c.key FOR NO KEY UPDATE OF c
), lowered AS (
  UPDATE offers.counter c SET used = c.used - off.units, spent_minor = c.spent_minor - off.amount_minor
    FROM off JOIN locked USING (id, scope, key)
   WHERE c.mall_id = $1 AND c.id = off.id AND c.scope = off.scope AND c.key = off.key
)
SELECT count(*) FROM freed
"""


async def give_back(tx: Tx, *, mall_id: MallId, order_id: OrderId, state: str) -> int:
    """Release an order's uses that are in a state and lower their counters; locks the uses, then counters, sorted."""
    return int(await tx.value(_GIVE_BACK, mall_id, order_id, state))


_SPONSOR = "mall_id, id, kind, name_zh, name_en, merchant_ids, created_at"


async def add_sponsor(
    tx: Tx, *, mall_id: MallId, sponsor_id: SponsorId, new: NewSponsor, now: datetime
) -> Sponsor:
    """Insert a sponsor."""
    made = await tx.one(
        Sponsor,
        f"INSERT INTO offers.sponsor ({_SPONSOR}) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_SPONSOR}",
        mall_id,
        sponsor_id,
        new.kind.value,
        new.name_zh,
        new.name_en,
        new.merchant_ids,
        now,
    )
    if made is None:
        raise AssertionError("a sponsor was inserted, yet is gone")
    return made


async def change_sponsor(tx: Tx, *, mall_id: MallId, sponsor_id: SponsorId, new: NewSponsor) -> Sponsor | None:
    """Write a sponsor anew; None when there is none."""
    return await tx.one(
        Sponsor,
        f"""
        UPDATE offers.sponsor SET kind = $3, name_zh = $4, name_en = $5, merchant_ids = $6
         WHERE mall_id = $1 AND id = $2 RETURNING {_SPONSOR}
        """,
        mall_id,
        sponsor_id,
        new.kind.value,
        new.name_zh,
        new.name_en,
        new.merchant_ids,
    )


async def sponsors(tx: ReadTx, mall_id: MallId) -> list[Sponsor]:
    """Return the sponsors of a mall, by Chinese name."""
    return await tx.all(
        Sponsor, f"SELECT {_SPONSOR} FROM offers.sponsor WHERE mall_id = $1 ORDER BY name_zh, id", mall_id
    )


async def due_between(
    tx: ReadTx, *, mall_id: MallId, reach: Reach, starting: datetime, ending: datetime, now: datetime
) -> list[ManagedOffer]:
    """Return the offers within reach that touch a period, with launched terms, or newest ones before any were."""
    return await tx.all(
        ManagedOffer,
        f"""
        {_LAUNCHED}
           AND ($3 OR o.merchant_id = ANY($4)
                OR (o.merchant_id IS NOT NULL AND cardinality(o.shop_ids) > 0 AND o.shop_ids <@ $5::uuid[]))
           AND o.starts_at < $7 AND (o.ends_at IS NULL OR o.ends_at > $6)
         ORDER BY o.starts_at, o.id LIMIT 1000
        """,
        mall_id,
        now,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        starting,
        ending,
    )
