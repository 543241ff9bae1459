"""Routes of riders: a rider's own phone, the mall that watches over them, and the shopper who waits."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter

from galleria.commerce.riders import queries
from galleria.commerce.riders.model import (
    AssignRequest,
    CodeWrong,
    DoneRequest,
    ErrandId,
    ErrandPage,
    ErrandState,
    ErrandView,
    FailRequest,
    PositionRequest,
    Reported,
    RiderDay,
    RiderPolicy,
    RiderPolicyInput,
    RiderRow,
    ShiftRequest,
    StartRequest,
    TaskId,
)
from galleria.commerce.riders.operations import errands, reports, shifts
from galleria.foundation import malls, media
from galleria.kernel.ids import MallId, ShipmentId, StaffId
from galleria.kernel.paging import Page
from galleria.kernel.places import Whereabouts
from galleria.platform.actors import Permission
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

MALL = "/v1/malls/{mall_id:uuid}"
RIDER, RIDERS = MALL + "/rider", MALL + "/riders"
TAGS = ["riders"]


class ProofForm(msgspec.Struct, frozen=True):
    """The form that carries a picture."""

    file: UploadFile


@get(RIDER, access=STAFF, summary="My tasks as a rider", tags=TAGS)
async def my_day(call: TheCall, mall_id: FromPath[UUID]) -> RiderDay:
    """Return the signed-in rider's shift and tasks in the order of the route, and errands to take."""
    mall = await _rider(call, mall_id)
    async with call.db.read() as tx:
        return await queries.my_day(tx, mall_id=mall, staff_id=call.actor.staff_id, now=call.now)


@post(RIDER + "/shift", access=STAFF, status_code=200, summary="Begin or end my shift", tags=TAGS)
async def shift(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[ShiftRequest]) -> RiderDay:
    """Begin or end work. A shift ends when every task is over."""
    mall, rider = await _rider(call, mall_id), call.actor.staff_id

    async def change(tx: Tx) -> bool:
        return await (shifts.begin if data.on else shifts.end)(tx, mall_id=mall, staff_id=rider, now=call.now)

    await call.write("riders.shift", change, returns=bool, mall_id=mall, payload=data)
    async with call.db.read() as tx:
        return await queries.my_day(tx, mall_id=mall, staff_id=rider, now=call.now)


@post(RIDER + "/errands/{errand_id:uuid}/take", access=STAFF, status_code=200, summary="Take an errand", tags=TAGS)
async def take(call: TheCall, mall_id: FromPath[UUID], errand_id: FromPath[UUID]) -> ErrandPage:
    """Take a waiting errand; of two riders one has it."""
    mall = await _rider(call, mall_id)
    return await _give(call, mall, ErrandId(errand_id), call.actor.staff_id, "riders.take")


@post(RIDER + "/tasks/{task_id:uuid}/start", access=STAFF, status_code=200, summary="Set out for a task", tags=TAGS)
async def start(
    call: TheCall, mall_id: FromPath[UUID], task_id: FromPath[UUID], data: JSONBody[StartRequest]
) -> Reported:
    """Set out for a task. `at` is the phone's own time, when it had no network."""
    mall, rider = await _rider(call, mall_id), call.actor.staff_id
    return await call.write(
        "riders.start",
        lambda tx: reports.start(tx, mall_id=mall, task_id=TaskId(task_id), staff_id=rider, at=data.at, now=call.now),
        returns=Reported,
        mall_id=mall,
        payload={"task_id": task_id, "at": data.at},
    )


@post(RIDER + "/tasks/{task_id:uuid}/done", access=STAFF, status_code=200, summary="A task is done", tags=TAGS)
async def done(
    call: TheCall, mall_id: FromPath[UUID], task_id: FromPath[UUID], data: JSONBody[DoneRequest]
) -> Reported:
    """End a task with its proof: the receiver's code or a picture taken there. Needs an Idempotency-Key."""
    mall, rider = await _rider(call, mall_id), call.actor.staff_id
    told = await call.write(
        "riders.done",
        lambda tx: reports.done(tx, mall_id=mall, task_id=TaskId(task_id), staff_id=rider, said=data, now=call.now),
        returns=Reported,
        mall_id=mall,
        payload={"task_id": task_id, "picture": data.picture, "with_code": data.code is not None, "at": data.at},
        key_required=True,
    )
    if not told.accepted:
        raise CodeWrong(left=told.tries_left or 0)
    return told


@post(RIDER + "/tasks/{task_id:uuid}/fail", access=STAFF, status_code=200, summary="A task came to nothing", tags=TAGS)
async def fail(
    call: TheCall, mall_id: FromPath[UUID], task_id: FromPath[UUID], data: JSONBody[FailRequest]
) -> Reported:
    """End a task that came to nothing; another try or the way back begins. Needs an Idempotency-Key."""
    mall, rider = await _rider(call, mall_id), call.actor.staff_id
    return await call.write(
        "riders.fail",
        lambda tx: reports.fail(tx, mall_id=mall, task_id=TaskId(task_id), staff_id=rider, said=data, now=call.now),
        returns=Reported,
        mall_id=mall,
        payload={"task_id": task_id, "reason": data.reason, "note": data.note, "at": data.at},
        key_required=True,
    )


@post(RIDER + "/position", access=STAFF, status_code=200, summary="Where I am", tags=TAGS)
async def position(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[PositionRequest]) -> None:
    """Tell where the rider is, while something is carried; the last place only is kept, and not for long."""
    mall, rider = await _rider(call, mall_id), call.actor.staff_id
    await call.write(
        "riders.follow",
        lambda tx: shifts.follow(tx, mall_id=mall, staff_id=rider, lat=data.lat, lon=data.lon, now=call.now),
        returns=int,
        mall_id=mall,
    )


@post(RIDER + "/pictures", access=STAFF, summary="A picture as proof", tags=TAGS)
async def picture(call: TheCall, mall_id: FromPath[UUID], data: MultipartBody[ProofForm]) -> media.Picture:
    """Store a picture of where goods were left, and return its name."""
    mall = await _rider(call, mall_id)
    drawn = await media.draw(await data.file.read())
    name = await call.runtime.files.put(drawn.content, "webp")
    return await call.write(
        "riders.picture",
        lambda tx: media.record(tx, name=name, drawn=drawn, now=call.now),
        returns=media.Picture,
        mall_id=mall,
        payload={"name": name},
    )


@get(RIDERS, access=STAFF, summary="Riders on shift", tags=TAGS)
async def list_riders(call: TheCall, mall_id: FromPath[UUID]) -> list[RiderRow]:
    """List riders on shift with what they carry and where they are; for those who manage delivery."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.list_riders(tx, mall_id=mall)


@get(RIDERS + "/errands", access=STAFF, summary="Errands of riders", tags=TAGS)
async def list_errands(
    call: TheCall,
    mall_id: FromPath[UUID],
    errand_state: Annotated[ErrandState | None, QueryParameter(name="state")] = None,
    live: FromQuery[bool | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[ErrandView]:
    """List errands, the newest first; `live` are those under way."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.list_errands(
            tx, mall_id=mall, state=errand_state, live=bool(live), cursor=cursor, limit=limit, now=call.now
        )


@get(RIDERS + "/errands/{errand_id:uuid}", access=STAFF, summary="One errand", tags=TAGS)
async def get_errand(call: TheCall, mall_id: FromPath[UUID], errand_id: FromPath[UUID]) -> ErrandPage:
    """Return an errand with every task it had, proofs and reasons included."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.get_errand(tx, mall_id=mall, errand_id=ErrandId(errand_id), now=call.now)


@post(RIDERS + "/errands/{errand_id:uuid}/assign", access=STAFF, status_code=200, summary="Give to a rider", tags=TAGS)
async def give(
    call: TheCall, mall_id: FromPath[UUID], errand_id: FromPath[UUID], data: JSONBody[AssignRequest]
) -> ErrandPage:
    """Give a waiting errand to a rider on shift."""
    mall = await _manage(call, mall_id)
    return await _give(call, mall, ErrandId(errand_id), StaffId(data.staff_id), "riders.give")


@post(RIDERS + "/errands/{errand_id:uuid}/unassign", access=STAFF, status_code=200, summary="Take back", tags=TAGS)
async def take_back(call: TheCall, mall_id: FromPath[UUID], errand_id: FromPath[UUID]) -> ErrandPage:
    """Take an errand that is not fetched yet from its rider; it waits for another."""
    mall, errand = await _manage(call, mall_id), ErrandId(errand_id)
    await call.write(
        "riders.take_back",
        lambda tx: errands.give_up(tx, mall_id=mall, errand_id=errand, now=call.now),
        returns=UUID,
        mall_id=mall,
        payload={"errand_id": errand_id},
    )
    async with call.db.read() as tx:
        return await queries.get_errand(tx, mall_id=mall, errand_id=errand, now=call.now)


@get(RIDERS + "/policy", access=STAFF, summary="How riders work here", tags=TAGS)
async def get_policy(call: TheCall, mall_id: FromPath[UUID]) -> RiderPolicy:
    """Return what the mall has decided about its riders, or what holds until it does."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.get_policy(tx, mall_id=mall)


@put(RIDERS + "/policy", access=STAFF, summary="Decide how riders work", tags=TAGS)
async def set_policy(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[RiderPolicyInput]) -> RiderPolicy:
    """Set pieces a rider carries, attempts at a door, speed, and whether errands are given by themselves."""
    mall = await _manage(call, mall_id)
    return await call.write(
        "riders.set_policy",
        lambda tx: errands.set_policy(tx, mall_id=mall, new=data, now=call.now),
        returns=RiderPolicy,
        mall_id=mall,
        payload=data,
    )


@get(MALL + "/me/shipments/{shipment_id:uuid}/rider", access=MEMBER, summary="Who brings my goods", tags=TAGS)
async def my_rider(call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID]) -> Whereabouts:
    """Return where the rider with the member's goods is; 404 unless one is on the way with them."""
    async with call.db.read() as tx:
        return await queries.whereabouts(
            tx,
            mall_id=MallId(mall_id),
            shipment_id=ShipmentId(shipment_id),
            member_id=call.actor.member_id,
            now=call.now,
        )


async def _give(call: Call, mall: MallId, errand: ErrandId, rider: StaffId, kind: str) -> ErrandPage:
    await call.write(
        kind,
        lambda tx: errands.take(tx, mall_id=mall, errand_id=errand, staff_id=rider),
        returns=UUID,
        mall_id=mall,
        payload={"errand_id": errand, "staff_id": rider},
    )
    async with call.db.read() as tx:
        return await queries.get_errand(tx, mall_id=mall, errand_id=errand, now=call.now)


async def _rider(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to ride for it."""
    async with call.db.read() as tx:
        call.actor.require(Permission.DELIVER, await malls.mall_target(tx, MallId(mall_id)))
    return MallId(mall_id)


async def _manage(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to manage its delivery."""
    async with call.db.read() as tx:
        call.actor.require(Permission.DELIVERY_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return MallId(mall_id)


ROUTES = [
    my_day, shift, take, start, done, fail, position, picture, list_riders, list_errands, get_errand, give, take_back,
    get_policy, set_policy, my_rider,
]  # fmt: skip
