"""Actors, roles and permissions. Pure: a decision needs only the actor and the scope of the thing asked for."""

from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.errors import Forbidden, Unauthenticated
from galleria.kernel.ids import GroupId, MallId, MemberId, MerchantId, ShopId, StaffId


class ActorKind(StrEnum):
    """Kinds of askers."""

    ANONYMOUS = "anonymous"
    MEMBER = "member"
    STAFF = "staff"
    SYSTEM = "system"


class Role(StrEnum):
    """What a member of staff is, somewhere."""

    OPERATOR = "operator"
    MERCHANT_MANAGER = "merchant_manager"
    CLERK = "clerk"
    GUIDE = "guide"
    RIDER = "rider"
    RUNNER = "runner"


class Permission(StrEnum):
    """What a role may do within its scope."""

    AUDIT_READ = "audit.read"
    BAG_CARRY = "bag.carry"
    CASE_DECIDE = "case.decide"
    CATALOG_MANAGE = "catalog.manage"
    COUPON_MANAGE = "coupon.manage"
    DELIVER = "deliver"
    DELIVERY_MANAGE = "delivery.manage"
    DINE_SERVE = "dine.serve"
    EVENT_MANAGE = "event.manage"
    FESTIVAL_MANAGE = "festival.manage"
    FULFIL = "fulfil"
    GATE_CHECK = "gate.check"
    MALL_MANAGE = "mall.manage"
    MEMBER_READ = "member.read"
    OFFER_APPROVE = "offer.approve"
    OFFER_MANAGE = "offer.manage"
    ORDER_READ = "order.read"
    ORDER_REFUND = "order.refund"
    PAYMENT_TAKE = "payment.take"
    POINTS_MANAGE = "points.manage"
    PRICE_MANAGE = "price.manage"
    REDEEM = "redeem"
    REDEEM_REVERSE = "redeem.reverse"
    RECONCILE = "reconcile"
    REPORT_READ = "report.read"
    SETTLEMENT_MANAGE = "settlement.manage"
    SETTLEMENT_READ = "settlement.read"
    SHOP_MANAGE = "shop.manage"
    STAFF_MANAGE = "staff.manage"
    STOCK_MANAGE = "stock.manage"


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset(Permission),
    Role.MERCHANT_MANAGER: frozenset(
        {
            Permission.BAG_CARRY,
            Permission.CASE_DECIDE,
            Permission.CATALOG_MANAGE,
            Permission.COUPON_MANAGE,
            Permission.DELIVERY_MANAGE,
            Permission.DINE_SERVE,
            Permission.FULFIL,
            Permission.GATE_CHECK,
            Permission.OFFER_APPROVE,
            Permission.OFFER_MANAGE,
            Permission.ORDER_READ,
            Permission.ORDER_REFUND,
            Permission.PAYMENT_TAKE,
            Permission.PRICE_MANAGE,
            Permission.REDEEM,
            Permission.REDEEM_REVERSE,
            Permission.REPORT_READ,
            Permission.SETTLEMENT_READ,
            Permission.SHOP_MANAGE,
            Permission.STAFF_MANAGE,
            Permission.STOCK_MANAGE,
        }
    ),
    Role.CLERK: frozenset(
        {
            Permission.BAG_CARRY,
            Permission.DINE_SERVE,
            Permission.FULFIL,
            Permission.GATE_CHECK,
            Permission.ORDER_READ,
            Permission.PAYMENT_TAKE,
            Permission.REDEEM,
        }
    ),
    Role.GUIDE: frozenset({Permission.ORDER_READ}),
    Role.RIDER: frozenset({Permission.DELIVER}),
    Role.RUNNER: frozenset({Permission.BAG_CARRY}),
}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a thing stands: its group, and mall, merchant and shop as far as it has them."""

    group_id: GroupId
    mall_id: MallId | None = None
    merchant_id: MerchantId | None = None
    shop_id: ShopId | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role within a scope; a part of the scope left `None` is not narrowed."""

    role: Role
    group_id: GroupId
    mall_id: MallId | None = None
    merchant_id: MerchantId | None = None
    shop_id: ShopId | None = None

    def covers(self, target: Target) -> bool:
        """Return whether the target lies wholly inside this grant's scope."""
        return self.group_id == target.group_id and all(
            mine is None or mine == theirs
            for mine, theirs in (
                (self.mall_id, target.mall_id),
                (self.merchant_id, target.merchant_id),
                (self.shop_id, target.shop_id),
            )
        )


class Reach(msgspec.Struct, frozen=True):
    """Which rows of one mall a list may show: all of them, or those of some merchants and shops."""

    everything: bool
    merchant_ids: list[MerchantId]
    shop_ids: list[ShopId]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `id` is the member's or staff's; `group_id` is a member's group."""

    kind: ActorKind
    id: UUID
    session_id: UUID | None = None
    group_id: GroupId | None = None
    grants: tuple[Grant, ...] = ()

    @property
    def member_id(self) -> MemberId:
        """Return the member's id; raises Unauthenticated or Forbidden when no member asks."""
        return MemberId(self._only(ActorKind.MEMBER))

    @property
    def staff_id(self) -> StaffId:
        """Return the staff's id; raises Unauthenticated or Forbidden when no staff asks."""
        return StaffId(self._only(ActorKind.STAFF))

    def may(self, permission: Permission, target: Target) -> bool:
        """Return whether one of the grants allows this on the target."""
        return self.kind is ActorKind.SYSTEM or any(
            permission in ALLOWED[grant.role] and grant.covers(target) for grant in self.grants
        )

    def require(self, permission: Permission, target: Target) -> None:
        """Raise Forbidden unless `may`."""
        if not self.may(permission, target):
            raise Forbidden

    def reach(self, permission: Permission, target: Target) -> Reach:
        """Return what a list within `target` (a mall) may show this actor; raises Forbidden when nothing."""
        if self.may(permission, target):
            return Reach(everything=True, merchant_ids=[], shop_ids=[])
        inside = [
            g
            for g in self.grants
            if permission in ALLOWED[g.role] and g.group_id == target.group_id and g.mall_id in {None, target.mall_id}
        ]
        merchants = [g.merchant_id for g in inside if g.merchant_id is not None and g.shop_id is None]
        shops = [g.shop_id for g in inside if g.shop_id is not None]
        if not merchants and not shops:
            raise Forbidden
        return Reach(everything=False, merchant_ids=merchants, shop_ids=shops)

    def _only(self, kind: ActorKind) -> UUID:
        if self.kind is ActorKind.ANONYMOUS:
            raise Unauthenticated
        if self.kind is not kind:
            raise Forbidden
        return self.id


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, id=UUID(int=0))
SYSTEM = Actor(kind=ActorKind.SYSTEM, id=UUID(int=1))
