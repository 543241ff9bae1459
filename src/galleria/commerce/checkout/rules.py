"""Pure decisions of checkout: what a basket is, how a price becomes a screen or an order, what the ledger is told."""

from collections.abc import Sequence
from uuid import UUID

from galleria.commerce import carts
from galleria.commerce.checkout.model import CouponChoice, Quote, QuoteLine, QuoteShop
from galleria.commerce.orders import NewLine, PaidOrder
from galleria.foundation import ledger
from galleria.foundation.catalog import Sellable
from galleria.foundation.ledger import AccountKind, Entry, Posting
from galleria.kernel.ids import ClaimId, MallId, ShopId
from galleria.value import payments
from galleria.value.discounts import BasketLine, Decision, PricedBasket, PricedLine, Reason
from galleria.value.payments import Intent
from galleria.value.points import SubOrderPaid

Goods = Sequence[tuple[Sellable, int]]
"""What is bought: a good and how many of it."""

NEVER_USABLE = {Reason.NO_MATCHING_GOODS, Reason.THRESHOLD, Reason.NO_EFFECT}


def basket(goods: Goods) -> list[BasketLine]:
    """Return goods as pricing takes them; a line's key is its variant."""
    return [
        BasketLine(
            key=str(good.variant_id),
            shop_id=good.shop_id,
            merchant_id=good.merchant_id,
            category_ids=good.category_ids,
            quantity=quantity,
            unit_price_minor=good.price_minor,
        )
        for good, quantity in goods
    ]


def order_lines(goods: Goods, priced: PricedBasket) -> list[NewLine]:
    """Return the lines to place, every unit's price frozen."""
    by_key = {line.key: line for line in priced.lines}
    return [_order_line(good, by_key[str(good.variant_id)]) for good, _ in goods]


def _order_line(good: Sellable, line: PricedLine) -> NewLine:
    return NewLine(
        variant_id=good.variant_id,
        product_id=good.product_id,
        shop_id=good.shop_id,
        merchant_id=good.merchant_id,
        shop_zh=good.shop_zh,
        shop_en=good.shop_en,
        kind=good.kind,
        sku=good.sku,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=good.option_zh,
        option_en=good.option_en,
        picture=good.picture,
        valid_days=good.valid_days,
        unit_price_minor=good.price_minor,
        unit_paid_minor=line.unit_paid_minor,
        unit_mall_funded_minor=line.unit_mall_funded_minor,
    )


def quote(
    goods: Goods,
    gone: Sequence[carts.CartEntry],
    priced: PricedBasket,
    currency: str,
) -> Quote:
    """Return a price as the checkout screen shows it."""
    by_key = {line.key: line for line in priced.lines}
    shops: dict[ShopId, list[tuple[Sellable, QuoteLine]]] = {}
    for good, quantity in goods:
        share = by_key[str(good.variant_id)]
        line = QuoteLine(
            line=carts.line(good, quantity, None),
            discount_minor=share.discount_minor,
            payable_minor=share.payable_minor,
        )
        shops.setdefault(good.shop_id, []).append((good, line))
    parts = [_quote_shop(pairs) for pairs in shops.values()]
    return Quote(
        currency=currency,
        goods_minor=priced.goods_minor,
        discount_minor=priced.discount_minor,
        payable_minor=priced.payable_minor,
        claim_id=next((ClaimId(d.offer_id) for d in priced.decisions if d.applied), None),
        shops=parts,
        gone=list(gone),
        coupons=[_choice(decision) for decision in priced.decisions],
        explanation=priced.steps,
        can_place=bool(goods) and not gone,
    )


def _quote_shop(pairs: Sequence[tuple[Sellable, QuoteLine]]) -> QuoteShop:
    good = pairs[0][0]
    lines = [line for _, line in pairs]
    return QuoteShop(
        shop_id=good.shop_id,
        shop_zh=good.shop_zh,
        shop_en=good.shop_en,
        goods_minor=sum(line.line.amount_minor for line in lines),
        discount_minor=sum(line.discount_minor for line in lines),
        payable_minor=sum(line.payable_minor for line in lines),
        lines=lines,
    )


def _choice(decision: Decision) -> CouponChoice:
    return CouponChoice(
        claim_id=ClaimId(decision.offer_id),
        title_zh=decision.title_zh,
        title_en=decision.title_en,
        applied=decision.applied,
        usable=decision.reason not in NEVER_USABLE,
        discount_minor=decision.discount_minor,
        reason=decision.reason,
        missing_minor=decision.missing_minor,
    )


def paid_entry(order: PaidOrder) -> Entry | None:
    """Return the entry of a purchase paid: the provider's and the mall's money become what merchants are owed.

    A discount the mall funds is its cost; one a merchant funds just lowers what that merchant gets. None when no
    money moves at all.
    """
    merchants: dict[UUID, int] = {}
    funded = 0
    for part in order.sub_orders:
        funded += part.mall_funded_minor
        earned = part.payable_minor + part.mall_funded_minor
        merchants[part.merchant_id] = merchants.get(part.merchant_id, 0) + earned
    sides = [
        (payments.clearing(order.mall_id, order.currency), -order.payable_minor),
        (ledger.account(AccountKind.MALL_MARKETING, order.mall_id, order.currency), -funded),
        *(
            (ledger.account(AccountKind.MERCHANT_PAYABLE, merchant_id, order.currency), earned)
            for merchant_id, earned in merchants.items()
        ),
    ]
    postings = [Posting(account, amount) for account, amount in sides if amount]
    return Entry("orders.paid", order.id, postings) if postings else None


def awarded_for(order: PaidOrder) -> list[SubOrderPaid]:
    """Return what points are awarded for: what was really paid to each shop."""
    return [
        SubOrderPaid(part.id, part.shop_id, part.merchant_id, part.payable_minor, part.shop_zh, part.shop_en)
        for part in order.sub_orders
    ]


def late_entries(intent: Intent) -> list[Entry]:
    """Return the entries of money that came for an order no longer waiting: taken in, and promised back at once."""
    late = ledger.account(AccountKind.LATE_PAYMENTS, intent.mall_id, intent.currency)
    clearing = payments.clearing(MallId(intent.mall_id), intent.currency)
    payable = payments.payable(MallId(intent.mall_id), intent.currency)
    amount = intent.amount_minor
    return [
        Entry("payments.late", intent.id, [Posting(clearing, -amount), Posting(late, amount)]),
        Entry("payments.late_refund", intent.id, [Posting(late, -amount), Posting(payable, amount)]),
    ]
