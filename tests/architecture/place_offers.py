"""What of offers, coupons and tills is in the place: one of everything, by parameter name."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall
from tests.factories.members import make_member, make_staff
from tests.factories.offers import make_offer, make_sponsor, offer_terms

from galleria.foundation import members, staff
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value import offers, pricing
from galleria.value.coupons.queries import link_hash
from galleria.value.promotions import Funder, Scope, Share

TOKEN = "23456789ABCDEFGHJKMN"


async def rows_of_offers(
    runtime: Runtime, mall: MadeMall, owner: members.Member, clerk: staff.Account, ids: dict[str, Any]
) -> dict[str, Any]:
    """Make the rows; what belongs to a shop is of the mall's first."""
    shop, merchant = mall.shop_ids[0], mall.merchant_ids[0]
    own = offer_terms(counted=Scope(shop_ids=(shop,)), shares=(Share(Funder.MERCHANT, merchant, 10_000),))
    offer = await make_offer(runtime, mall.mall_id, own, merchant_id=merchant)
    made: dict[str, Any] = {
        "offer_id": offer.id,
        "subject_id": offer.id,
        "sponsor_id": (await make_sponsor(runtime, mall.mall_id)).id,
        "change_id": f"offer.{offer.id}.{offer.version}",
        "token": TOKEN,
        **{name: new_id() for name in ("batch_id", "poster_id", "push_id", "lock_id", "request_number", "review_id")},
    }
    await _price_rule(runtime, mall, ids["rule_id"])
    await _ways_out(runtime, mall, ids["coupon_id"], made)
    await _at_the_till(runtime, mall, owner, clerk, ids["claim_id"], made)
    await _review(runtime, mall, offer, made)
    return made


async def _price_rule(runtime: Runtime, mall: MadeMall, rule_id: UUID) -> None:
    """Insert a live price rule of the shop, under the id that the shop's points rule has."""
    terms = pricing.RuleTerms(shop_id=mall.shop_ids[0])
    now = datetime.now(UTC)
    await runtime.db.pool.execute(
        """
        WITH rule AS (
          INSERT INTO pricing.rule (mall_id, id, shop_id, merchant_id, state, version, terms, approved_version,
                                    approved, changed_at, created_at, created_by)
          VALUES ($1, $2, $3, $4, 'live', 1, $5, 1, $5, $6, $6, $2))
        INSERT INTO pricing.version (mall_id, rule_id, version, terms, made_by, at) VALUES ($1, $2, 1, $5, $2, $6)
        """,
        mall.mall_id, rule_id, mall.shop_ids[0], mall.merchant_ids[0], terms, now,
    )  # fmt: skip


async def _ways_out(runtime: Runtime, mall: MadeMall, coupon_id: UUID, made: dict[str, Any]) -> None:
    """Insert a batch of codes, a poster, a push, and a coupon that a friend offers."""
    now = datetime.now(UTC)
    run = runtime.db.pool.execute
    await run(
        "INSERT INTO coupons.batch (mall_id, id, coupon_id, prefix, count, state, created_at) "
        "VALUES ($1, $2, $3, '', 1, 'making', $4)",
        mall.mall_id, made["batch_id"], coupon_id, now,
    )  # fmt: skip
    await run(
        "INSERT INTO coupons.poster (mall_id, id, coupon_id, label, token, created_at) "
        "VALUES ($1, $2, $3, 'x', $4, $5)",
        mall.mall_id, made["poster_id"], coupon_id, TOKEN, now,
    )  # fmt: skip
    await run(
        "INSERT INTO coupons.push (mall_id, id, coupon_id, segment, state, members, created_at) "
        "VALUES ($1, $2, $3, $4, 'running', 1, $5)",
        mall.mall_id, made["push_id"], coupon_id, {"kind": "everyone"}, now,
    )  # fmt: skip
    friend = await make_member(runtime, mall.group_id)
    offered = await make_coupon(runtime, mall.mall_id)
    claim = await make_claim(runtime, mall.mall_id, offered.id, friend.id, mall.group_id)
    await run(
        "INSERT INTO coupons.transfer (mall_id, id, claim_id, token_hash, state, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, 'open', $5, $6)",
        mall.mall_id, new_id(), claim.id, link_hash(TOKEN), now, now + timedelta(days=1),
    )  # fmt: skip


async def _at_the_till(
    runtime: Runtime, mall: MadeMall, owner: members.Member, clerk: staff.Account, claim_id: UUID, made: dict[str, Any]
) -> None:
    """Insert a lock that was let go, and a late scan that waits for a person."""
    now = datetime.now(UTC)
    await runtime.db.pool.execute(
        """
        INSERT INTO redemption.lock (mall_id, id, claim_id, member_id, shop_id, staff_id, title_zh, title_en,
                                     bill_minor, discount_minor, shares, state, until, created_at, ended_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'x', 'x', 100, 10, $7, 'released', $8, $8, $8)
        """,
        mall.mall_id, made["lock_id"], claim_id, owner.id, mall.shop_ids[0], clerk.id, [], now,
    )  # fmt: skip
    await runtime.db.pool.execute(
        """
        INSERT INTO redemption.offline_scan (mall_id, request_number, shop_id, staff_id, serial, scanned_at,
                                             received_at, outcome)
        VALUES ($1, $2, $3, $4, '12345678', $5, $5, 'already_redeemed')
        """,
        mall.mall_id, made["request_number"], mall.shop_ids[0], clerk.id, now,
    )  # fmt: skip


async def _review(runtime: Runtime, mall: MadeMall, offer: offers.ManagedOffer, made: dict[str, Any]) -> None:
    """Insert somebody's request to launch the offer, for another person to decide."""
    grant = Grant(role=Role.MERCHANT_MANAGER, group_id=mall.group_id, mall_id=mall.mall_id,
                  merchant_id=mall.merchant_ids[0])  # fmt: skip
    asker = await make_staff(runtime, mall.group_id, [grant])
    await runtime.db.pool.execute(
        """
        INSERT INTO launch.review (mall_id, id, subject_kind, subject_id, version, merchant_id, shop_ids, title_zh,
                                   title_en, state, findings, needed_second, requested_by, requested_at)
        VALUES ($1, $2, 'offer', $3, $4, $5, $6, 'x', 'x', 'pending', $7, true, $8, $9)
        """,
        mall.mall_id, made["review_id"], offer.id, offer.version, mall.merchant_ids[0], [mall.shop_ids[0]], [],
        asker.id, datetime.now(UTC),
    )  # fmt: skip
