"""Points: awards for what was paid, pending or at once, taken back with refunds, spent on coupons."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from galleria.demo.loading.books import Books, Lot
from galleria.demo.loading.directory import Directory
from galleria.demo.loading.offers import POINTS_LIFE_DAYS, WINDOW_DAYS, Claims, Rule
from galleria.demo.loading.people import Person
from galleria.demo.loading.sheet import Sheet
from galleria.demo.world import World
from galleria.foundation.ledger import POINTS, AccountKind
from galleria.value import points

WINDOW = timedelta(days=WINDOW_DAYS)
LIFE = timedelta(days=POINTS_LIFE_DAYS)
AWARDED, ACTIVATED, TAKEN_BACK = "points.awarded", "points.activated", "points.taken_back"
CLAIMED = "coupons.claim"
"""Codes of the ledger's entries, as points and coupons use them."""


class Award:
    """One award while its order is being told."""

    __slots__ = (
        "activates_at", "at", "kept", "lot", "mall_id", "member_id", "merchant_id", "order_id", "paid", "points",
        "rule", "shop_en", "shop_id", "shop_zh", "sub_order_id",
    )  # fmt: skip

    def __init__(
        self,
        *,
        mall_id: UUID,
        order_id: UUID,
        sub_order_id: UUID,
        member_id: UUID,
        shop: tuple[UUID, UUID, str, str],
        paid: int,
        rule: Rule,
        at: datetime,
    ) -> None:
        self.mall_id, self.order_id, self.sub_order_id, self.member_id = mall_id, order_id, sub_order_id, member_id
        self.shop_id, self.merchant_id, self.shop_zh, self.shop_en = shop
        self.paid, self.rule, self.at = paid, rule, at
        self.points = self.kept = points.points_for(paid, rule.bp)
        self.activates_at = at if rule.at_once else at + WINDOW
        self.lot: Lot | None = None


class Rewards:
    """Collects awards and posts what happens to them."""

    def __init__(self, sheet: Sheet, books: Books, places: Directory, rules: Sequence[Rule], now: datetime) -> None:
        self._books, self._places, self._rules, self._now = books, places, rules, now
        self._rows = sheet.table(
            "points.award",
            "mall_id sub_order_id order_id group_id member_id shop_id merchant_id shop_zh shop_en paid_minor "
            "points_per_100_minor_bp points kept posts state activates_at expires_after_days awarded_at",
        )
        self._awards: list[Award] = []
        self._by_member: dict[UUID, list[Lot]] = defaultdict(list)

    def award(
        self,
        *,
        mall_id: UUID,
        order_id: UUID,
        sub_order_id: UUID,
        member_id: UUID,
        shop_index: int,
        shop: tuple[UUID, UUID, str, str],
        paid: int,
        at: datetime,
    ) -> Award | None:
        """Award points for what was paid to a shop, by its rule."""
        award = Award(
            mall_id=mall_id,
            order_id=order_id,
            sub_order_id=sub_order_id,
            member_id=member_id,
            shop=shop,
            paid=paid,
            rule=self._rules[shop_index],
            at=at,
        )
        if not award.points:
            return None
        self._awards.append(award)
        kind = AccountKind.MEMBER_POINTS if award.rule.at_once else AccountKind.MEMBER_POINTS_PENDING
        into = self._books.account(kind, member_id, POINTS)
        source = self._books.account(AccountKind.POINTS_ISSUED, award.merchant_id, POINTS)
        postings = [(source, -award.points), (into, award.points)]
        entry_id = self._books.post(mall_id, AWARDED, sub_order_id, at, postings, _detail([award]))
        if award.rule.at_once:
            self._open(award, entry_id, award.points, at)
        return award

    def take_back(self, mall_id: UUID, refund_id: UUID, at: datetime, lost: Sequence[tuple[Award, int]]) -> int:
        """Take back what `remaining` (minor units, beside each award) does not earn; return how many points.

        Refunds come before the window closes, so points are pending or, where they came at once, in their own lot.
        """
        taken: list[tuple[Award, int]] = []
        postings = []
        for award, remaining in lost:
            part = award.kept - points.points_for(remaining, award.rule.bp)
            if part <= 0:
                continue
            award.kept -= part
            taken.append((award, part))
            kind = AccountKind.MEMBER_POINTS if award.rule.at_once else AccountKind.MEMBER_POINTS_PENDING
            postings.append((self._books.account(AccountKind.POINTS_ISSUED, award.merchant_id, POINTS), part))
            postings.append((self._books.account(kind, award.member_id, POINTS), -part))
        if not taken:
            return 0
        detail = _detail([award for award, _ in taken])
        entry_id = self._books.post(mall_id, TAKEN_BACK, refund_id, at, postings, detail)
        for award, part in taken:
            if award.lot is not None:
                self._books.use(entry_id, award.lot, part)
        return sum(part for _, part in taken)

    def settle(self) -> None:
        """Make active what is due by now, and write the awards."""
        for award in self._awards:
            due = award.activates_at <= self._now
            if due and award.kept and not award.rule.at_once:
                self._activate(award)
            state = "reversed" if not award.kept else "active" if due else "pending"
            self._rows.append(
                (
                    award.mall_id,
                    award.sub_order_id,
                    award.order_id,
                    self._places.group_id,
                    award.member_id,
                    award.shop_id,
                    award.merchant_id,
                    award.shop_zh,
                    award.shop_en,
                    award.paid,
                    award.rule.bp,
                    award.points,
                    award.kept,
                    "at_once" if award.rule.at_once else "after_refund_window",
                    state,
                    award.activates_at,
                    POINTS_LIFE_DAYS,
                    award.at,
                )
            )

    def spend_on_coupons(self, world: World, people: Sequence[Person], claims: Claims, rng: Random) -> None:
        """Let members with points claim the coupons that cost points, in the days since these were released."""
        by_id = {person.id: index for index, person in enumerate(people)}
        priced = [index for index, coupon in enumerate(world.coupons) if coupon.points_price]
        for member_id, lots in self._by_member.items():
            if rng.random() > 0.35 or by_id[member_id] == 0 or not priced:
                continue
            coupon = rng.choice(priced)
            price, since = world.coupons[coupon].points_price, world.coupons[coupon].starts_at
            at = self._now - (self._now - since) * rng.random() ** 2
            before = [lot for lot in lots if lot.opened_at < at]
            if sum(lot.remaining for lot in before) >= price and (claim := claims.make(coupon, by_id[member_id], at)):
                self._spend(
                    world, self._places.mall_ids[world.coupons[coupon].mall], coupon, claim.id, at, before, member_id
                )

    def _activate(self, award: Award) -> None:
        waiting = self._books.account(AccountKind.MEMBER_POINTS_PENDING, award.member_id, POINTS)
        active = self._books.account(AccountKind.MEMBER_POINTS, award.member_id, POINTS)
        postings = [(waiting, -award.kept), (active, award.kept)]
        at = award.activates_at
        detail = _detail([award])
        entry_id = self._books.post(award.mall_id, ACTIVATED, award.sub_order_id, at, postings, detail)
        self._open(award, entry_id, award.kept, at)

    def _open(self, award: Award, entry_id: UUID, quantity: int, at: datetime) -> None:
        account = self._books.account(AccountKind.MEMBER_POINTS, award.member_id, POINTS)
        award.lot = self._books.open_lot(account, entry_id, quantity, at, at + LIFE)
        self._by_member[award.member_id].append(award.lot)

    def _spend(
        self,
        world: World,
        mall_id: UUID,
        coupon: int,
        claim_id: UUID,
        at: datetime,
        lots: Sequence[Lot],
        member_id: UUID,
    ) -> None:
        """Pay a claim with the lots that expire first."""
        price, title = world.coupons[coupon].points_price, world.coupons[coupon].title
        account = self._books.account(AccountKind.MEMBER_POINTS, member_id, POINTS)
        taker = self._books.account(AccountKind.POINTS_REDEEMED, mall_id, POINTS)
        detail = {"title_zh": title.zh, "title_en": title.en}
        postings = [(account, -price), (taker, price)]
        entry_id = self._books.post(mall_id, CLAIMED, claim_id, at, postings, detail)
        for lot in sorted(lots, key=lambda lot: (lot.expires_at or at, lot.id)):
            part = min(lot.remaining, price)
            if part:
                self._books.use(entry_id, lot, part)
                price -= part


def _detail(awards: Sequence[Award]) -> dict[str, str]:
    """Return what the statement shows of these awards."""
    return {
        "title_zh": "、".join(award.shop_zh for award in awards),
        "title_en": ", ".join(award.shop_en for award in awards),
        "order_id": str(awards[0].order_id),
    }
