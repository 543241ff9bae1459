"""What was ordered and paid, and everything an order owes: lines, stock, payment, coupon, money, points, tickets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from galleria.demo.loading.books import Books
from galleria.demo.loading.counter import Counter
from galleria.demo.loading.diary import Diary
from galleria.demo.loading.directory import Directory
from galleria.demo.loading.goods import Store, Ware
from galleria.demo.loading.offers import Claims, price
from galleria.demo.loading.people import Person
from galleria.demo.loading.refunds import Refunds
from galleria.demo.loading.rewards import Rewards
from galleria.demo.loading.sale import Line, Part, Sale
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.world import World
from galleria.demo.world.model import OrderPlan
from galleria.demo.world.offers import ZONE
from galleria.foundation.ledger import AccountKind
from galleria.platform.actors import SYSTEM
from galleria.value import promotions

PAID = "orders.paid"
PROVIDER = "sandbox"
NUMBER_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREPARED = timedelta(minutes=18)
LINGER = timedelta(days=3)


class History:
    """Tells orders one after another, the oldest first."""

    def __init__(
        self,
        sheet: Sheet,
        ids: Ids,
        rng: Random,
        *,
        world: World,
        places: Directory,
        wares: Sequence[Ware],
        people: Sequence[Person],
        offers: Sequence[promotions.Offer],
        claims: Claims,
        store: Store,
        books: Books,
        rewards: Rewards,
        counter: Counter,
        refunds: Refunds,
        diary: Diary,
        hold: timedelta,
        now: datetime,
    ) -> None:
        self._ids, self._rng, self._now, self._hold = ids, rng, now, hold
        self._world, self._places, self._wares, self._people, self._offers = world, places, wares, people, offers
        self._claims, self._store, self._books, self._rewards = claims, store, books, rewards
        self._counter, self._refunds, self._diary = counter, refunds, diary
        self._currency = world.malls[0].currency
        self._references = 0
        self._purchases = sheet.table(
            "orders.purchase",
            "mall_id id group_id number member_id state currency goods_minor discount_minor payable_minor "
            "refunded_minor claim_ids explanation placed_at expires_at paid_at ended_at tenders",
        )
        self._events = sheet.table("orders.event", "mall_id order_id sub_order_id what actor_kind actor_id at")
        self._parts = sheet.table(
            "orders.sub_order",
            "mall_id id order_id shop_id merchant_id shop_zh shop_en state goods_minor discount_minor payable_minor "
            "mall_funded_minor refunded_minor paid_at ready_at fulfilled_at",
        )
        self._lines = sheet.table(
            "orders.line",
            "mall_id id order_id sub_order_id position variant_id product_id kind sku name_zh name_en option_zh "
            "option_en picture valid_days quantity unit_price_minor unit_paid_minor unit_mall_funded_minor "
            "unit_fee_minor unit_reduced_minor refunded_units fulfilled_units shares",
        )
        self._applied = sheet.table(
            "orders.applied",
            "mall_id order_id id offer_id version source kind title_zh title_en discount_minor",
        )
        self._intents = sheet.table(
            "payments.intent",
            "mall_id id order_id member_id amount_minor currency description refunded_minor provider state created_at "
            "expires_at ended_at tender_id",
        )
        self._attempts = sheet.table(
            "payments.attempt",
            "mall_id id intent_id n provider scene state provider_reference created_at ended_at",
        )
        self._notices = sheet.table(
            "payments.notice",
            "mall_id attempt_id notice_id provider outcome amount_minor currency received_at body",
        )
        self._charges = sheet.table(
            "sandbox.charge", "id mall_id amount_minor currency state refunded_minor reference created_at known_at"
        )

    def tell(self, plan: OrderPlan) -> None:
        """Tell one order from its placement to where it stands now."""
        sale = self._place(plan)
        if plan.outcome in {"expired", "cancelled"}:
            self._leave_unpaid(sale, plan)
        elif plan.paid_at is None or plan.paid_at > self._now:
            self._wait(sale)
        else:
            self._pay(sale, plan.paid_at)
            self._follow(sale, plan)
        if sale.state != "gone":
            self._write(sale)

    def _place(self, plan: OrderPlan) -> Sale:
        day = plan.placed_at.astimezone(ZONE)
        number = f"{day:%y%m%d}-" + "".join(self._rng.choices(NUMBER_ALPHABET, k=8))
        mall_id, member = self._places.mall_ids[plan.mall], self._people[plan.member]
        sale = Sale(self._ids.at(day), plan.mall, mall_id, plan.member, member, number, plan.placed_at)
        sale.expires_at = plan.placed_at + self._hold
        offer = None
        if plan.coupon is not None:
            sale.claim = self._claims.for_order(plan.coupon, plan.member, member.created_at, plan.placed_at)
            held = self._offers[plan.coupon]
            offer = msgspec.structs.replace(held, id=sale.claim.id) if sale.claim else None
        self._price(sale, plan, offer)
        self._note(sale, "checkout.place", "orders.placed", plan.placed_at)
        return sale

    def _price(self, sale: Sale, plan: OrderPlan, offer: promotions.Offer | None) -> None:
        """Freeze what each unit costs, as checkout does."""
        wares = [(self._wares[index], quantity) for index, quantity in plan.lines]
        wares.sort(key=lambda pair: pair[0].shop)
        basket = [
            promotions.BasketLine(
                key=str(position),
                shop_id=ware.shop_id,  # type: ignore[arg-type]
                merchant_id=ware.merchant_id,  # type: ignore[arg-type]
                category_ids=ware.category_ids,  # type: ignore[arg-type]
                product_id=ware.product_id,  # type: ignore[arg-type]
                variant_id=ware.variant_id,  # type: ignore[arg-type]
                quantity=quantity,
                unit_price_minor=ware.price_minor,
            )
            for position, (ware, quantity) in enumerate(wares)
        ]
        priced = price(basket, offer, sale.placed_at)
        sale.explanation = msgspec.json.encode(priced.steps).decode()
        sale.applied = [decision for decision in priced.decisions if decision.applied]
        by_key = {line.key: line for line in priced.lines}
        for position, (ware, _) in enumerate(wares):
            if not sale.parts or sale.parts[-1].shop != ware.shop:
                sale.parts.append(Part(self._ids.at(sale.placed_at), ware.shop))
            sale.parts[-1].lines.append(Line(self._ids.at(sale.placed_at), ware, position, by_key[str(position)]))

    def _leave_unpaid(self, sale: Sale, plan: OrderPlan) -> None:
        """Expire or cancel an order, or let it wait when its time is not over."""
        ends = sale.expires_at
        if plan.outcome == "cancelled" and plan.cancelled_at is not None:
            ends = min(plan.cancelled_at, sale.expires_at - timedelta(minutes=1))
        if ends > self._now:
            self._wait(sale)
            return
        sale.state, sale.ended_at = plan.outcome, ends
        for part in sale.parts:
            part.state = "cancelled"
        self._reserve(sale, "released")
        self._intend(sale, "closed", ended_at=ends)
        cancelled = plan.outcome == "cancelled"
        kind, event = ("checkout.cancel", "orders.cancelled") if cancelled else ("checkout.expire", "orders.expired")
        self._note(sale, kind, event, ends, system=not cancelled)

    def _wait(self, sale: Sale) -> None:
        """Leave an order at the cashier, with its goods and coupon held; it expires by itself."""
        if not all(self._store.can_hold(line.ware, len(line.paid)) for line in sale.lines):
            sale.state = "gone"
            return
        self._reserve(sale, "held")
        self._intend(sale, "created", ended_at=None)
        if sale.claim is not None:
            sale.claim.state, sale.claim.order_id = "held", sale.id

    def _pay(self, sale: Sale, paid_at: datetime) -> None:
        sale.state, sale.paid_at = "paid", paid_at
        self._reserve(sale, "taken")
        for line in sale.lines:
            self._store.move(line.ware, -len(line.paid), kind="sale", reference=sale.id, at=paid_at)
        if sale.claim is not None:
            sale.claim.state, sale.claim.order_id, sale.claim.used_at = "used", sale.id, paid_at
        for part in sale.parts:
            physical = any(line.ware.kind == "physical" for line in part.lines)
            prepared = paid_at + PREPARED * self._rng.uniform(0.3, 2.2)
            part.ready_at = (prepared if prepared <= self._now else None) if physical else paid_at
            self._counter.issue(part, paid_at)
            part.award = self._rewards.award(
                mall_id=sale.mall_id,
                order_id=sale.id,
                sub_order_id=part.id,
                member_id=sale.member.id,
                shop_index=part.shop,
                shop=(part.ware.shop_id, part.ware.merchant_id, part.ware.shop_zh, part.ware.shop_en),
                paid=part.payable,
                at=paid_at,
            )
            part.settle(paid_at)
        self._book(sale, paid_at)
        self._note(sale, "payments.notice", "orders.paid", paid_at, system=True)

    def _book(self, sale: Sale, at: datetime) -> None:
        """Post the money: the provider holds it for us, we owe it to the merchants, the mall bears its promotions."""
        mall_id, currency = sale.mall_id, self._currency
        funded = sum(part.funded for part in sale.parts)
        clearing = self._books.account(AccountKind.PROVIDER_CLEARING, mall_id, currency)
        marketing = self._books.account(AccountKind.MALL_MARKETING, mall_id, currency)
        postings = [(clearing, -sale.payable), (marketing, -funded)]
        for part in sale.parts:
            payable = self._books.account(AccountKind.MERCHANT_PAYABLE, part.ware.merchant_id, currency)
            postings.append((payable, part.payable + part.funded))
        self._books.post(mall_id, PAID, sale.id, at, postings)

    def _follow(self, sale: Sale, plan: OrderPlan) -> None:
        """Give back and hand over, as far as the time has come."""
        visit = plan.redeemed_at
        if plan.refunded_at is not None and plan.refunded_at <= self._now:
            self._refunds.refund(sale, _units(plan, sale), plan.refunded_at)
            visit = plan.refunded_at + timedelta(minutes=self._rng.randint(3, 40))
            if self._now - visit < LINGER:
                return
        if visit is not None and visit <= self._now:
            self._counter.visit(sale, visit)

    def _reserve(self, sale: Sale, state: str) -> None:
        for line in sale.lines:
            self._store.reserve(line.ware, len(line.paid), sale.id, state=state, until=sale.expires_at)

    def _intend(self, sale: Sale, state: str, *, ended_at: datetime | None, refunded: int = 0) -> UUID:
        intent_id = sale.intent_id or self._ids.at(sale.placed_at)
        self._references += 1
        reference = f"SBX{self._references:09d}" if state == "succeeded" else None
        amount, currency, placed = sale.payable, self._currency, sale.placed_at
        head = (
            sale.mall_id,
            intent_id,
            sale.id,
            sale.member.id,
            amount,
            currency,
            sale.number,
            refunded,
            PROVIDER,
            state,
        )
        self._intents.append((*head, placed, sale.expires_at, ended_at, sale.id))
        tried = (PROVIDER, "page", state, reference, placed, ended_at)
        self._attempts.append((sale.mall_id, intent_id, intent_id, 1, *tried))
        if reference is not None and ended_at is not None:
            notice = {"charge": intent_id, "outcome": "succeeded", "amount_minor": amount, "reference": reference}
            body = msgspec.json.encode(notice).decode()
            notice_id = f"{intent_id}:succeeded"
            told = (notice_id, PROVIDER, "succeeded", amount, currency, ended_at, body)
            self._notices.append((sale.mall_id, intent_id, *told))
            charge = (intent_id, sale.mall_id, amount, currency, "paid", refunded, reference, ended_at, ended_at)
            self._charges.append(charge)
        return intent_id

    def _write(self, sale: Sale) -> None:
        refunded = sum(part.refunded for part in sale.parts)
        goods = sum(part.goods for part in sale.parts)
        if sale.paid_at is not None:
            self._intend(sale, "succeeded", ended_at=sale.paid_at, refunded=refunded)
        sums = (goods, goods - sale.payable, sale.payable, refunded)
        self._purchases.append(
            (
                sale.mall_id,
                sale.id,
                self._places.group_id,
                sale.number,
                sale.member.id,
                sale.state,
                self._currency,
                *sums,
                [sale.claim.id] if sale.claim else [],
                sale.explanation,
                sale.placed_at,
                sale.expires_at,
                sale.paid_at,
                sale.ended_at,
                _tenders(sale),
            )
        )
        self._tell_events(sale)
        for one in sale.applied:
            head = (sale.mall_id, sale.id, one.id, one.offer_id, one.version, one.source.value, one.kind)
            self._applied.append((*head, one.title_zh, one.title_en, one.discount_minor))
        for part in sale.parts:
            self._write_part(sale, part)

    def _tell_events(self, sale: Sale) -> None:
        """Tell what happened to an order and its parts, and who made it happen."""
        member, system = ("member", sale.member.id), ("system", SYSTEM.id)
        moments: list[tuple[UUID | None, str, tuple[str, UUID], datetime | None]] = [
            (None, "placed", member, sale.placed_at),
            (None, "paid", system, sale.paid_at),
        ]
        moments.append((None, sale.state, member if sale.state == "cancelled" else system, sale.ended_at))
        for part in sale.parts:
            moments += [(part.id, "ready", system, part.ready_at), (part.id, "fulfilled", system, part.fulfilled_at)]
        told = [(at, part_id, what, actor) for part_id, what, actor, at in moments if at is not None]
        for at, part_id, what, actor in sorted(told, key=lambda one: one[0]):
            self._events.append((sale.mall_id, sale.id, part_id, what, *actor, at))

    def _write_part(self, sale: Sale, part: Part) -> None:
        ware, goods, payable = part.ware, part.goods, part.payable
        shop = (ware.shop_id, ware.merchant_id, ware.shop_zh, ware.shop_en)
        sums = (goods, goods - payable, payable, part.funded, part.refunded)
        times = (sale.paid_at, part.ready_at, part.fulfilled_at)
        self._parts.append((sale.mall_id, part.id, sale.id, *shop, part.state, *sums, *times))
        for line in part.lines:
            sold = line.ware
            self._lines.append(
                (
                    sale.mall_id,
                    line.id,
                    sale.id,
                    part.id,
                    line.position,
                    sold.variant_id,
                    sold.product_id,
                    sold.kind,
                    sold.sku,
                    sold.name_zh,
                    sold.name_en,
                    sold.option_zh,
                    sold.option_en,
                    sold.picture,
                    sold.valid_days,
                    len(line.paid),
                    sold.price_minor,
                    line.paid,
                    line.funded,
                    [0] * len(line.paid),
                    [0] * len(line.paid),
                    line.refunded,
                    line.fulfilled,
                    msgspec.json.encode(line.shares).decode(),
                )
            )
        self._counter.write(sale, part)

    def _note(self, sale: Sale, kind: str, event: str, at: datetime, *, system: bool = False) -> None:
        actor = ("system", SYSTEM.id) if system else ("member", sale.member.id)
        shops = tuple(f"shop:{part.ware.shop_id}" for part in sale.parts)
        topics = (f"mall:{sale.mall_id}", f"member:{sale.member.id}", *shops)
        data: dict[str, object] = {"number": sale.number, "payable_minor": sale.payable}
        self._diary.note(
            kind,
            at,
            actor,
            sale.mall_id,
            sale.id,
            detail={"number": sale.number},
            event=event,
            topics=topics,
            data=data,
        )


def _units(plan: OrderPlan, sale: Sale) -> list[tuple[Part, Line, list[int]]]:
    """Return which units go back: everything, one line, or one unit of a line."""
    found = [(part, line, list(range(len(line.paid)))) for part in sale.parts for line in part.lines]
    if plan.refund_line is None:
        return found
    if plan.outcome == "line_refunded":
        return [found[plan.refund_line]]
    part, line, units = max(found, key=lambda entry: len(entry[2]))
    return [(part, line, units[:1])]


def _tenders(sale: Sale) -> str:
    """Return what an order was paid with: the provider paid all of it."""
    if not sale.payable:
        return "[]"
    one = {"id": sale.id, "kind": "provider", "amount_minor": sale.payable, "points": 0, "provider": PROVIDER}
    return msgspec.json.encode([one | {"payer_id": sale.member.id, "holder_id": None}]).decode()
