"""What the gate sees, and what staff are asked."""

import base64
from datetime import UTC, datetime
from uuid import UUID

from galleria.commerce import orders, redemption
from galleria.foundation import catalog, malls, members
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, ShopId, VariantId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.onsite.scango import rules, store
from galleria.onsite.scango.model import (
    AgeRow,
    AlreadyLeft,
    ExitCodeStale,
    ExitCodeWrong,
    ExitElsewhere,
    ExitPass,
    GateItem,
    GateRow,
    GateView,
    NotPaidYet,
    Outcome,
    ScanState,
    Session,
    SessionId,
)
from galleria.onsite.scango.queries.shops import terms
from galleria.platform.auth.tokens import Signer
from galleria.platform.tx import ReadTx


def secret_of(signer: Signer, session_id: UUID) -> bytes:
    """Return the 32 bytes a basket's exit codes are keyed by; derived, so nothing is stored."""
    return signer.key(f"scango.exit:{session_id}")


async def exit_pass(
    tx: ReadTx, *, mall_id: MallId, session_id: SessionId, member_id: MemberId, signer: Signer, now: datetime
) -> ExitPass:
    """Return what makes the code a shopper shows at the gate; raises NotFound, NotPaidYet."""
    session = await store.find(tx, mall_id, session_id, member_id)
    if session is None:
        raise NotFound
    if session.order_id is None or session.must_check is None:
        raise NotPaidYet
    order = await orders.get_order(tx, mall_id=mall_id, order_id=session.order_id)
    items = _paid_items(order, session.shop_id, {})
    return ExitPass(
        session_id=session.id,
        shop_id=session.shop_id,
        state=session.state,
        order_id=order.id,
        pieces=sum(item.quantity for item in items),
        paid_minor=order.payable_minor - order.refunded_minor,
        currency=order.currency,
        must_check=session.must_check,
        serial=session.serial,
        secret_base64=base64.b64encode(secret_of(signer, session.id)).decode(),
        step_seconds=redemption.STEP_SECONDS,
        server_now=now,
    )


async def identify(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, code: str, signer: Signer, now: datetime
) -> Session:
    """Return the basket of a code shown at a shop's gate.

    Raises Invalid, ExitCodeWrong, ExitElsewhere, ExitCodeStale, and AlreadyLeft for one that is out.
    """
    serial, digits = rules.split_exit(code)
    session = await store.find_by_serial(tx, mall_id, serial)
    if session is None:
        raise ExitCodeWrong
    age = rules.age_of_code(secret_of(signer, session.id), digits, now)
    if age is None:
        raise ExitCodeWrong
    if session.shop_id != shop_id:
        shop = await malls.get_shop(tx, mall_id, session.shop_id)
        raise ExitElsewhere(shop_zh=shop.name_zh, shop_en=shop.name_en)
    if session.state is ScanState.LEFT:
        raise await already_left(tx, session)
    if age > 1:
        raise ExitCodeStale
    return session


async def gate_view(tx: ReadTx, *, session: Session) -> GateView:
    """Return a basket as the gate sees it; raises NotPaidYet, AlreadyLeft."""
    await require_inside(tx, session)
    if session.order_id is None:
        raise NotPaidYet
    order = await orders.get_order(tx, mall_id=session.mall_id, order_id=session.order_id)
    lines = [line for part in order.sub_orders for line in part.lines]
    limits = await store.age_limits(tx, session.mall_id, [line.variant_id for line in lines])
    items = _paid_items(order, session.shop_id, limits)
    pieces = sum(item.quantity for item in items)
    policy = await terms(tx, mall_id=session.mall_id, shop_id=session.shop_id)
    member = await members.get_member(tx, await malls.group_of(tx, session.mall_id), session.member_id)
    return GateView(
        session_id=session.id,
        shop_id=session.shop_id,
        order_id=order.id,
        number=order.number,
        member_masked=members.mask_phone(member.phone),
        state=session.state,
        must_check=bool(session.must_check),
        reasons=session.reasons,
        rescan_pieces=rules.to_scan(policy, pieces) if session.must_check else 0,
        pieces=pieces,
        paid_minor=order.payable_minor - order.refunded_minor,
        currency=order.currency,
        paid_at=session.paid_at,
        items=items,
    )


def _paid_items(order: orders.OrderView, shop_id: ShopId, limits: dict[VariantId, int]) -> list[GateItem]:
    """Return what of an order may leave a shop: all that was not given back."""
    found = []
    for part in order.sub_orders:
        for line in part.lines if part.shop_id == shop_id else ():
            kept = sum(unit.state is not orders.UnitState.REFUNDED for unit in line.units)
            if kept:
                found.append(
                    GateItem(
                        line_id=line.id,
                        variant_id=line.variant_id,
                        name_zh=line.name_zh,
                        name_en=line.name_en,
                        option_zh=line.option_zh,
                        option_en=line.option_en,
                        picture=line.picture,
                        quantity=kept,
                        min_age=limits.get(line.variant_id),
                    )
                )
    return found


async def require_inside(tx: ReadTx, session: Session) -> None:
    """Raise NotPaidYet or AlreadyLeft unless a basket is paid and still in the shop."""
    if session.state is ScanState.LEFT:
        raise await already_left(tx, session)
    if session.state is not ScanState.PAID:
        raise NotPaidYet


async def already_left(tx: ReadTx, session: Session) -> AlreadyLeft:
    """Return the refusal of a basket that is out, saying when and past whom."""
    made = await store.checks_of(tx, session.mall_id, session.shop_id, session_id=session.id, before=None, limit=50)
    passed = next((one for one in made if one.outcome is Outcome.PASSED), None)
    if passed is None:
        return AlreadyLeft(at="", staff="")
    return AlreadyLeft(at=_iso(passed.at), staff=passed.staff_name)


async def list_gate_checks(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, cursor: str | None, limit: int
) -> Page[GateRow]:
    """Return what was decided at a shop's gate, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.checks_of(tx, mall_id, shop_id, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def list_age_checks(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, check_id: UUID | None = None, cursor: str | None, limit: int
) -> Page[AgeRow]:
    """Return a shop's questions about age, the newest first, with who waits and for what."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_age_checks(tx, mall_id, shop_id, check_id=check_id, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.id,))
    wanted = list({variant_id for row in page.items for variant_id in row.variant_ids})
    goods = {good.variant_id: good for good in await catalog.sellable(tx, mall_id, wanted)}
    group = await malls.group_of(tx, mall_id)
    people = await members.list_members(tx, group, [row.member_id for row in page.items])
    return Page([_age_row(row, people.get(row.member_id), goods) for row in page.items], page.next_cursor)


def _age_row(row: store.AskedAge, member: members.Member | None, goods: dict[VariantId, catalog.Sellable]) -> AgeRow:
    named = [goods[variant_id] for variant_id in row.variant_ids if variant_id in goods]
    return AgeRow(
        id=row.id,
        session_id=row.session_id,
        member_masked="" if member is None else members.mask_phone(member.phone),
        min_age=row.min_age,
        state=row.state,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        staff_id=row.staff_id,
        staff_name=row.staff_name,
        reason=row.reason,
        goods_zh=[good.name_zh for good in named],
        goods_en=[good.name_en for good in named],
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
