"""Where companies are heard: their words come in here, and are acted on in one transaction each."""

from collections.abc import Mapping
from datetime import datetime

from galleria.commerce.couriers.model import Acknowledgement, CourierCompany, CourierNotice
from galleria.commerce.couriers.operations import hearing
from galleria.kernel.errors import NotFound
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime


async def receive(
    runtime: Runtime, *, company: CourierCompany, headers: Mapping[str, str], body: bytes, now: datetime
) -> Acknowledgement:
    """Take a notice as it came over the wire and return what its company wants to hear; again, the same.

    Raises NoticeForged.
    """
    notice = company.parse_notice(headers, body, now=now)
    try:
        await act_on(runtime, notice, now)
    except NotFound:
        return company.acknowledge(known=False)
    return company.acknowledge(known=True)


async def act_on(runtime: Runtime, notice: CourierNotice, now: datetime) -> str:
    """Act on what a company told or answered; returns `moved`, `stale`, `orphan` or `duplicate`. Raises NotFound."""
    command = Command(
        kind="couriers.notice",
        actor=SYSTEM,
        now=now,
        mall_id=notice.mall_id,
        input={"run_id": notice.run_id, "notice_id": notice.notice_id, "state": notice.state},
    )
    try:
        return await runtime.db.write(command, lambda tx: hearing.take_notice(tx, notice=notice, now=now), returns=str)
    except hearing.Known:
        return "duplicate"
