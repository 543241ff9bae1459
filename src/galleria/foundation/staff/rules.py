"""Who may give what, and who must stay; pure."""

from collections.abc import Sequence

from galleria.foundation.staff.model import WantedGrant
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import GroupId, MallId
from galleria.platform.actors import ALLOWED, Actor, Grant, Permission, Role, Target

MALL_WIDE = frozenset({Role.OPERATOR, Role.RIDER, Role.RUNNER})
"""Roles that hold in a mall as a whole: those who carry work for no shop."""


def may_give(giver: Actor, grant: Grant) -> bool:
    """Return whether the giver manages staff where the grant holds, and holds there all that the role allows."""
    target = Target(
        group_id=grant.group_id, mall_id=grant.mall_id, merchant_id=grant.merchant_id, shop_id=grant.shop_id
    )
    return all(giver.may(permission, target) for permission in ALLOWED[grant.role] | {Permission.STAFF_MANAGE})


def require_shape(wanted: Sequence[WantedGrant]) -> None:
    """Raise Invalid for a role at a place where it makes no sense, naming the grant."""
    for number, grant in enumerate(wanted):
        placed = grant.merchant_id is not None or grant.shop_id is not None
        if grant.role is Role.OPERATOR and placed:
            raise Invalid.field(f"grants[{number}].role", "operator_place")
        if grant.role not in MALL_WIDE and not placed:
            raise Invalid.field(f"grants[{number}].role", "place_needed")
        if grant.whole_group and grant.shop_id is not None:
            raise Invalid.field(f"grants[{number}].whole_group", "shop_is_in_one_mall")


def kept(grants: Sequence[Grant], *, giver: Actor, mall_id: MallId) -> list[Grant]:
    """Return the grants that a change in this mall by this giver leaves alone."""
    return [grant for grant in grants if grant.mall_id not in {None, mall_id} or not may_give(giver, grant)]


def orphaned(
    before: Sequence[Grant], after: Sequence[Grant], *, others: Sequence[Grant], group_id: GroupId
) -> list[Grant]:
    """Return the operator grants given up whose group or mall no other operator covers."""
    given_up = [g for g in before if g.role is Role.OPERATOR and g.group_id == group_id and g not in after]
    staying = [g for g in (*after, *others) if g.role is Role.OPERATOR]
    return [g for g in given_up if not any(_covers(other, g) for other in staying)]


def _covers(other: Grant, grant: Grant) -> bool:
    return other.covers(Target(group_id=grant.group_id, mall_id=grant.mall_id))


def require_password(password: str, *, login: str, field: str) -> None:
    """Raise Invalid when a password holds the login or is one character over and over."""
    if login.lower() in password.lower() or len(set(password)) < 4:
        raise Invalid.field(field, "password_weak")
