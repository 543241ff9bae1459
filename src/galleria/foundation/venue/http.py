"""Routes of the building."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, MultipartBody

from galleria.foundation.venue import operations, queries
from galleria.foundation.venue.importing.sources import SourceFile
from galleria.foundation.venue.model import Building, FloorId, FloorPlan, ImportReport, MallCodeOption
from galleria.kernel.ids import GroupId, MallId
from galleria.platform.actors import Permission, Target
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import TheCall


@get("/v1/malls/{mall_id:uuid}/floors", access=PUBLIC, summary="Buildings and floors", tags=["venue"])
async def list_floors(call: TheCall, mall_id: FromPath[UUID]) -> list[Building]:
    """Return the mall's buildings with their floors, the lowest first."""
    async with call.db.read() as tx:
        return await queries.list_floors(tx, MallId(mall_id))


@get("/v1/malls/{mall_id:uuid}/floors/{floor_id:uuid}/plan", access=PUBLIC, summary="A floor's plan", tags=["venue"])
async def floor_plan(call: TheCall, mall_id: FromPath[UUID], floor_id: FromPath[UUID]) -> FloorPlan:
    """Return a floor's plan as a GeoJSON feature collection (RFC 7946) with the shops' ids."""
    async with call.db.read() as tx:
        return await queries.floor_plan(tx, MallId(mall_id), FloorId(floor_id))


class ImportForm(msgspec.Struct, kw_only=True):
    """Files to import; `mall` is the code of the mall that files speak of which name none."""

    files: list[UploadFile]
    mall: MallCodeOption = ""
    dry_run: bool = False


@post(
    "/v1/groups/{group_id:uuid}/imports/mall",
    access=STAFF,
    summary="Import malls",
    tags=["venue"],
    status_code=200,
)
async def import_mall(call: TheCall, group_id: FromPath[UUID], data: MultipartBody[ImportForm]) -> ImportReport:
    """Import malls, floors and shops out of CSV, GeoJSON and IMDF files, all or nothing; for operators of the group.

    A dry run tells what would be created and changed.
    """
    group = GroupId(group_id)
    call.actor.require(Permission.MALL_MANAGE, Target(group_id=group))
    return await operations.import_mall(
        call.runtime,
        group_id=group,
        files=[SourceFile(_printable(file.filename), await file.read()) for file in data.files],
        actor=call.actor,
        now=call.now,
        mall_code=data.mall or None,
        dry_run=data.dry_run,
        key=call.key,
    )


def _printable(name: str) -> str:
    """Return a file's name as it may stand in messages and the journal."""
    return "".join(c for c in name if c.isprintable())[:200]


ROUTES = [list_floors, floor_plan, import_mall]
