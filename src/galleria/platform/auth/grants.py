"""What members of staff may do, stored: a role within a scope, one row each."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from galleria.kernel.ids import GroupId, MallId, StaffId, new_id
from galleria.platform.actors import Grant, Reach, Role
from galleria.platform.tx import ReadTx, Tx


class Holder(msgspec.Struct, frozen=True):
    """A member of staff and all he may do."""

    staff_id: StaffId
    grants: list[Grant]


async def grants_of(tx: ReadTx, staff_id: StaffId) -> list[Grant]:
    """Return what a member of staff may do, everywhere."""
    return await tx.all(
        Grant,
        """
        SELECT role, group_id, mall_id, merchant_id, shop_id
          FROM platform.staff_grant WHERE staff_id = $1 ORDER BY id
        """,
        staff_id,
    )


class Signed(msgspec.Struct, frozen=True):
    """An open sign-in of a member of staff, and all he may do."""

    staff_id: StaffId
    session_id: UUID
    grants: list[Grant]


async def grants_in_sessions(tx: ReadTx, session_ids: Collection[UUID]) -> list[Signed]:
    """Return who signed in by these sign-ins, and what he may do; one that has ended is left out; one statement."""
    return await tx.all(
        Signed,
        """
        SELECT s.actor_id AS staff_id, s.id AS session_id,
               coalesce((SELECT jsonb_agg(jsonb_build_object(
                           'role', g.role, 'group_id', g.group_id, 'mall_id', g.mall_id,
                           'merchant_id', g.merchant_id, 'shop_id', g.shop_id) ORDER BY g.id)
                           FROM platform.staff_grant g WHERE g.staff_id = s.actor_id), '[]') AS grants
          FROM platform.session s
         WHERE s.id = ANY($1::uuid[]) AND s.revoked_at IS NULL
        """,
        list(session_ids),
    )


async def set_grants(tx: Tx, *, staff_id: StaffId, grants: Sequence[Grant]) -> None:
    """Replace what a member of staff may do, in one statement."""
    await tx.run("DELETE FROM platform.staff_grant WHERE staff_id = $1", staff_id)
    await tx.run(
        """
        INSERT INTO platform.staff_grant (staff_id, id, role, group_id, mall_id, merchant_id, shop_id)
        SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[])
        """,
        staff_id,
        [new_id() for _ in grants],
        [grant.role.value for grant in grants],
        [grant.group_id for grant in grants],
        [grant.mall_id for grant in grants],
        [grant.merchant_id for grant in grants],
        [grant.shop_id for grant in grants],
    )


async def holders_in(
    tx: ReadTx, *, group_id: GroupId, mall_id: MallId, reach: Reach, after: UUID | None, limit: int
) -> list[Holder]:
    """Return who holds a grant within the reach in a mall, newest first, each with all his grants in the group."""
    return await tx.all(
        Holder,
        """
        SELECT g.staff_id,
               jsonb_agg(jsonb_build_object('role', g.role, 'group_id', g.group_id, 'mall_id', g.mall_id,
                                            'merchant_id', g.merchant_id, 'shop_id', g.shop_id) ORDER BY g.id) AS grants
          FROM platform.staff_grant g
         WHERE g.group_id = $1 AND ($6::uuid IS NULL OR g.staff_id < $6)
         GROUP BY g.staff_id
        HAVING bool_or((g.mall_id = $2 OR g.mall_id IS NULL)
                       AND ($3 OR g.merchant_id = ANY($4) OR g.shop_id = ANY($5)))
         ORDER BY g.staff_id DESC
         LIMIT $7
        """,
        group_id,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        after,
        limit,
    )


async def operators_of(tx: ReadTx, group_id: GroupId) -> list[Holder]:
    """Return everyone who holds an operator grant in a group, with those grants."""
    return await tx.all(
        Holder,
        """
        SELECT staff_id,
               jsonb_agg(jsonb_build_object('role', role, 'group_id', group_id, 'mall_id', mall_id)) AS grants
          FROM platform.staff_grant
         WHERE group_id = $1 AND role = $2
         GROUP BY staff_id
        """,
        group_id,
        Role.OPERATOR.value,
    )
