"""All SQL of offers and their versions."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MerchantId, OfferId, StaffId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx
from galleria.value.offers.model import (
    ManagedOffer,
    OfferPhase,
    OfferState,
    OfferTerms,
    VersionRow,
)

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


async def let_live(
    tx: Tx, *, mall_id: MallId, offer_id: OfferId, version: int, written: Written, now: datetime
) -> None:
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
           AND ($9::text IS NULL OR strpos(lower(o.title_zh), lower($9)) > 0
                OR strpos(lower(o.title_en), lower($9)) > 0)
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
