"""Everything that ways are decided by, read at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from galleria.commerce.fulfilment.rules.ways import Facts
from galleria.kernel.ids import MallId, MemberId, ProductId, ShopId
from galleria.platform.tx import ReadTx

POINTS = """
SELECT p.id, p.code, p.kind, p.shop_id, p.name_zh, p.name_en, p.address_zh, p.address_en, p.hours, p.phone, p.lat,
       p.lon, p.fee_minor, p.travel_minutes, p.active,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'storage', c.storage, 'capacity', c.capacity, 'held', c.held, 'hours_max', c.hours_max,
          'unclaimed', c.unclaimed, 'low_tenths', c.low_tenths, 'high_tenths', c.high_tenths) ORDER BY c.storage), '[]')
          FROM fulfilment.compartment c WHERE c.mall_id = p.mall_id AND c.point_id = p.id) AS compartments
  FROM fulfilment.point p
"""
_FACTS = f"""
SELECT (SELECT to_jsonb(p) - 'mall_id' FROM fulfilment.policy p WHERE p.mall_id = $1) AS policy,
       (SELECT coalesce(jsonb_agg(to_jsonb(w) - 'mall_id'), '[]')
          FROM fulfilment.way w WHERE w.mall_id = $1 AND w.shop_id = ANY ($2) AND w.active) AS ways,
       (SELECT coalesce(jsonb_agg(to_jsonb(z) - 'mall_id'), '[]')
          FROM fulfilment.zone z WHERE z.mall_id = $1 AND z.active) AS zones,
       (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'mall_id'), '[]') FROM fulfilment.slot_rule r
         WHERE r.mall_id = $1 AND r.active AND (r.shop_id IS NULL OR r.shop_id = ANY ($2))) AS rules,
       (SELECT coalesce(jsonb_agg(to_jsonb(h) - 'mall_id'), '[]')
          FROM fulfilment.holiday h WHERE h.mall_id = $1 AND h.day BETWEEN $5::date AND $6::date) AS holidays,
       (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'mall_id'), '[]')
          FROM fulfilment.slot s WHERE s.mall_id = $1 AND s.starts_at BETWEEN $5 AND $6) AS slots,
       (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.code), '[]')
          FROM ({POINTS} WHERE p.mall_id = $1 AND p.active) p) AS points,
       (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'mall_id'), '[]')
          FROM fulfilment.product s WHERE s.mall_id = $1 AND s.product_id = ANY ($3)) AS storages,
       (SELECT coalesce(jsonb_agg(to_jsonb(a)), '[]') FROM fulfilment.address a WHERE a.member_id = $4) AS addresses
"""
_WINDOW = timedelta(days=40)


async def facts(
    tx: ReadTx,
    mall_id: MallId,
    *,
    shop_ids: Sequence[ShopId],
    product_ids: Sequence[ProductId],
    member_id: MemberId | None,
    now: datetime,
) -> Facts:
    """Return all that the ways of some shops are decided by for a member, in one statement."""
    found = await tx.one(
        Facts, _FACTS, mall_id, shop_ids, product_ids, member_id, now - timedelta(days=2), now + _WINDOW
    )
    assert found is not None  # noqa: S101 - a SELECT without FROM has one row
    return found
