"""At the counter: tickets issued, goods and vouchers handed over by the shop's clerk, coupons used in the shop."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from galleria.demo.loading.books import Books
from galleria.demo.loading.diary import Diary
from galleria.demo.loading.directory import Directory
from galleria.demo.loading.offers import Claim, Claims, off_bill
from galleria.demo.loading.people import Crew, Person
from galleria.demo.loading.sale import Part, Sale, Ticket
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.world import World
from galleria.foundation.ledger import AccountKind
from galleria.value import promotions

COUPON_USED = "coupon.used_in_shop"
SERIALS = range(10_000_000, 100_000_000)
IN_SHOP = 0.12
"""The share of unused claims that were shown at a till instead."""


class Counter:
    """Issues tickets and redeems them."""

    def __init__(
        self,
        sheet: Sheet,
        ids: Ids,
        rng: Random,
        *,
        places: Directory,
        crew: Crew,
        books: Books,
        diary: Diary,
        now: datetime,
    ) -> None:
        self._ids, self._rng, self._now = ids, rng, now
        self._places, self._crew, self._books, self._diary = places, crew, books, diary
        self._serials: set[int] = set()
        self._tickets = sheet.table(
            "redemption.ticket",
            "mall_id id serial kind member_id order_id sub_order_id line_id unit claim_id shop_id merchant_id shop_zh "
            "shop_en title_zh title_en state valid_until created_at",
        )
        self._redemptions = sheet.table(
            "redemption.redemption",
            "mall_id id ticket_id kind shop_id merchant_id shop_zh shop_en staff_id staff_name at bill_minor "
            "discount_minor shares",
        )

    def issue(self, part: Part, at: datetime) -> None:
        """Give a paid part its tickets: one a unit of voucher or service, one for all its goods."""
        goods = [line for line in part.lines if line.ware.kind == "physical"]
        for line in part.lines:
            if line.ware.kind == "physical":
                continue
            days = line.ware.valid_days
            until = None if days is None else at + timedelta(days=days)
            title = (_title(line.ware.name_zh, line.ware.option_zh), _title(line.ware.name_en, line.ware.option_en))
            for unit in range(len(line.paid)):
                ticket = Ticket(self._ids.at(at), "voucher", title, line=line, unit=unit, valid_until=until)
                part.tickets.append(ticket)
        if goods:
            pieces, first = sum(len(line.paid) for line in goods), goods[0].ware
            zh = f"{first.name_zh}等 {pieces} 件" if pieces > 1 else first.name_zh
            en = f"{first.name_en} and more, {pieces} pieces" if pieces > 1 else first.name_en
            part.tickets.append(Ticket(self._ids.at(at), "pickup", (zh, en)))

    def visit(self, sale: Sale, at: datetime) -> None:
        """Let the shopper go round the shops and take everything that is still theirs."""
        for part in sale.parts:
            moment = min(at, self._now)
            for ticket in part.tickets:
                if ticket.state != "valid" or (ticket.valid_until is not None and ticket.valid_until <= moment):
                    continue
                self._hand_over(sale, part, ticket, moment)
                moment = min(moment + timedelta(seconds=self._rng.randint(20, 90)), self._now)
            if part.ready_at is None or part.ready_at > at:
                part.ready_at = at - timedelta(minutes=1)
            part.settle(moment)
            at += timedelta(minutes=self._rng.randint(4, 15))

    def _hand_over(self, sale: Sale, part: Part, ticket: Ticket, at: datetime) -> None:
        if ticket.line is not None and ticket.unit is not None:
            ticket.line.fulfilled.append(ticket.unit)
        else:
            for line in part.lines:
                if line.ware.kind == "physical":
                    line.fulfilled.extend(line.open)
        ticket.state = "redeemed"
        ware = part.ware
        shop = (part.shop, ware.shop_id, ware.merchant_id, ware.shop_zh, ware.shop_en)
        self._redeem(sale.mall_id, ticket, sale.member.id, shop, at)

    def _redeem(
        self,
        mall_id: UUID,
        ticket: Ticket,
        member_id: UUID,
        shop: tuple[int, UUID, UUID, str, str],
        at: datetime,
        bill: int | None = None,
        discount: int | None = None,
        funder: promotions.Share | None = None,
    ) -> UUID:
        clerk, redemption_id = self._crew.clerks[shop[0]], self._ids.at(at)
        head = (mall_id, redemption_id, ticket.id, ticket.kind, *shop[1:])
        self._redemptions.append((*head, clerk.id, clerk.name, at, bill, discount, _shares(funder, discount)))
        self._diary.note(
            "redemption.redeem",
            at,
            ("staff", clerk.id),
            mall_id,
            redemption_id,
            detail={"shop_id": shop[1]},
            event="redemption.redeemed",
            topics=(f"member:{member_id}", f"shop:{shop[1]}", f"mall:{mall_id}"),
            data={"ticket_id": ticket.id, "kind": ticket.kind, "shop_id": shop[1], "title_zh": ticket.title[0]},
        )
        return redemption_id

    def write(self, sale: Sale, part: Part) -> None:
        """Write a part's tickets as they stand now."""
        ware = part.ware
        shop = (ware.shop_id, ware.merchant_id, ware.shop_zh, ware.shop_en)
        for ticket in part.tickets:
            line_id = ticket.line.id if ticket.line else None
            head = (sale.mall_id, ticket.id, self._serial(), ticket.kind, sale.member.id, sale.id, part.id, line_id)
            tail = (*ticket.title, ticket.state, ticket.valid_until, sale.paid_at)
            self._tickets.append((*head, ticket.unit, None, *shop, *tail))

    def use_coupons(
        self,
        world: World,
        claims: Claims,
        offers: Sequence[promotions.Offer],
        people: Sequence[Person],
    ) -> None:
        """Let some claims be used at a till: the clerk takes the discount off the bill."""
        for claim in claims.all:
            if claim.state != "issued" or claim.member == 0 or self._rng.random() > IN_SHOP:
                continue
            coupon, offer = world.coupons[claim.coupon], offers[claim.coupon]
            at = claim.claimed_at + timedelta(minutes=self._rng.randint(30, 4000))
            if (
                not coupon.starts_at <= at < min(coupon.ends_at, self._now)
                or not 10 <= at.astimezone(coupon.starts_at.tzinfo).hour < 22
            ):
                continue
            shops = coupon.shops or tuple(i for i, s in enumerate(world.shops) if s.mall == coupon.mall)
            fitting = [i for i in shops if not coupon.categories or _within(world, i, coupon.categories)]
            self._use_coupon(world, claim, offer, self._rng.choice(fitting), people[claim.member].id, at)

    def _use_coupon(
        self, world: World, claim: Claim, offer: promotions.Offer, shop: int, member_id: UUID, at: datetime
    ) -> None:
        tenant = world.shops[shop]
        mall_id, merchant_id = self._places.mall_ids[tenant.mall], self._places.merchant_ids[tenant.merchant]
        bill = round(max(offer.threshold_minor, 3000) * self._rng.uniform(1.0, 2.2) / 100) * 100
        discount = off_bill(offer, bill, at)
        ticket = Ticket(self._ids.at(claim.claimed_at), "coupon", (offer.title_zh, offer.title_en))
        where = (shop, self._places.shop_ids[shop], merchant_id, tenant.name.zh, tenant.name.en)
        redemption_id = self._redeem(mall_id, ticket, member_id, where, at, bill, discount, offer.shares[0])
        claim.state, claim.used_at = "used", at
        nothing = (None, None, None, None)
        nowhere = (None, None, "", "")
        head = (mall_id, ticket.id, self._serial(), "coupon", member_id, *nothing, claim.id, *nowhere)
        self._tickets.append((*head, *ticket.title, "redeemed", None, claim.claimed_at))
        if offer.shares[0].funder is promotions.Funder.MALL and discount:
            currency = world.malls[tenant.mall].currency
            marketing = self._books.account(AccountKind.MALL_MARKETING, mall_id, currency)
            payable = self._books.account(AccountKind.MERCHANT_PAYABLE, merchant_id, currency)
            self._books.post(mall_id, COUPON_USED, redemption_id, at, [(marketing, -discount), (payable, discount)])

    def _serial(self) -> str:
        while (serial := self._rng.randrange(SERIALS.start, SERIALS.stop)) in self._serials:
            pass
        self._serials.add(serial)
        return str(serial)


def _within(world: World, shop: int, categories: Sequence[str]) -> bool:
    code = world.shops[shop].category
    return any(code == scope or code.startswith(f"{scope}.") for scope in categories)


def _shares(funder: promotions.Share | None, discount: int | None) -> str:
    """Return who bears a discount, as JSON; in the demo it is always one alone."""
    if funder is None or not discount:
        return "[]"
    total = promotions.FundedTotal(funder=funder.funder, funder_id=funder.funder_id, amount_minor=discount)
    return msgspec.json.encode([total]).decode()


def _title(name: str, option: str) -> str:
    return f"{name} · {option}" if option else name
