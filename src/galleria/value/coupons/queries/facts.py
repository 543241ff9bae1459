"""What is known of a member, as far as a coupon asks."""

import msgspec

from galleria.kernel.ids import MallId, MemberId
from galleria.platform.tx import ReadTx
from galleria.value import points
from galleria.value.coupons.model.claim import Facts
from galleria.value.coupons.model.template import Coupon


class Needs(msgspec.Struct, frozen=True):
    """What getting a coupon asks for: points, the member's profile, whether they have bought before."""

    points: bool
    profile: bool
    customer: bool


def needs_of(coupon: Coupon) -> Needs:
    """Return what getting a coupon asks for; none of it changes once it is published."""
    audience = coupon.audience
    profile = bool(audience.tiers) or audience.birthday is not None or coupon.per_household is not None
    return Needs(coupon.points_price > 0, profile or coupon.pooled, audience.new_customer)


async def of_member(tx: ReadTx, mall_id: MallId, member_id: MemberId, *, needs: Needs, known: Facts) -> Facts:
    """Return what is known of a member with what a coupon asks for looked up."""
    if needs.customer:
        paid = await points.who_earned(tx, mall_id=mall_id, member_ids=[member_id])
        known = msgspec.structs.replace(known, new_customer=member_id not in paid)
    return known
