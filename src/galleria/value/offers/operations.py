"""Writes of offers: their versions, what is live, how often they were used, and who bears them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from galleria.foundation import catalog, malls
from galleria.kernel.errors import FieldError, Invalid, NotFound
from galleria.kernel.ids import HouseholdId, MallId, MemberId, MerchantId, OfferId, OrderId, SponsorId, StaffId, new_id
from galleria.platform.actors import Actor, ActorKind, Permission, Reach
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import promotions
from galleria.value.offers import queries, rules, store
from galleria.value.offers.model import (
    ManagedOffer,
    NewOffer,
    NewSponsor,
    OfferChange,
    OfferState,
    OfferTerms,
    Sponsor,
    WantedState,
)


async def create(tx: Tx, *, actor: Actor, mall_id: MallId, new: NewOffer, now: datetime) -> ManagedOffer:
    """Write an offer down as a draft, its first version. Raises Forbidden, Invalid naming every wrong field.

    Merchant managers write only their merchant's own: for its goods, at its cost or that of sponsors agreed with it.
    """
    offer_id = OfferId(new_id())
    shop_ids = new.terms.counted.shop_ids
    await queries.require(tx, actor=actor, mall_id=mall_id, merchant_id=new.merchant_id, shop_ids=shop_ids)
    terms = rules.with_session_ids(new.terms)
    await _check(tx, mall_id, offer_id, new.merchant_id, terms)
    await store.add(
        tx,
        mall_id=mall_id,
        offer_id=offer_id,
        merchant_id=new.merchant_id,
        terms=terms,
        written=_written(terms),
        now=now,
    )
    await _add_version(tx, actor, mall_id, offer_id, version=1, terms=terms, restored_from=None, now=now)
    return await _made(tx, mall_id, offer_id, now)


async def change(
    tx: Tx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, change: OfferChange, now: datetime
) -> ManagedOffer:
    """Write new terms as the next version; what is live stays as it was launched until this version is.

    Raises NotFound, Forbidden, Invalid, OfferMoved for one that ended, OfferChanged when `change.version` is not the
    newest any more.
    """
    offer = await _lock_managed(tx, actor, mall_id, offer_id, now)
    rules.check_may_change(offer.state)
    if change.version != offer.version:
        raise rules.OfferChanged(version=offer.version)
    shop_ids = change.terms.counted.shop_ids
    await queries.require(tx, actor=actor, mall_id=mall_id, merchant_id=offer.merchant_id, shop_ids=shop_ids)
    known = {s.id for row in await store.versions(tx, mall_id=mall_id, offer_id=offer_id) for s in row.terms.sessions}
    terms = rules.with_session_ids(change.terms, known - {None})
    await _check(tx, mall_id, offer_id, offer.merchant_id, terms)
    return await _next_version(tx, actor, offer, terms, restored_from=None, now=now)


async def restore(
    tx: Tx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, version: int, now: datetime
) -> ManagedOffer:
    """Write an older version's terms again as the newest; raises NotFound, Forbidden, OfferMoved, Invalid.

    Invalid, when something they name is not there any more.
    """
    offer = await _lock_managed(tx, actor, mall_id, offer_id, now)
    rules.check_may_change(offer.state)
    old = await queries.get_version(tx, mall_id=mall_id, offer_id=offer_id, version=version)
    shop_ids = old.terms.counted.shop_ids
    await queries.require(tx, actor=actor, mall_id=mall_id, merchant_id=offer.merchant_id, shop_ids=shop_ids)
    await _check(tx, mall_id, offer_id, offer.merchant_id, old.terms)
    return await _next_version(tx, actor, offer, old.terms, restored_from=version, now=now)


async def set_state(
    tx: Tx, *, actor: Actor, mall_id: MallId, offer_id: OfferId, state: WantedState, now: datetime
) -> ManagedOffer:
    """Pause a live offer, resume a paused one as it was launched, end any for good.

    Raises NotFound, Forbidden, OfferMoved.
    """
    offer = await _lock_managed(tx, actor, mall_id, offer_id, now)
    rules.check_move(offer.state, state)
    await store.set_state(tx, mall_id=mall_id, offer_id=offer_id, state=OfferState(state.value), now=now)
    if state is WantedState.LIVE and offer.live_version is not None:
        launched = await queries.get_version(tx, mall_id=mall_id, offer_id=offer_id, version=offer.live_version)
        await _plan(tx, mall_id, offer_id, launched.terms, now)
    if offer.live_version is not None:
        await _tell(tx, mall_id, offer_id, state.value)
    return await _made(tx, mall_id, offer_id, now)


async def approve(tx: Tx, *, mall_id: MallId, offer_id: OfferId, version: int, now: datetime) -> ManagedOffer:
    """Let a version be what shoppers get from now on, at the latest from its start; for launch, which checks first.

    Raises NotFound, OfferMoved for one that ended, OfferChanged when there is a newer version.
    """
    offer = await _lock_version(tx, mall_id, offer_id, version, now)
    await store.let_live(
        tx, mall_id=mall_id, offer_id=offer_id, version=version, written=_written(offer.terms, now), now=now
    )
    await _count_from_now_on(tx, offer)
    await _plan(tx, mall_id, offer_id, offer.terms, now)
    await _tell(tx, mall_id, offer_id, "live")
    return await _made(tx, mall_id, offer_id, now)


async def await_approval(tx: Tx, *, mall_id: MallId, offer_id: OfferId, version: int, now: datetime) -> None:
    """Note that a draft waits for a second person; for launch. One that is live or paused stays so meanwhile.

    Raises NotFound, OfferMoved, OfferChanged.
    """
    offer = await _lock_version(tx, mall_id, offer_id, version, now)
    if offer.state is OfferState.DRAFT:
        await store.set_state(tx, mall_id=mall_id, offer_id=offer_id, state=OfferState.PENDING, now=now)


async def back_to_draft(tx: Tx, *, mall_id: MallId, offer_id: OfferId, now: datetime) -> None:
    """Note that an offer waits no longer; for launch, when a request is rejected or withdrawn."""
    offer = await store.lock(tx, mall_id=mall_id, offer_id=offer_id, now=now)
    if offer is not None and offer.state is OfferState.PENDING:
        await store.set_state(tx, mall_id=mall_id, offer_id=offer_id, state=OfferState.DRAFT, now=now)


async def _lock_version(tx: Tx, mall_id: MallId, offer_id: OfferId, version: int, now: datetime) -> ManagedOffer:
    offer = await store.lock(tx, mall_id=mall_id, offer_id=offer_id, now=now)
    if offer is None:
        raise NotFound
    rules.check_may_change(offer.state)
    if version != offer.version:
        raise rules.OfferChanged(version=offer.version)
    return offer


async def _count_from_now_on(tx: Tx, offer: ManagedOffer) -> None:
    """Have limits that are new to an offer count what was used before."""
    if offer.live_version is not None:
        scopes = rules.counted_scopes(offer.terms)
        if scopes:
            await store.recount(tx, mall_id=offer.mall_id, offer_id=offer.id, scopes=scopes)


async def _lock_managed(tx: Tx, actor: Actor, mall_id: MallId, offer_id: OfferId, now: datetime) -> ManagedOffer:
    await malls.mall_target(tx, mall_id)
    offer = await store.lock(tx, mall_id=mall_id, offer_id=offer_id, now=now)
    if offer is None:
        raise NotFound
    await queries.require(tx, actor=actor, mall_id=mall_id, merchant_id=offer.merchant_id, shop_ids=offer.shop_ids)
    tx.subject = str(offer_id)
    return offer


async def _next_version(
    tx: Tx, actor: Actor, offer: ManagedOffer, terms: OfferTerms, *, restored_from: int | None, now: datetime
) -> ManagedOffer:
    version = offer.version + 1
    await _add_version(
        tx, actor, offer.mall_id, offer.id, version=version, terms=terms, restored_from=restored_from, now=now
    )
    await store.move_on(
        tx,
        mall_id=offer.mall_id,
        offer_id=offer.id,
        version=version,
        terms=terms,
        written=_written(terms),
        now=now,
    )
    return await _made(tx, offer.mall_id, offer.id, now)


async def _add_version(
    tx: Tx,
    actor: Actor,
    mall_id: MallId,
    offer_id: OfferId,
    *,
    version: int,
    terms: OfferTerms,
    restored_from: int | None,
    now: datetime,
) -> None:
    await store.add_version(
        tx,
        mall_id=mall_id,
        offer_id=offer_id,
        version=version,
        terms=terms,
        made_by=StaffId(actor.id) if actor.kind is ActorKind.STAFF else None,
        restored_from=restored_from,
        now=now,
    )


async def _made(tx: Tx, mall_id: MallId, offer_id: OfferId, now: datetime) -> ManagedOffer:
    tx.subject = str(offer_id)
    return await queries.get_offer(tx, mall_id=mall_id, offer_id=offer_id, now=now)


def _written(terms: OfferTerms, launched_at: datetime | None = None) -> store.Written:
    """Return what stands in columns; what is launched without a start has its launch for one."""
    starts_at, ends_at = rules.period(terms)
    return store.Written(
        title_zh=terms.title_zh, title_en=terms.title_en, starts_at=starts_at or launched_at, ends_at=ends_at
    )


async def _plan(tx: Tx, mall_id: MallId, offer_id: OfferId, terms: OfferTerms, now: datetime) -> None:
    await store.set_moments(tx, mall_id=mall_id, offer_id=offer_id, moments=rules.moments(offer_id, terms), now=now)


async def _tell(tx: Tx, mall_id: MallId, offer_id: OfferId, what: str) -> None:
    """Have every process read what is live again, and every screen of the mall hear of it."""
    await store.bump(tx, [mall_id])
    queries.doubt([mall_id])
    tx.emit(Event("offers.changed", offer_id, {"what": what}, topics=(f"mall:{mall_id}",)))


async def _check(tx: Tx, mall_id: MallId, offer_id: OfferId, merchant_id: MerchantId | None, terms: OfferTerms) -> None:
    """Raise Invalid for terms that contradict themselves, name what is not there, or burden somebody else."""
    rules.check(offer_id, terms)
    goods = {g for _, s in rules.scopes(terms) for g in (*s.product_ids, *s.variant_ids, *s.except_product_ids)}
    goods |= {variant_id for _, variant_id in rules.choices(terms)}
    merchants = {m for _, s in rules.scopes(terms) for m in s.merchant_ids}
    merchants |= {s.funder_id for s in terms.shares if s.funder is promotions.Funder.MERCHANT and s.funder_id}
    merchants |= {merchant_id} if merchant_id is not None else set()
    places = rules.Places(
        merchant_of_shop={shop.id: shop.merchant_id for shop in await malls.all_shops(tx, mall_id)},
        shop_of_good=await catalog.shops_of(tx, mall_id, goods),
        category_ids={category.id for category in await malls.list_categories(tx, mall_id)},
        merchant_ids=await _known_merchants(tx, mall_id, merchants),
        sponsors={s.id: {MerchantId(m) for m in s.merchant_ids} for s in await store.sponsors(tx, mall_id)},
    )
    errors = tuple(rules.inside(error) for error in rules.misplaced(terms, merchant_id, places))
    if merchant_id is not None and merchant_id not in places.merchant_ids:
        errors = (FieldError("merchant_id", "offer_merchant_unknown"),)
    if errors:
        raise Invalid(errors=errors)


async def _known_merchants(tx: Tx, mall_id: MallId, wanted: set[UUID]) -> set[UUID]:
    """Return those of the merchants that the mall's group has."""
    if not wanted:
        return set()
    reach = Reach(everything=False, merchant_ids=[MerchantId(m) for m in wanted], shop_ids=[])
    return {merchant.id for merchant in await malls.list_merchants(tx, mall_id, reach)}


async def take(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    household_id: HouseholdId | None,
    uses: Sequence[promotions.Use],
    day: date,
    now: datetime,
) -> None:
    """Count what an order takes of offers against their limits, held until `settle` or `release`.

    `uses` are those of the priced basket, `day` is the mall's. Call it late: it locks counters, in order of key, to the
    end of the transaction. One statement, unless a version was superseded since the basket was priced; none for no
    uses. Taking again for the same order changes nothing. Raises OfferSoldOut, OfferLimitReached, OfferBudgetSpent
    naming the offer, after which nothing may be committed.
    """
    if not uses:
        return
    offers = await queries.priced_with(tx, mall_id, uses)
    household = UUID(str(household_id or member_id))
    refused = await store.take(
        tx,
        mall_id=mall_id,
        order_id=order_id,
        member_id=member_id,
        household_id=household,
        day=day,
        uses=uses,
        counts=[
            count
            for use in uses
            for count in rules.counts(use, offers[use.id].limits, member_id=member_id, household_id=household, day=day)
        ],
        now=now,
    )
    for row in refused:
        raise rules.refusal(row.scope, offer=offers[row.id], units=row.units, used=row.used)


async def settle(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Make what a paid order holds used for good; returns how many offers. Harmless when done again."""
    return await store.settle(tx, mall_id=mall_id, order_id=order_id)


async def release(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Give back what an unpaid order holds, when it is cancelled or expires; returns how many offers.

    Harmless when done again, or for an order that is paid.
    """
    return await store.give_back(tx, mall_id=mall_id, order_id=order_id, state="held")


async def give_back(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Give back what a wholly refunded order used; returns how many offers. Harmless when done again."""
    return await store.give_back(tx, mall_id=mall_id, order_id=order_id, state="used")


async def announce_due(tx: Tx, *, now: datetime, limit: int) -> int:
    """Tell screens what has started or ended, and have every process read what is live again; returns how many."""
    due = await store.take_due(tx, now=now, limit=limit)
    told = [moment for moment in due if moment.live]
    if told:
        await store.bump(tx, [moment.mall_id for moment in told])
        queries.doubt(moment.mall_id for moment in told)
    for moment in told:
        data: dict[str, str | int | None] = {
            "what": "started" if moment.kind == "starts" else "ended",
            "session_id": None if moment.session_id == moment.offer_id else str(moment.session_id),
        }
        tx.emit(Event("offers.changed", moment.offer_id, data, topics=(f"mall:{moment.mall_id}",)))
    return len(due)


async def add_sponsor(tx: Tx, *, actor: Actor, mall_id: MallId, new: NewSponsor, now: datetime) -> Sponsor:
    """Enter a sponsor; raises Forbidden, Invalid for a merchant that is none."""
    actor.require(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    await _check_agreed(tx, mall_id, new)
    made = await store.add_sponsor(tx, mall_id=mall_id, sponsor_id=SponsorId(new_id()), new=new, now=now)
    tx.subject = str(made.id)
    return made


async def change_sponsor(tx: Tx, *, actor: Actor, mall_id: MallId, sponsor_id: SponsorId, new: NewSponsor) -> Sponsor:
    """Write a sponsor anew; offers written before keep their shares. Raises NotFound, Forbidden, Invalid."""
    actor.require(Permission.OFFER_MANAGE, await malls.mall_target(tx, mall_id))
    await _check_agreed(tx, mall_id, new)
    changed = await store.change_sponsor(tx, mall_id=mall_id, sponsor_id=sponsor_id, new=new)
    if changed is None:
        raise NotFound
    tx.subject = str(changed.id)
    return changed


async def _check_agreed(tx: Tx, mall_id: MallId, new: NewSponsor) -> None:
    known = await _known_merchants(tx, mall_id, set(new.merchant_ids))
    wrong = [
        FieldError(f"merchant_ids[{i}]", "offer_merchant_unknown")
        for i, m in enumerate(new.merchant_ids)
        if m not in known
    ]
    if wrong:
        raise Invalid(errors=tuple(wrong))
