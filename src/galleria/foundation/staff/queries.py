"""Looking staff up, with the names of what they may do."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from galleria.foundation import malls
from galleria.foundation.staff import store
from galleria.foundation.staff.model import Account, Named, Profile
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId, MallId, MerchantId, ShopId, StaffId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import ALLOWED, Actor, Grant, Permission, Reach
from galleria.platform.auth import grants as stored
from galleria.platform.tx import ReadTx


async def get_account(tx: ReadTx, staff_id: StaffId) -> Account:
    """Return an account; raises NotFound."""
    found = await store.find(tx, staff_id)
    if found is None:
        raise NotFound
    return found


async def get_profile(tx: ReadTx, staff_id: StaffId) -> Profile:
    """Return an account with its grants and the names of what they cover; raises NotFound."""
    account = await get_account(tx, staff_id)
    [profile] = await _profiles(tx, [account], {staff_id: await stored.grants_of(tx, staff_id)})
    return profile


async def names(tx: ReadTx, group_id: GroupId, staff_ids: Iterable[StaffId]) -> dict[StaffId, str]:
    """Return the names of a group's staff, by id; one statement, none for nobody."""
    wanted = list(dict.fromkeys(staff_ids))
    return {account.id: account.name for account in await store.find_many(tx, group_id, wanted)} if wanted else {}


async def list_accounts(
    tx: ReadTx, mall_id: MallId, *, actor: Actor, cursor: str | None = None, limit: int = 50
) -> Page[Profile]:
    """Return who holds a grant in a mall within the actor's reach, newest first; raises Forbidden, NotFound."""
    target = await malls.mall_target(tx, mall_id)
    reach = actor.reach(Permission.STAFF_MANAGE, target)
    after = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    holders = await stored.holders_in(
        tx, group_id=target.group_id, mall_id=mall_id, reach=reach, after=after, limit=limit + 1
    )
    accounts = await store.find_many(tx, target.group_id, [h.staff_id for h in holders])
    shown = {h.staff_id: [g for g in h.grants if g.mall_id in {None, mall_id}] for h in holders}
    profiles = await _profiles(tx, sorted(accounts, key=lambda a: a.id, reverse=True), shown)
    return page_of(profiles, limit, lambda profile: (profile.id,))


async def merchants_of(
    tx: ReadTx, mall_id: MallId, merchant_ids: Iterable[MerchantId]
) -> dict[MerchantId, malls.Merchant]:
    """Return those of the given merchants that the mall's group has, by id."""
    wanted = list(dict.fromkeys(merchant_ids))
    if not wanted:
        return {}
    reach = Reach(everything=False, merchant_ids=wanted, shop_ids=[])
    return {merchant.id: merchant for merchant in await malls.list_merchants(tx, mall_id, reach)}


async def _profiles(tx: ReadTx, accounts: Sequence[Account], grants: dict[StaffId, list[Grant]]) -> list[Profile]:
    held = [grant for account in accounts for grant in grants[account.id]]
    known = {mall.id: mall for mall in await malls.list_malls(tx)}
    names = _Names(known, await _merchants(tx, held, known), await _shops(tx, held))
    return [
        Profile(
            id=account.id,
            group_id=account.group_id,
            login=account.login,
            name=account.name,
            state=account.state,
            totp_confirmed=account.totp_confirmed,
            created_at=account.created_at,
            grants=[names.of(grant) for grant in grants[account.id]],
        )
        for account in accounts
    ]


async def _merchants(
    tx: ReadTx, held: Sequence[Grant], known: dict[MallId, malls.Mall]
) -> dict[MerchantId, malls.Merchant]:
    of_group = {mall.group_id: mall.id for mall in known.values()}
    found: dict[MerchantId, malls.Merchant] = {}
    for group_id in {grant.group_id for grant in held} & of_group.keys():
        wanted = [g.merchant_id for g in held if g.group_id == group_id and g.merchant_id is not None]
        found.update(await merchants_of(tx, of_group[group_id], wanted))
    return found


async def _shops(tx: ReadTx, held: Sequence[Grant]) -> dict[ShopId, malls.Shop]:
    wanted = {g.shop_id: g.mall_id for g in held if g.shop_id is not None and g.mall_id is not None}
    return {shop_id: await malls.get_shop(tx, mall_id, shop_id) for shop_id, mall_id in wanted.items()}


class _Names:
    """The names of malls, merchants and shops that some grants cover."""

    def __init__(
        self,
        known: dict[MallId, malls.Mall],
        merchants: dict[MerchantId, malls.Merchant],
        shops: dict[ShopId, malls.Shop],
    ) -> None:
        self._malls, self._merchants, self._shops = known, merchants, shops

    def of(self, grant: Grant) -> Named:
        """Return a grant with names."""
        mall = self._malls.get(grant.mall_id) if grant.mall_id else None
        merchant = self._merchants.get(grant.merchant_id) if grant.merchant_id else None
        shop = self._shops.get(grant.shop_id) if grant.shop_id else None
        return Named(
            role=grant.role,
            group_id=grant.group_id,
            permissions=sorted(ALLOWED[grant.role]),
            mall_id=grant.mall_id,
            mall_zh=mall.name_zh if mall else None,
            mall_en=mall.name_en if mall else None,
            merchant_id=grant.merchant_id,
            merchant_zh=merchant.name_zh if merchant else None,
            merchant_en=merchant.name_en if merchant else None,
            shop_id=grant.shop_id,
            shop_zh=shop.name_zh if shop else None,
            shop_en=shop.name_en if shop else None,
        )
