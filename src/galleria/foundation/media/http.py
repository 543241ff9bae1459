"""The route that takes pictures in."""

from uuid import UUID

import msgspec
from litestar import post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, MultipartBody

from galleria.foundation import malls
from galleria.foundation.media import operations
from galleria.foundation.media.model import Picture
from galleria.kernel.ids import MallId
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall


class PictureForm(msgspec.Struct, frozen=True):
    """The form that carries a picture."""

    file: UploadFile


@post("/v1/malls/{mall_id:uuid}/pictures", access=STAFF, summary="Upload a picture", tags=["catalog"])
async def upload(call: TheCall, mall_id: FromPath[UUID], data: MultipartBody[PictureForm]) -> Picture:
    """Store a picture (JPEG, PNG, WebP or a still GIF) and return its name; the same picture twice is one."""
    async with call.db.read() as tx:
        call.actor.reach(Permission.CATALOG_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    drawn = await operations.draw(await data.file.read())
    name = await call.runtime.files.put(drawn.content, "webp")
    return await call.write(
        "media.store",
        lambda tx: operations.record(tx, name=name, drawn=drawn, now=call.now),
        returns=Picture,
        mall_id=MallId(mall_id),
        payload={"name": name},
    )


ROUTES = [upload]
