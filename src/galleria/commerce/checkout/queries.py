"""Reading what a cart, any basket or a product would cost."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from galleria.commerce import carts, fulfilment, orders, redemption, settlement
from galleria.commerce.checkout.model import (
    BasketItem,
    Channel,
    EvaluateRequest,
    Evaluation,
    Pick,
    ProductOffers,
    Quote,
    QuoteRequest,
    TenderChoices,
)
from galleria.commerce.checkout.rules import basket, facts, screens, tenders, ways
from galleria.commerce.checkout.rules.basket import Item
from galleria.commerce.fulfilment import WayOffer
from galleria.foundation import catalog, ledger, malls, members
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import ClaimId, HouseholdId, MallId, MemberId, MerchantId, ProductId, VariantId
from galleria.kernel.periods import business_date
from galleria.platform.tx import ReadTx
from galleria.value import coupons, offers, points, promotions, stock, wallet
from galleria.value.promotions import BasketLine, Decision, PricedBasket

SHOWN_FOR = timedelta(seconds=5)
"""For so long at most a process shows prices by the offers it knows, unless told of a change; placing always looks."""


NEVER = datetime.min.replace(tzinfo=UTC)
_selling: dict[tuple[MallId, MerchantId], tuple[datetime, int]] = {}
"""What selling costs merchants, as last asked, and when."""


class ClaimUnknown(NotFound):
    """One of the coupons chosen is not the member's to use."""

    code = "claim_unknown"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a basket is priced with but the basket: the offers, the shopper, the moment.

    `book` holds the live offers that can be applied to the basket, `others` is how many cannot.
    """

    book: promotions.Book
    others: int
    claims: Sequence[promotions.Offer]
    facts: promotions.Facts
    context: promotions.Context
    household_id: HouseholdId | None

    def price(self, lines: Sequence[BasketLine], chosen: Collection[UUID] | None) -> PricedBasket:
        """Return the price of a basket with the best coupons, or with the chosen ones."""
        return promotions.price(
            lines, self.book, coupons=self.claims, chosen=chosen, facts=self.facts, context=self.context
        )

    def as_if_unused(self) -> "Situation":
        """Return the same with no limit used up."""
        return msgspec.structs.replace(self, context=msgspec.structs.replace(self.context, used={}))

    def brought(self, delivery_minor: int) -> "Situation":
        """Return the same with a delivery fee."""
        return msgspec.structs.replace(
            self, context=msgspec.structs.replace(self.context, delivery_minor=delivery_minor)
        )

    def offers(self) -> Mapping[UUID, promotions.Offer]:
        """Return every offer that can be applied, by its id."""
        return {one.id: one for one in [*self.book.offers, *self.claims]}


async def situation(
    tx: ReadTx,
    *,
    mall: malls.Mall,
    member_id: MemberId | None,
    claims: Sequence[coupons.ClaimedOffer],
    lines: Sequence[BasketLine],
    channel: Channel,
    now: datetime,
    binding: bool = False,
) -> Situation:
    """Return what to price these lines with: a statement for each thing that the offers touching them ask about.

    Those are the shopper's orders, profile, presence in the mall, and how far limits are used up. A `binding` price
    looks for changes of the offers first; one that is only shown makes do with those the process knows.
    """
    live = await offers.book(tx, mall.id, now=now, shown_for=None if binding else SHOWN_FOR)
    mine = [claim.offer for claim in claims]
    book = promotions.narrow(lines, live.book)
    touched = book.offers
    asks = facts.asks([*touched, *mine])
    profile = None
    if member_id is not None and (asks.profile or facts.shared(touched)):
        profile = await members.profile(tx, mall.group_id, member_id)
    bought = None
    if member_id is not None and asks.history:
        bought = await orders.history(tx, mall_id=mall.id, member_id=member_id)
    here = channel is Channel.STORE
    if member_id is not None and asks.presence and not here:
        since = now - facts.PRESENT_FOR
        here = await redemption.seen_since(tx, mall_id=mall.id, member_id=member_id, since=since)
    household_id = None if profile is None else profile.household_id
    counted = facts.counted(touched, live.limited)
    used = await offers.used(
        tx,
        mall_id=mall.id,
        ids=counted,
        member_id=member_id,
        household_id=household_id,
        day=business_date(now, mall.time_zone),
    ) if counted else {}  # fmt: skip
    return Situation(
        book=book,
        others=len(live.book.rules) - len(touched),
        claims=mine,
        facts=facts.of(member_id, profile, bought),
        context=promotions.Context(
            now=now,
            local=now.astimezone(ZoneInfo(mall.time_zone)),
            channel=channel,
            on_site=here,
            used=used,
        ),
        household_id=household_id,
    )


async def quote(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, request: QuoteRequest, now: datetime) -> Quote:
    """Return what the cart, or some of it, costs now, and every offer and coupon that matters; changes nothing.

    Three statements, and one for each more thing that live offers, ways and tenders ask about. Stock of the cart's
    goods is not asked: the cart has shown it, and placing settles it. Raises ClaimUnknown for a claim not usable by
    this member.
    """
    mall = await carts.terms(tx, mall_id)
    entries = await carts.entries(tx, mall_id=mall_id, member_id=member_id, variant_ids=request.variant_ids)
    on_sale = await sellable(tx, mall_id, [entry.variant_id for entry in entries], request.picks)
    bought = basket.items(entries, request.picks, on_sale)
    claims = await coupons.usable(tx, mall_id, member_id, now)
    lines = basket.basket(bought)
    found = await situation(
        tx, mall=mall, member_id=member_id, claims=claims, lines=lines, channel=request.channel, now=now
    )
    chosen = None if request.best else _known(request.claim_ids, claims)
    priced, going = found.price(lines, chosen), list[WayOffer]()
    if request.ways is not None:
        ways.require_choosable(request.ways)
        parts = ways.parts(bought, priced)
        going = await fulfilment.quote_ways(
            tx, mall_id=mall_id, parts=parts, member_id=member_id, choices=request.ways, now=now
        )
        fee = sum(one.delivery_minor for one in ways.shown(going))
        priced = found.brought(fee).price(lines, chosen) if fee else priced
    gone = [entry for entry in entries if entry.variant_id not in on_sale]
    cards = await _cards(tx, mall_id, [one for one in priced.decisions if screens.matters(one)])
    return screens.quote(
        bought,
        gone,
        priced,
        mall.currency,
        cards,
        going=going,
        paying=await _tenders(tx, mall, member_id, request, priced.payable_minor, now) if request.tenders else None,
    )


async def _tenders(
    tx: ReadTx, mall: malls.Mall, member_id: MemberId, request: QuoteRequest, payable_minor: int, now: datetime
) -> TenderChoices:
    """Return what the shopper can pay with; two statements."""
    policy = await points.spend_policy(tx, mall.id)
    mine, stored = points.active(member_id), wallet.stored(member_id, mall.currency)
    found = await ledger.balances(tx, [mine, stored], now=now)
    return tenders.choices(
        payable_minor,
        tenders.Have(found[mine.id].available, found[stored.id].available),
        policy=policy,
        points_used=request.points,
        stored_value_minor=request.stored_value_minor,
    )


async def quote_items(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId | None,
    items: Sequence[BasketItem],
    channel: Channel,
    now: datetime,
    claim_ids: Sequence[ClaimId] | None = None,
) -> Quote:
    """Return what goods that no cart holds cost now, with the best coupons or those named; changes nothing.

    `payable_minor` is the `shown_total_minor` to place them with. Raises ClaimUnknown.
    """
    mall = await carts.terms(tx, mall_id)
    on_sale = await sellable(tx, mall_id, [one.variant_id for one in items], [])
    bought = basket.loose(items, on_sale)
    claims = [] if member_id is None else await coupons.usable(tx, mall_id, member_id, now)
    lines = basket.basket(bought)
    found = await situation(tx, mall=mall, member_id=member_id, claims=claims, lines=lines, channel=channel, now=now)
    priced = found.price(lines, None if claim_ids is None else _known(claim_ids, claims))
    gone = [carts.CartEntry(one.variant_id, one.quantity) for one in items if one.variant_id not in on_sale]
    shown = [one for one in priced.decisions if screens.matters(one)]
    return screens.quote(bought, gone, priced, mall.currency, await _cards(tx, mall_id, shown))


async def evaluate(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId | None, request: EvaluateRequest, now: datetime
) -> Evaluation:
    """Return what any basket costs now with its full explanation, for a member or a visitor; changes nothing.

    Raises ClaimUnknown for a claim not usable by this member.
    """
    mall = await carts.terms(tx, mall_id)
    wanted: dict[VariantId, int] = {}
    for line in request.lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    on_sale = await sellable(tx, mall_id, list(wanted), request.picks)
    entries = [carts.CartEntry(variant_id, quantity) for variant_id, quantity in wanted.items()]
    bought = basket.items(entries, request.picks, on_sale)
    claims = [] if member_id is None else await coupons.usable(tx, mall_id, member_id, now)
    lines = basket.basket(bought)
    near = facts.near(claims, lines)
    found = await situation(
        tx, mall=mall, member_id=member_id, claims=near, lines=lines, channel=request.channel, now=now
    )
    priced = found.price(lines, None if request.claim_ids is None else _known(request.claim_ids, claims))
    gone = [variant_id for variant_id in wanted if variant_id not in on_sale]
    told = screens.matching(priced.decisions)
    cards = await _cards(tx, mall_id, told)
    return screens.evaluation(
        bought, gone, priced, told, mall.currency, cards, others=found.others + len(claims) - len(near)
    )


async def product_offers(
    tx: ReadTx, *, mall_id: MallId, product_id: ProductId, member_id: MemberId | None, now: datetime
) -> ProductOffers:
    """Return what one unit of each variant of a product costs with offers, and which hold or almost do.

    Raises NotFound for a product that is not on sale.
    """
    mall = await carts.terms(tx, mall_id)
    product = await catalog.get_product(tx, mall_id=mall_id, product_id=product_id)
    goods = await catalog.sellable(tx, mall_id, [variant.id for variant in product.variants])
    alone = [Item(good, 1) for good in goods]
    claims = [] if member_id is None else await coupons.usable(tx, mall_id, member_id, now)
    found = await situation(
        tx,
        mall=mall,
        member_id=member_id,
        claims=claims,
        lines=basket.basket(alone),
        channel=Channel.APP,
        now=now,
    )
    priced = [(item, found.price(basket.basket([item]), None)) for item in alone]
    shown = [decision for _, one in priced for decision in one.decisions if screens.matters(decision)]
    return screens.product_offers(product_id, mall.currency, priced, await _cards(tx, mall_id, shown))


async def fees(
    tx: ReadTx, mall_id: MallId, merchant_ids: Collection[MerchantId], now: datetime
) -> dict[MerchantId, int]:
    """Return what selling costs these merchants, in basis points of what they earn.

    Terms are agreed for days to come, so a process asks for them every few seconds only (`SHOWN_FOR`).
    """
    known = {
        merchant_id: fee
        for merchant_id in merchant_ids
        for at, fee in [_selling.get((mall_id, merchant_id), (NEVER, 0))]
        if timedelta() <= now - at < SHOWN_FOR
    }
    unknown = sorted(set(merchant_ids) - known.keys())
    if unknown:
        terms = await settlement.terms_for(tx, mall_id=mall_id, merchant_ids=unknown, at=now)
        fresh = {merchant_id: one.fee_bp for merchant_id, one in terms.items()}
        _selling.update({(mall_id, merchant_id): (now, fee) for merchant_id, fee in fresh.items()})
        known |= fresh
    return known


async def sellable(
    tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId], picks: Sequence[Pick]
) -> dict[VariantId, catalog.Sellable]:
    """Return what is on sale of these variants and of what was picked; one statement."""
    wanted = list(dict.fromkeys([*variant_ids, *(pick.variant_id for pick in picks)]))
    return {good.variant_id: good for good in await catalog.sellable(tx, mall_id, wanted)}


async def _cards(tx: ReadTx, mall_id: MallId, decisions: Sequence[Decision]) -> screens.Cards:
    """Return the goods that may be picked and what stock has of each; asks nothing when there is no choice."""
    wanted = screens.choosable(decisions)
    if not wanted:
        return {}
    goods = await catalog.sellable(tx, mall_id, wanted)
    left = await stock.available(tx, mall_id, [good.variant_id for good in goods])
    return {good.variant_id: (good, left.get(good.variant_id, 0)) for good in goods}


def _known(claim_ids: Sequence[ClaimId], claims: Sequence[coupons.ClaimedOffer]) -> set[UUID]:
    held = {claim.claim_id for claim in claims}
    if not held.issuperset(claim_ids):
        raise ClaimUnknown
    return set(claim_ids)
