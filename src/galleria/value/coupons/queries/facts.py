"""What is known of members, as far as a coupon asks."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from galleria.foundation import malls, members
from galleria.kernel.ids import MallId, MemberId
from galleria.platform.tx import ReadTx
from galleria.value import points
from galleria.value.coupons.model.claim import Facts
from galleria.value.coupons.model.template import Audience, Coupon


class Needs(msgspec.Struct, frozen=True):
    """What getting a coupon asks for: points, the member's profile, whether they have bought here before."""

    points: bool
    profile: bool
    customer: bool


def needs_of(coupon: Coupon) -> Needs:
    """Return what getting a coupon asks for; none of it changes once it is published."""
    audience = coupon.audience
    profile = bool(audience.tiers) or audience.birthday is not None or coupon.per_household is not None
    return Needs(coupon.points_price > 0, profile or coupon.pooled, audience.new_customer)


async def of_members(
    tx: ReadTx, mall_id: MallId, member_ids: Sequence[MemberId], *, needs: Needs, known: Facts
) -> dict[MemberId, Facts]:
    """Return `known` for each member, with what a coupon asks for looked up; a statement for each thing asked for.

    A new customer is one who has never earned points in this mall.
    """
    facts = dict.fromkeys(member_ids, known)
    if needs.profile:
        found = await members.profiles(tx, await malls.group_of(tx, mall_id), list(member_ids))
        facts = {
            member_id: _described(one, found.get(member_id, members.Profile())) for member_id, one in facts.items()
        }
    if needs.customer:
        old = await points.who_earned(tx, mall_id=mall_id, member_ids=member_ids)
        facts = {
            member_id: msgspec.structs.replace(one, new_customer=member_id not in old)
            for member_id, one in facts.items()
        }
    return facts


async def for_audiences(
    tx: ReadTx, mall_id: MallId, member_id: MemberId, audiences: Sequence[Audience]
) -> tuple[Facts, ZoneInfo | None]:
    """Return what is known of a member as far as audiences ask, and the mall's clock when they go by birthdays.

    A statement for each thing asked for: none when the audiences are everybody.
    """
    by_birthday = any(audience.birthday is not None for audience in audiences)
    needs = Needs(
        points=False,
        profile=by_birthday or any(audience.tiers for audience in audiences),
        customer=any(audience.new_customer for audience in audiences),
    )
    found = await of_members(tx, mall_id, [member_id], needs=needs, known=Facts())
    zone = ZoneInfo((await malls.get_mall(tx, mall_id)).time_zone) if by_birthday else None
    return found[member_id], zone


def _described(known: Facts, profile: members.Profile) -> Facts:
    birthday = None if profile.birthday is None else (profile.birthday.month, profile.birthday.day)
    return msgspec.structs.replace(known, tier=profile.tier, birthday=birthday, household_id=profile.household_id)
