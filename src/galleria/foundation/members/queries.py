"""Looking members up."""

from collections.abc import Sequence

from galleria.foundation.members import rules, store
from galleria.foundation.members.model import Household, Member, Profile
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId, MemberId
from galleria.platform.tx import ReadTx


async def get_member(tx: ReadTx, group_id: GroupId, member_id: MemberId) -> Member:
    """Return a member of a group; raises NotFound."""
    found = await store.find(tx, group_id, member_id)
    if found is None:
        raise NotFound
    return found


async def list_members(tx: ReadTx, group_id: GroupId, member_ids: Sequence[MemberId]) -> dict[MemberId, Member]:
    """Return those of the given members that exist in a group, by id; one statement."""
    return {member.id: member for member in await store.find_many(tx, group_id, list(member_ids))}


async def count(tx: ReadTx, group_id: GroupId) -> int:
    """Return how many members a group has."""
    return await store.count(tx, group_id)


async def find_by_phone(tx: ReadTx, group_id: GroupId, phone: str) -> Member | None:
    """Return the group's member with this phone, if any; raises Invalid when it is no mobile number."""
    return await store.find_by_phone(tx, group_id, rules.normalise_phone(phone))


async def profile(tx: ReadTx, group_id: GroupId, member_id: MemberId) -> Profile:
    """Return what offers ask of a member: birthday, tier, household; all None for one who is not of the group."""
    return (await profiles(tx, group_id, [member_id])).get(member_id, Profile())


async def profiles(tx: ReadTx, group_id: GroupId, member_ids: Sequence[MemberId]) -> dict[MemberId, Profile]:
    """Return the profiles of those of the given members that exist in a group, by id; one statement."""
    return {
        row.member_id: Profile(row.birthday, row.tier, row.household_id)
        for row in await store.profiles(tx, group_id, member_ids)
    }


async def get_household(tx: ReadTx, group_id: GroupId, member_id: MemberId) -> Household:
    """Return the household a member lives in; raises NotFound when he lives in none."""
    found = await store.household_of(tx, group_id, member_id)
    if found is None:
        raise NotFound
    return found


async def list_segment(
    tx: ReadTx,
    group_id: GroupId,
    *,
    tiers: Sequence[str] | None = None,
    birthday_month: int | None = None,
    phones: Sequence[str] | None = None,
    after: MemberId | None = None,
    limit: int,
) -> list[MemberId]:
    """Return members by id, those after one of them, narrowed by what is given. Raises Invalid for a wrong phone."""
    return await store.list_segment(
        tx, group_id, tiers=tiers, month=birthday_month, phones=_normal(phones), after=after, limit=limit
    )


async def count_segment(
    tx: ReadTx,
    group_id: GroupId,
    *,
    tiers: Sequence[str] | None = None,
    birthday_month: int | None = None,
    phones: Sequence[str] | None = None,
) -> int:
    """Count the members that `list_segment` returns."""
    return await store.count_segment(tx, group_id, tiers=tiers, month=birthday_month, phones=_normal(phones))


def _normal(phones: Sequence[str] | None) -> list[str] | None:
    return None if phones is None else [rules.normalise_phone(phone) for phone in phones]
