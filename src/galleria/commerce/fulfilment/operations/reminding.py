"""Shoppers are told of what must soon be collected, once a shipment."""

from datetime import datetime
from zoneinfo import ZoneInfo

from galleria.commerce.fulfilment.store import lists as store
from galleria.foundation import malls, members, notifications
from galleria.platform.command import Event
from galleria.platform.tx import Tx

TEXTS = {
    members.Locale.CHINESE: "您的订单 {number} 在“{point}”保管至{until}，逾期将退款处理，请尽快领取。",
    members.Locale.ENGLISH: "Order {number} is kept at {point} until {until}, then refunded. Please collect it.",
}


async def remind(tx: Tx, *, now: datetime, limit: int) -> int:
    """Tell shoppers, at most `limit`, on their screens and by message; returns how many."""
    due = await store.mark_reminded(tx, now, limit)
    for mall_id in {one.mall_id for one in due}:
        mall = await malls.get_mall(tx, mall_id)
        mine = [one for one in due if one.mall_id == mall_id]
        people = await members.list_members(tx, mall.group_id, [one.member_id for one in mine])
        for one in mine:
            until = one.due_at.astimezone(ZoneInfo(mall.time_zone)).strftime("%Y-%m-%d %H:%M")
            data: dict[str, str | int | None] = {"number": one.number, "until": until}
            tx.emit(Event("fulfilment.due_soon", one.id, data, (f"member:{one.member_id}",)))
            member = people.get(one.member_id)
            if member is not None:
                point = one.point_zh if member.locale is members.Locale.CHINESE else one.point_en
                body = TEXTS[member.locale].format(
                    number=one.number, point=point.replace("{", "").replace("}", ""), until=until
                )
                await notifications.send_sms(
                    tx, group_id=mall.group_id, phone=member.phone, body=body, now=now, expires_at=one.due_at
                )
    return len(due)
