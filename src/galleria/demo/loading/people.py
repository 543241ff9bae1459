"""Members, and staff with their roles: those of the world, and one account for each shop's counter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

import msgspec

from galleria.demo.loading.directory import Directory
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.world import World
from galleria.demo.world.model import Member, Staff
from galleria.demo.world.offers import at

PASSWORD = "galleria-demo"  # noqa: S105 - every account of the invented mall has it, and the panel says so
ROLES = {
    "operator": "operator",
    "merchant": "merchant_manager",
    "clerk": "clerk",
    "guide": "guide",
    "rider": "rider",
    "runner": "runner",
}
OF_THE_MALL = {"rider", "runner"}
"""Roles of people who work for the first mall, and for none of its shops."""
GUIDED_SHOP = "hefeng-atelier"
SEED = 14
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Person(msgspec.Struct, frozen=True):
    """A member in the database."""

    id: UUID
    created_at: datetime


class Clerk(msgspec.Struct, frozen=True):
    """Somebody at work."""

    id: UUID
    name: str


class Crew(msgspec.Struct, frozen=True):
    """Who stands at which counter, by the shop's index; who runs the mall, and who a merchant, by its index."""

    clerks: list[Clerk]
    operator: Clerk
    managers: dict[int, Clerk]


def join_members(
    sheet: Sheet,
    ids: Ids,
    rng: Random,
    people: Sequence[Member],
    places: Directory,
    *,
    first_seen: Mapping[int, datetime],
    now: datetime,
) -> list[Person]:
    """Write the members; each joined on the day the world says, and before anything else it did."""
    rows = sheet.table(
        "members.member", "group_id id phone name locale joined_mall_id created_at birthday tier household_id"
    )
    lives = _Lives()
    joined: list[Person] = []
    for index, member in enumerate(people):
        moment = at(member.joined, time(9)) + timedelta(minutes=rng.randrange(720))
        earliest = first_seen.get(index, now) - timedelta(minutes=3)
        person = Person(ids.at(moment := min(moment, earliest)), moment)
        mall_id = places.mall_ids[1 if rng.random() < 0.06 else 0]
        life = lives.of(member.activity, moment)
        rows.append((places.group_id, person.id, member.phone, member.name, member.language, mall_id, moment, *life))
        joined.append(person)
    lives.write(sheet, places.group_id)
    return joined


class _Lives:
    """Birthdays, tiers and households, drawn apart so that nothing else of the world changes with them."""

    def __init__(self) -> None:
        self._rng = Random(SEED)
        self._ids = Ids(self._rng)
        self._homes: list[tuple[UUID, str, datetime]] = []
        self._living: list[int] = []
        self._room = 0

    def of(self, activity: float, moment: datetime) -> tuple[date | None, str | None, UUID | None]:
        """Return a member's birthday, tier and household, each of which many have not told or not got."""
        born = date(1955, 1, 1) + timedelta(days=self._rng.randrange(18_000)) if self._rng.random() < 0.6 else None
        tier = "gold" if activity > 3 else "silver" if activity > 1 else None
        return born, tier, self._home(moment)

    def _home(self, moment: datetime) -> UUID | None:
        """Return the household begun with a member before while it has room; now and then begin another."""
        if not self._room:
            if self._rng.random() >= 0.03:
                return None
            self._room = self._rng.randrange(2, 5)
            code = "".join(self._rng.choices(_LETTERS, k=10))
            self._homes.append((self._ids.at(moment), code, moment))
            self._living.append(0)
        self._room -= 1
        self._living[-1] += 1
        return self._homes[-1][0]

    def write(self, sheet: Sheet, group_id: UUID) -> None:
        """Write the households with how many live in each."""
        rows = sheet.table("members.household", "group_id id join_code size created_at")
        for (home, code, moment), size in zip(self._homes, self._living, strict=True):
            rows.append((group_id, home, code, size, moment))


def hire_staff(sheet: Sheet, ids: Ids, world: World, places: Directory, *, password_hash: str, now: datetime) -> Crew:
    """Write the staff accounts and their grants. All share one password, and its hash."""
    accounts = sheet.table("staff.account", "group_id id login name password_hash created_at")
    grants = sheet.table("platform.staff_grant", "staff_id id role group_id mall_id merchant_id shop_id")
    hired = now - timedelta(days=400)

    def hire(login: str, name: str, role: str, scope: tuple[UUID | None, UUID | None, UUID | None]) -> UUID:
        staff_id = ids.at(hired)
        accounts.append((places.group_id, staff_id, login, name, password_hash, hired))
        grants.append((staff_id, ids.at(hired), role, places.group_id, *scope))
        return staff_id

    clerks: dict[int, Clerk] = {}
    operators: list[Clerk] = []
    managers: dict[int, Clerk] = {}
    for person in world.staff:
        staff_id = hire(person.username, person.name.zh, ROLES[person.role], _scope(person, world, places))
        if person.role == "clerk" and person.shop is not None:
            clerks[person.shop] = Clerk(staff_id, person.name.zh)
        if person.role == "merchant" and person.merchant is not None:
            managers[person.merchant] = Clerk(staff_id, person.name.zh)
        if person.role == "operator":
            operators.append(Clerk(staff_id, person.name.zh))
    for index, shop in enumerate(world.shops):
        if index not in clerks:
            scope = (places.mall_ids[shop.mall], places.merchant_ids[shop.merchant], places.shop_ids[index])
            name = f"{shop.name.zh} 收银台"
            clerks[index] = Clerk(hire(f"shop-{shop.code}", name, "clerk", scope), name)
    return Crew([clerks[index] for index in range(len(world.shops))], operators[0], managers)


def _scope(person: Staff, world: World, places: Directory) -> tuple[UUID | None, UUID | None, UUID | None]:
    """Return mall, merchant and shop of a grant, as far as it is narrowed."""
    if person.role == "operator":
        return (None, None, None)
    if person.role in OF_THE_MALL:
        return (places.mall_ids[0], None, None)
    if person.role == "merchant" and person.merchant is not None:
        return (None, places.merchant_ids[person.merchant], None)
    index = person.shop
    if index is None:
        index = next(i for i, shop in enumerate(world.shops) if shop.code == GUIDED_SHOP)
    shop = world.shops[index]
    return (places.mall_ids[shop.mall], places.merchant_ids[shop.merchant], places.shop_ids[index])
