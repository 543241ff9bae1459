"""Routes of the places where bags wait: desks and shelves, the runner's way, counts, labels, the policy."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Response

from galleria.foundation import malls
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.onsite.handsfree import printing, queries, rules
from galleria.onsite.handsfree.http.asking import require_mall, require_shop
from galleria.onsite.handsfree.model import (
    BagCount,
    BagDesk,
    BagDeskBoard,
    BagDeskChange,
    BagDeskInput,
    BagLabelBatch,
    BagLabelList,
    BagPolicy,
    BagPolicyInput,
    BagRun,
    BagShelfInput,
    NewBagLabels,
)
from galleria.onsite.handsfree.operations import places
from galleria.platform.actors import Permission
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx


class RunShops(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shops on a runner's way."""

    shop_ids: Annotated[list[ShopId], msgspec.Meta(min_length=1, max_length=50)]


class BagsFetched(msgspec.Struct, frozen=True):
    """How many bags a runner has taken on, or let go of."""

    bags: int


class BagsSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Labels that were scanned on the shelves."""

    labels: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=40)]], msgspec.Meta(min_length=1, max_length=500)
    ]


class CountSeen(msgspec.Struct, frozen=True):
    """What the journal keeps of it."""

    count_id: UUID
    labels: list[str]


class DeskKept(msgspec.Struct, frozen=True):
    """Which desk a command was about, and what it asked for; kept in the journal."""

    desk_id: UUID
    change: BagDeskChange | None = None
    shelf: BagShelfInput | None = None


@get("/v1/malls/{mall_id:uuid}/bag-desks", access=PUBLIC, summary="Where bags wait", tags=["hands-free"])
async def list_desks(call: TheCall, mall_id: FromPath[UUID]) -> list[BagDesk]:
    """Return the mall's desks, car bays and store rooms with their shelves, by code."""
    async with call.db.read() as tx:
        return await queries.list_desks(tx, MallId(mall_id))


@post("/v1/malls/{mall_id:uuid}/bag-desks", access=STAFF, summary="Set up a desk", tags=["hands-free"])
async def add_desk(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[BagDeskInput]) -> BagDesk:
    """Set up a desk, a car bay or a store room; for the mall's operators."""
    mall = await require_mall(call, mall_id, Permission.DELIVERY_MANAGE)
    return await call.write(
        "handsfree.add_desk",
        lambda tx: places.add_desk(tx, mall_id=mall, new=data, now=call.now),
        returns=BagDesk,
        mall_id=mall,
        payload=data,
    )


@patch(
    "/v1/malls/{mall_id:uuid}/bag-desks/{bag_desk_id:uuid}", access=STAFF, summary="Change a desk", tags=["hands-free"]
)
async def change_desk(
    call: TheCall, mall_id: FromPath[UUID], bag_desk_id: FromPath[UUID], data: JSONBody[BagDeskChange]
) -> BagDesk:
    """Change a desk's names and place, or close and open it."""
    mall = await require_mall(call, mall_id, Permission.DELIVERY_MANAGE)
    return await call.write(
        "handsfree.change_desk",
        lambda tx: places.change_desk(tx, mall_id=mall, desk_id=bag_desk_id, change=data),
        returns=BagDesk,
        mall_id=mall,
        payload=DeskKept(bag_desk_id, change=data),
    )


@put(
    "/v1/malls/{mall_id:uuid}/bag-desks/{bag_desk_id:uuid}/shelves", access=STAFF, summary="Set a shelf",
    tags=["hands-free"],
)  # fmt: skip
async def put_shelf(
    call: TheCall, mall_id: FromPath[UUID], bag_desk_id: FromPath[UUID], data: JSONBody[BagShelfInput]
) -> BagDesk:
    """Make a shelf, change it, or with capacity 0 take it away."""
    mall = await require_mall(call, mall_id, Permission.DELIVERY_MANAGE)
    return await call.write(
        "handsfree.put_shelf",
        lambda tx: places.put_shelf(tx, mall_id=mall, desk_id=bag_desk_id, wanted=data),
        returns=BagDesk,
        mall_id=mall,
        payload=DeskKept(bag_desk_id, shelf=data),
    )


@get(
    "/v1/malls/{mall_id:uuid}/bag-desks/{bag_desk_id:uuid}/board", access=STAFF, summary="A desk's board",
    tags=["hands-free"],
)  # fmt: skip
async def desk_board(call: TheCall, mall_id: FromPath[UUID], bag_desk_id: FromPath[UUID]) -> BagDeskBoard:
    """Return a desk with what lies on its shelves and what is being carried."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    async with call.db.read() as tx:
        return await queries.desk_board(tx, mall_id=mall, desk_id=bag_desk_id, now=call.now)


@get("/v1/malls/{mall_id:uuid}/bags/run", access=STAFF, summary="A runner's way", tags=["hands-free"])
async def run(call: TheCall, mall_id: FromPath[UUID], desk: FromQuery[UUID | None] = None) -> BagRun:
    """Return what the caller may fetch, in the order of the way from a desk, and what he carries."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    async with call.db.read() as tx:
        return await queries.run(tx, mall_id=mall, staff_id=call.actor.staff_id, desk_id=desk, now=call.now)


@post(
    "/v1/malls/{mall_id:uuid}/bags/run/fetch", access=STAFF, status_code=200, summary="Take stops on",
    tags=["hands-free"],
)  # fmt: skip
async def fetch(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[RunShops]) -> BagsFetched:
    """Take shops on for half an hour, so that no second runner walks there."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    taken = await call.write(
        "handsfree.fetch",
        lambda tx: places.fetch(tx, mall_id=mall, shop_ids=data.shop_ids, staff_id=call.actor.staff_id, now=call.now),
        returns=int,
        mall_id=mall,
        payload=data,
    )
    return BagsFetched(taken)


@post(
    "/v1/malls/{mall_id:uuid}/bags/run/let-go", access=STAFF, status_code=200, summary="Let stops go",
    tags=["hands-free"],
)  # fmt: skip
async def let_go(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[RunShops]) -> BagsFetched:
    """Let go of shops the caller has taken on."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    freed = await call.write(
        "handsfree.let_go",
        lambda tx: places.unfetch(tx, mall_id=mall, shop_ids=data.shop_ids, staff_id=call.actor.staff_id),
        returns=int,
        mall_id=mall,
        payload=data,
    )
    return BagsFetched(freed)


@post(
    "/v1/malls/{mall_id:uuid}/bag-desks/{bag_desk_id:uuid}/counts", access=STAFF, summary="Begin a count",
    tags=["hands-free"],
)  # fmt: skip
async def start_count(call: TheCall, mall_id: FromPath[UUID], bag_desk_id: FromPath[UUID]) -> BagCount:
    """Begin to count a desk's shelves; what lies there now is expected."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    return await call.write(
        "handsfree.start_count",
        lambda tx: places.start_count(
            tx, mall_id=mall, desk_id=bag_desk_id, staff_id=call.actor.staff_id, now=call.now
        ),
        returns=BagCount,
        mall_id=mall,
        payload=DeskKept(bag_desk_id),
    )


@get("/v1/malls/{mall_id:uuid}/bag-counts/{bag_count_id:uuid}", access=STAFF, summary="A count", tags=["hands-free"])
async def get_count(call: TheCall, mall_id: FromPath[UUID], bag_count_id: FromPath[UUID]) -> BagCount:
    """Return a count with its lines; of a closed one the differences come first."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    async with call.db.read() as tx:
        return await queries.count_view(tx, mall_id=mall, count_id=bag_count_id)


@post(
    "/v1/malls/{mall_id:uuid}/bag-counts/{bag_count_id:uuid}/seen", access=STAFF, status_code=200,
    summary="Scan for a count", tags=["hands-free"],
)  # fmt: skip
async def see(
    call: TheCall, mall_id: FromPath[UUID], bag_count_id: FromPath[UUID], data: JSONBody[BagsSeen]
) -> BagCount:
    """Note labels as scanned; sending them again is harmless."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    return await call.write(
        "handsfree.count_seen",
        lambda tx: places.see(tx, mall_id=mall, count_id=bag_count_id, labels=data.labels, now=call.now),
        returns=BagCount,
        mall_id=mall,
        payload=CountSeen(bag_count_id, data.labels),
    )


@post(
    "/v1/malls/{mall_id:uuid}/bag-counts/{bag_count_id:uuid}/close", access=STAFF, status_code=200,
    summary="End a count", tags=["hands-free"],
)  # fmt: skip
async def close_count(call: TheCall, mall_id: FromPath[UUID], bag_count_id: FromPath[UUID]) -> BagCount:
    """End a count; each difference waits for a person from now on."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    return await call.write(
        "handsfree.close_count",
        lambda tx: places.close_count(tx, mall_id=mall, count_id=bag_count_id, now=call.now),
        returns=BagCount,
        mall_id=mall,
        payload=CountSeen(bag_count_id, []),
    )


@get("/v1/malls/{mall_id:uuid}/bag-labels", access=STAFF, summary="Batches of labels", tags=["hands-free"])
async def list_batches(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[BagLabelBatch]:
    """Return batches of labels, the newest first: for a shop's manager those of his shops."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.DELIVERY_MANAGE, await malls.mall_target(tx, mall))
        shops = None if reach.everything else [shop.id for shop in await malls.all_shops(tx, mall)
                                               if shop.id in reach.shop_ids
                                               or shop.merchant_id in reach.merchant_ids]  # fmt: skip
        return await queries.list_batches(tx, mall_id=mall, shop_ids=shops, cursor=cursor, limit=limit)


@post("/v1/malls/{mall_id:uuid}/bag-labels", access=STAFF, summary="Make labels", tags=["hands-free"])
async def make_labels(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewBagLabels]) -> BagLabelBatch:
    """Make labels that nobody has, for one shop or for any."""
    mall = MallId(mall_id)
    if data.shop_id is None:
        await require_mall(call, mall_id, Permission.DELIVERY_MANAGE)
    else:
        async with call.db.read() as tx:
            await require_shop(call, tx, mall, data.shop_id, Permission.DELIVERY_MANAGE)
    return await call.write(
        "handsfree.make_labels",
        lambda tx: places.make_labels(tx, mall_id=mall, new=data, staff_id=call.actor.staff_id, now=call.now),
        returns=BagLabelBatch,
        mall_id=mall,
        payload=data,
    )


async def _unused(call: Call, tx: ReadTx, mall: MallId, batch_id: UUID) -> tuple[BagLabelBatch, list[str]]:
    """Return a batch and its unused labels, once the caller has proved that they are his to print."""
    call.actor.reach(Permission.DELIVERY_MANAGE, await malls.mall_target(tx, mall))
    batch, labels = await queries.sheet(tx, mall, batch_id)
    if batch.shop_id is None:
        call.actor.require(Permission.DELIVERY_MANAGE, await malls.mall_target(tx, mall))
    else:
        await require_shop(call, tx, mall, batch.shop_id, Permission.DELIVERY_MANAGE)
    return batch, labels


@get(
    "/v1/malls/{mall_id:uuid}/bag-labels/{label_batch_id:uuid}", access=STAFF, summary="A batch's labels",
    tags=["hands-free"],
)  # fmt: skip
async def list_labels(call: TheCall, mall_id: FromPath[UUID], label_batch_id: FromPath[UUID]) -> BagLabelList:
    """Return the numbers of a batch that are on no bag yet, for printers that draw labels themselves."""
    async with call.db.read() as tx:
        batch, labels = await _unused(call, tx, MallId(mall_id), label_batch_id)
    return BagLabelList(batch=batch, qr_prefix=rules.LABEL_PREFIX, labels=labels)


@get(
    "/v1/malls/{mall_id:uuid}/bag-labels/{label_batch_id:uuid}/sheet", access=STAFF, summary="Print labels",
    tags=["hands-free"], media_type="application/pdf",
)  # fmt: skip
async def sheet(
    call: TheCall,
    mall_id: FromPath[UUID],
    label_batch_id: FromPath[UUID],
    paper: FromQuery[printing.LabelPaper] = printing.LabelPaper.A4,
) -> Response[bytes]:
    """Return a batch's labels that are on no bag yet as PDF: A4 sheets of 24, or a thermal roll of 50 x 30 mm."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        _, labels = await _unused(call, tx, mall, label_batch_id)
        name = (await malls.get_mall(tx, mall)).name_zh
    content = await printing.labels(labels, title=name, paper=paper)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="labels-{label_batch_id}.pdf"',
            "cache-control": "private, no-store",
        },
    )


@get("/v1/malls/{mall_id:uuid}/bag-policy", access=STAFF, summary="The policy for bags", tags=["hands-free"])
async def get_policy(call: TheCall, mall_id: FromPath[UUID]) -> BagPolicy:
    """Return what the mall promises."""
    mall = await require_mall(call, mall_id, Permission.DELIVERY_MANAGE)
    async with call.db.read() as tx:
        return await queries.get_policy(tx, mall)


@put("/v1/malls/{mall_id:uuid}/bag-policy", access=STAFF, summary="Set the policy for bags", tags=["hands-free"])
async def set_policy(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[BagPolicyInput]) -> BagPolicy:
    """Set what the mall promises; it holds for what is sealed, waits and is claimed from now on."""
    mall = await require_mall(call, mall_id, Permission.DELIVERY_MANAGE)
    return await call.write(
        "handsfree.set_policy",
        lambda tx: places.set_policy(tx, mall_id=mall, wanted=data, now=call.now),
        returns=BagPolicy,
        mall_id=mall,
        payload=data,
    )


ROUTES = [
    list_desks, add_desk, change_desk, put_shelf, desk_board, run, fetch, let_go, start_count, get_count, see,
    close_count, list_batches, make_labels, list_labels, sheet, get_policy, set_policy,
]  # fmt: skip
