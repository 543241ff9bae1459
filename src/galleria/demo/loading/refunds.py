"""Giving back: units, money, points, stock, tickets and the coupon, as a refund does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from galleria.demo.loading.books import Books
from galleria.demo.loading.diary import Diary
from galleria.demo.loading.goods import Store
from galleria.demo.loading.people import Crew
from galleria.demo.loading.rewards import Rewards
from galleria.demo.loading.sale import Line, Part, Sale
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.foundation.ledger import AccountKind

REFUNDED = "returns.refund"
REFUND_PAID = "payments.refunded"
REASONS = ("改变主意了", "尺码不合适", "行程有变，来不及到店", "买重复了", "颜色和想的不一样", "朋友已经送了我一份")
Units = Sequence[tuple[Part, Line, list[int]]]


class Refunds:
    """Records refunds, each paid out by the provider half a minute later."""

    def __init__(
        self,
        sheet: Sheet,
        ids: Ids,
        rng: Random,
        *,
        crew: Crew,
        store: Store,
        books: Books,
        rewards: Rewards,
        diary: Diary,
        currency: str,
        now: datetime,
    ) -> None:
        self._ids, self._rng, self._now, self._currency = ids, rng, now, currency
        self._crew, self._store, self._books, self._rewards, self._diary = crew, store, books, rewards, diary
        self._refunds = sheet.table(
            "returns.refund",
            "mall_id id order_id order_number member_id currency backs amount_minor points_taken "
            "coupon_returned reason restocked actor_kind actor_id actor_name at",
        )
        self._lines = sheet.table(
            "returns.refund_line",
            "mall_id refund_id line_id sub_order_id shop_id merchant_id shop_zh shop_en name_zh name_en units "
            "amount_minor mall_funded_minor",
        )
        self._payments = sheet.table(
            "payments.refund",
            "mall_id id intent_id attempt_id order_id amount_minor currency reason state provider_reference attempts "
            "created_at "
            "ended_at",
        )
        self._sandbox = sheet.table("sandbox.refund", "id charge_id amount_minor created_at")

    def refund(self, sale: Sale, units: Units, at: datetime) -> None:
        """Give back these units, none of them handed over yet."""
        refund_id = self._ids.at(at)
        for part, line, which in units:
            line.refunded.extend(which)
            self._store.move(line.ware, len(which), kind="return", reference=refund_id, at=at)
            self._void(part, line, which)
            self._write_line(sale, refund_id, part, line, which)
        parts = list({id(part): part for part, _, _ in units}.values())
        lost = [(part.award, part.payable - part.refunded) for part in parts if part.award is not None]
        taken = self._rewards.take_back(sale.mall_id, refund_id, at, lost)
        everything = all(len(line.refunded) == len(line.paid) for line in sale.lines)
        returned = everything and sale.claim is not None
        if returned and sale.claim is not None:
            sale.claim.state, sale.claim.order_id, sale.claim.used_at = "issued", None, None
        for part in parts:
            part.settle(at)
        self._write(sale, refund_id, units, at, points_taken=taken, coupon_returned=returned)

    def _void(self, part: Part, line: Line, units: Sequence[int]) -> None:
        goods = [other for other in part.lines if other.ware.kind == "physical"]
        for ticket in part.tickets:
            voucher = ticket.line is line and ticket.unit in units
            pickup = ticket.kind == "pickup" and all(len(other.refunded) == len(other.paid) for other in goods)
            if voucher or pickup:
                ticket.state = "void"

    def _write_line(self, sale: Sale, refund_id: UUID, part: Part, line: Line, units: list[int]) -> None:
        ware = line.ware
        names = (ware.shop_zh, ware.shop_en, ware.name_zh, ware.name_en)
        amounts = (sum(line.paid[unit] for unit in units), sum(line.funded[unit] for unit in units))
        head = (sale.mall_id, refund_id, line.id, part.id, ware.shop_id, ware.merchant_id)
        self._lines.append((*head, *names, units, *amounts))

    def _write(
        self, sale: Sale, refund_id: UUID, units: Units, at: datetime, *, points_taken: int, coupon_returned: bool
    ) -> None:
        amount = sum(line.paid[unit] for _, line, which in units for unit in which)
        reason = self._rng.choice(REASONS)
        payment_id = self._pay_out(sale, amount, reason, at) if amount else None
        by_staff = self._rng.random() < 0.3
        actor = ("staff", self._crew.operator.id) if by_staff else ("member", sale.member.id)
        back = {"tender_id": sale.id, "kind": "provider", "amount_minor": amount, "points": 0, "refund_id": payment_id}
        backs = msgspec.json.encode([back] if amount else []).decode()
        head = (sale.mall_id, refund_id, sale.id, sale.number, sale.member.id, self._currency, backs, amount)
        self._refunds.append(
            (
                *head,
                points_taken,
                coupon_returned,
                reason,
                True,
                *actor,
                self._crew.operator.name if by_staff else "",
                at,
            )
        )
        self._book(sale, refund_id, units, amount, payment_id, at)
        topics = (f"mall:{sale.mall_id}", f"member:{sale.member.id}")
        self._diary.note(
            "returns.refund",
            at,
            actor,
            sale.mall_id,
            refund_id,
            detail={"reason": reason},
            event="returns.refunded",
            topics=(*topics, *(f"shop:{part.ware.shop_id}" for part, _, _ in units)),
            data={"order_id": sale.id, "number": sale.number, "amount_minor": amount},
        )

    def _pay_out(self, sale: Sale, amount: int, reason: str, at: datetime) -> UUID:
        """Have the provider pay the money back."""
        refund_id = self._ids.at(at)
        sale.intent_id = sale.intent_id or self._ids.at(sale.placed_at)
        done = min(at + timedelta(seconds=self._rng.randint(2, 40)), self._now)
        head = (sale.mall_id, refund_id, sale.intent_id, sale.intent_id, sale.id, amount, self._currency, reason)
        self._payments.append((*head, "succeeded", f"SBXR-{refund_id}", 1, at, done))
        self._sandbox.append((refund_id, sale.intent_id, amount, done))
        return refund_id

    def _book(
        self, sale: Sale, refund_id: UUID, units: Units, amount: int, payment_id: UUID | None, at: datetime
    ) -> None:
        """Post the money: merchants and mall take back their shares, the shopper is owed, then paid."""
        owed = self._books.account(AccountKind.REFUNDS_PAYABLE, sale.mall_id, self._currency)
        marketing = self._books.account(AccountKind.MALL_MARKETING, sale.mall_id, self._currency)
        clearing = self._books.account(AccountKind.PROVIDER_CLEARING, sale.mall_id, self._currency)
        funded = sum(line.funded[unit] for _, line, which in units for unit in which)
        postings = [(owed, amount), (marketing, funded)]
        for _, line, which in units:
            payable = self._books.account(AccountKind.MERCHANT_PAYABLE, line.ware.merchant_id, self._currency)
            postings.append((payable, -sum(line.paid[unit] + line.funded[unit] for unit in which)))
        self._books.post(sale.mall_id, REFUNDED, refund_id, at, postings)
        if payment_id is not None:
            self._books.post(sale.mall_id, REFUND_PAID, payment_id, at, [(owed, -amount), (clearing, amount)])
