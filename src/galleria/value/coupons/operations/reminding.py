"""Members are told of coupons that end soon, once a coupon."""

from datetime import datetime
from zoneinfo import ZoneInfo

from galleria.foundation import malls, members, notifications
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value.coupons.store import ending as store

TEXTS = {
    members.Locale.CHINESE: "您的优惠券“{title}”将于{until}过期，请尽快使用。",
    members.Locale.ENGLISH: "Your coupon {title} ends at {until}. Use it before it is gone.",
}


async def remind(tx: Tx, *, now: datetime, limit: int) -> int:
    """Tell members of claims that end soon, at most `limit`, on their screens and by message; returns how many."""
    due = await store.mark_reminded(tx, now=now, limit=limit)
    for mall_id in {claim.mall_id for claim in due}:
        mall = await malls.get_mall(tx, mall_id)
        mine = [claim for claim in due if claim.mall_id == mall_id]
        people = await members.list_members(tx, mall.group_id, [claim.member_id for claim in mine])
        for claim in mine:
            until = claim.use_until.astimezone(ZoneInfo(mall.time_zone)).strftime("%Y-%m-%d %H:%M")
            data: dict[str, str | int | None] = {"title_zh": claim.title_zh, "title_en": claim.title_en, "until": until}
            tx.emit(Event("coupons.expiring", claim.id, data, topics=(f"member:{claim.member_id}",)))
            member = people.get(claim.member_id)
            if member is not None:
                title = claim.title_zh if member.locale is members.Locale.CHINESE else claim.title_en
                body = TEXTS[member.locale].format(title=title.replace("{", "").replace("}", ""), until=until)
                await notifications.send_sms(
                    tx, group_id=mall.group_id, phone=member.phone, body=body, now=now, expires_at=claim.use_until
                )
    return len(due)
