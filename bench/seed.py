"""A plain mall written by bulk SQL: shops, goods with stock, members, coupons. It obeys every invariant."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from galleria.kernel.ids import new_id

SHOPS = 20
GOODS = 200
STOCK = 1_000_000


class Mall(msgspec.Struct, frozen=True):
    """The ids a bench needs."""

    group_id: UUID
    id: UUID
    merchant_id: UUID
    shop_ids: list[UUID]
    product_ids: list[UUID]
    variant_ids: list[UUID]


async def mall(connection: "asyncpg.Connection[Any]", *, shop_count: int = SHOPS, good_count: int = GOODS) -> Mall:
    """Write a mall with shops and goods, one variant each, a million of each in stock."""
    group, identifier, merchant, category = (new_id() for _ in range(4))
    shops = [new_id() for _ in range(shop_count)]
    products, variants = [new_id() for _ in range(good_count)], [new_id() for _ in range(good_count)]
    made = Mall(group, identifier, merchant, shops, products, variants)
    run = connection.execute
    await run("INSERT INTO malls.mall_group VALUES ($1, 'bench', '测试', 'Bench', now())", group)
    await run(
        """INSERT INTO malls.mall (id, group_id, code, name_zh, name_en, time_zone, currency, created_at)
           VALUES ($1, $2, 'bench', '测试', 'Bench', 'Asia/Shanghai', 'CNY', now())""",
        identifier,
        group,
    )
    await run("INSERT INTO malls.merchant VALUES ($1, $2, 'm', '商户', 'Merchant', now())", group, merchant)
    await run(
        "INSERT INTO malls.category (mall_id, id, code, name_zh, name_en, path) "
        "VALUES ($1, $2::uuid, 'c', '类', 'Category', ARRAY[$2::uuid])",
        identifier,
        category,
    )
    await run(
        """INSERT INTO malls.shop (mall_id, id, group_id, merchant_id, category_id, code, name_zh, name_en, created_at)
           SELECT $1, id, $2, $3, $4, 's' || n, '店' || n, 'Shop ' || n, now()
             FROM unnest($5::uuid[]) WITH ORDINALITY AS s (id, n)""",
        identifier,
        group,
        merchant,
        category,
        shops,
    )
    await _goods(connection, made, category)
    return made


async def _goods(connection: "asyncpg.Connection[Any]", made: Mall, category: UUID) -> None:
    await connection.execute(
        """INSERT INTO catalog.product (mall_id, id, shop_id, merchant_id, category_id, code, kind, name_zh, name_en,
                                        text_zh, text_en, state, price_min_minor, created_at, updated_at)
           SELECT $1, id, ($2::uuid[])[1 + n % cardinality($2::uuid[])], $3, $4, 'p' || n, 'physical', '亚麻衬衫' || n,
                  'Linen shirt ' || n, repeat('柔软的亚麻。', 20), repeat('Soft washed linen. ', 20), 'published',
                  12800, now(), now()
             FROM unnest($5::uuid[]) WITH ORDINALITY AS p (id, n)""",
        made.id,
        made.shop_ids,
        made.merchant_id,
        category,
        made.product_ids,
    )
    await connection.execute(
        """INSERT INTO catalog.variant (mall_id, id, product_id, shop_id, sku, name_zh, name_en,
                                        store_price_minor)
           SELECT $1, v.id, p.id, p.shop_id, 'sku' || n, '均码', 'One size', 12800
             FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS v (id, product_id, n)
             JOIN catalog.product p ON p.mall_id = $1 AND p.id = v.product_id""",
        made.id,
        made.variant_ids,
        made.product_ids,
    )
    await connection.execute(
        """WITH level AS (
             INSERT INTO stock.level (mall_id, variant_id, on_hand) SELECT $1, unnest($2::uuid[]), $3
             RETURNING mall_id, variant_id, on_hand)
           INSERT INTO stock.movement (mall_id, id, variant_id, kind, quantity, at)
           SELECT mall_id, gen_random_uuid(), variant_id, 'receive', on_hand, now() FROM level""",
        made.id,
        made.variant_ids,
        STOCK,
    )
    await connection.execute(
        """INSERT INTO points.earn_rule (mall_id, id, points_per_100_minor_bp, posts, created_at)
           VALUES ($1, $2, 10000, 'after_refund_window', now())""",
        made.id,
        new_id(),
    )


async def members(connection: "asyncpg.Connection[Any]", made: Mall, count: int, *, start: int = 1) -> list[UUID]:
    """Write `count` members, their telephone numbers from `start`, and return their ids."""
    rows = await connection.fetch(
        """INSERT INTO members.member (group_id, id, phone, created_at)
           SELECT $1, gen_random_uuid(), '+86199' || lpad(n::text, 8, '0'), now()
             FROM generate_series($3::int, $3 + $2 - 1) AS n
           RETURNING id""",
        made.group_id,
        count,
        start,
    )
    return [row[0] for row in rows]


async def operator(connection: "asyncpg.Connection[Any]", made: Mall) -> tuple[UUID, UUID]:
    """Write a signed-in member of staff who may do everything in the mall; return the id and the sign-in's."""
    identifier, session = new_id(), new_id()
    await connection.execute(
        """WITH person AS (
             INSERT INTO staff.account (group_id, id, login, name, password_hash, created_at)
             VALUES ($1, $2, 'bench-operator', '王店员', '', now())
           ), session AS (
             INSERT INTO platform.session (id, actor_kind, actor_id, group_id, refresh_hash, created_at, used_at,
                                           expires_at, device)
             VALUES ($5, 'staff', $2, $1, sha256($5::uuid::text::bytea), now(), now(), now() + interval '1 day',
                     'till'))
           INSERT INTO platform.staff_grant (staff_id, id, role, group_id, mall_id)
           VALUES ($2, $3, 'operator', $1, $4)""",
        made.group_id,
        identifier,
        new_id(),
        made.id,
        session,
    )
    return identifier, session


async def coupon(connection: "asyncpg.Connection[Any]", made: Mall, *, total: int, per_member: int = 1) -> UUID:
    """Write a live mall-funded coupon of 10.00 off and return its id."""
    identifier = new_id()
    await connection.execute(
        """WITH made AS (
             INSERT INTO coupons.coupon (mall_id, id, title_zh, title_en, kind, amount_minor, claim_from, claim_until,
                                         use_from, use_until, total, per_member, funder, state, approved_version,
                                         created_at)
             VALUES ($1, $2, '立减十元', '10 off', 'amount', 1000, now() - interval '1 day', now() + interval '1 day',
                     now() - interval '1 day', now() + interval '30 days', $3, $4, 'mall', 'live', 1, now())
             RETURNING *)
           INSERT INTO coupons.version (mall_id, coupon_id, version, terms, made_by, at)
           SELECT mall_id, id, 1,
                  jsonb_build_object('title_zh', title_zh, 'title_en', title_en, 'kind', kind,
                                     'amount_minor', amount_minor, 'claim_from', claim_from,
                                     'claim_until', claim_until, 'use_from', use_from, 'use_until', use_until,
                                     'total', total, 'per_member', per_member, 'funder', funder),
                  id, created_at
             FROM made""",
        made.id,
        identifier,
        total,
        per_member,
    )
    return identifier


async def claims(connection: "asyncpg.Connection[Any]", made: Mall, owners: list[UUID]) -> list[UUID]:
    """Give each member one claim of a fresh coupon; return the claims' ids in the members' order."""
    of_coupon = await coupon(connection, made, total=len(owners))
    ids = [new_id() for _ in owners]
    await connection.execute(
        """WITH given AS (
             INSERT INTO coupons.claim (mall_id, id, coupon_id, member_id, seq, state, claimed_at, use_from,
                                        use_until)
             SELECT $1, c.id, $2, c.member_id, 1, 'issued', now(), now() - interval '1 day', now() + interval '30 days'
               FROM unnest($3::uuid[], $4::uuid[]) AS c (id, member_id))
           UPDATE coupons.coupon SET claimed = total WHERE mall_id = $1 AND id = $2""",
        made.id,
        of_coupon,
        ids,
        owners,
    )
    return ids
