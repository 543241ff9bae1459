"""What the time a bag has waited asks for is told: the member once, and those who must move it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from galleria.foundation import malls, members, notifications
from galleria.kernel.ids import MallId, new_id
from galleria.onsite.handsfree.model import Bag
from galleria.onsite.handsfree.queries import Asking
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import desk as desks
from galleria.onsite.handsfree.store import scan as scans
from galleria.platform.command import Event
from galleria.platform.tx import Tx

TEXTS = {
    members.Locale.CHINESE: "您有 {bags} 件购物袋寄存在{place}，请在离开前领取。",
    members.Locale.ENGLISH: "{bags} of your shopping bags wait at {place}. Please collect before you leave.",
}
GOOD_FOR = timedelta(hours=2)


async def see_to(tx: Tx, *, mall_id: MallId, asked: Sequence[Asking], now: datetime) -> int:
    """Remind members of bags on shelves, each bag once, and report bags that must be moved; return how many."""
    for one in asked:
        if one.kind is not None:
            await scans.report(
                tx, mall_id, problem_id=new_id(), kind=one.kind, subject_id=one.bag.id, label=one.bag.label,
                bag_id=one.bag.id, detail={}, now=now,
            )  # fmt: skip
            tx.emit(
                Event("handsfree.waits_too_long", one.bag.id, {"kind": one.kind.value}, topics=(f"mall:{mall_id}",))
            )
    due = await store.mark_reminded(tx, mall_id, [one.bag.id for one in asked if one.remind], now)
    await _remind(tx, mall_id, due, now)
    return len(asked)


async def _remind(tx: Tx, mall_id: MallId, due: Sequence[Bag], now: datetime) -> None:
    """Send each member one message, whatever number of bags wait."""
    if not due:
        return
    group_id = await malls.group_of(tx, mall_id)
    people = await members.list_members(tx, group_id, list({bag.member_id for bag in due}))
    places = await desks.desks_by_id(tx, mall_id, list({bag.desk_id for bag in due if bag.desk_id is not None}))
    for member_id, member in people.items():
        mine = [bag for bag in due if bag.member_id == member_id]
        tx.emit(Event("handsfree.reminded", mine[0].trip_id, {"bags": len(mine)}, topics=(f"member:{member_id}",)))
        desk = None if mine[0].desk_id is None else places.get(mine[0].desk_id)
        chinese = member.locale is members.Locale.CHINESE
        place = "" if desk is None else desk.name_zh if chinese else desk.name_en
        body = TEXTS[member.locale].format(bags=len(mine), place=place.replace("{", "").replace("}", ""))
        await notifications.send_sms(
            tx, group_id=group_id, phone=member.phone, body=body, now=now, expires_at=now + GOOD_FOR
        )  # fmt: skip
