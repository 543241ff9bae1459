"""Pictures are taken by content, made safe, and kept once."""

import struct
import zlib
from io import BytesIO

import httpx
import pytest
from PIL import Image
from tests.factories.malls import make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.foundation import media
from galleria.kernel.errors import Invalid
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def red(width: int = 60, height: int = 40) -> Image.Image:
    return Image.new("RGB", (width, height), (200, 30, 40))


def bomb() -> bytes:
    """Return a PNG whose header claims 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def animated() -> bytes:
    return encoded(red(), "GIF", save_all=True, append_images=[Image.new("RGB", (60, 40), (0, 0, 255))])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (b"<script>alert(1)</script>", "not_a_picture"),
        (encoded(red(), "JPEG")[:200], "not_a_picture"),
        (encoded(red(), "BMP"), "not_a_picture"),
        (bomb(), "picture_too_large"),
        (encoded(red(8, 8), "PNG"), "picture_too_small"),
        (animated(), "picture_animated"),
        (b"\xff\xd8\xff" + b"0" * 12_000_000, "picture_too_heavy"),
    ],
)
def test_what_is_no_sane_picture_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        media.draw_now(content)
    assert [(e.field, e.code) for e in refused.value.errors] == [("file", code)]


def test_metadata_goes_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    drawn = media.draw_now(encoded(red(60, 40), "JPEG", exif=exif))
    with Image.open(BytesIO(drawn.content)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (40, 60), {})
    assert b"SecretCamera" not in drawn.content
    assert (drawn.width, drawn.height) == (40, 60)


def test_a_large_picture_shrinks_and_tells_its_colour() -> None:
    drawn = media.draw_now(encoded(red(4000, 1000), "PNG"))
    assert (drawn.width, drawn.height) == (1280, 320)
    assert all(abs(int(drawn.colour[i : i + 2], 16) - want) < 6 for i, want in ((1, 200), (3, 30), (5, 40)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixels_is_taken(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    drawn = media.draw_now(encoded(Image.new(mode, (32, 32)), kind))
    assert (drawn.width, drawn.height) == (32, 32)


async def test_an_upload_is_kept_once_and_served(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    grant = Grant(role=Role.MERCHANT_MANAGER, group_id=mall.group_id, merchant_id=mall.merchant_ids[0])
    headers = await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))
    url = f"/v1/malls/{mall.mall_id}/pictures"
    first, second = [
        await client.post(url, headers=headers, files={"file": ("evil.html", encoded(red(), "PNG"), "text/html")})
        for _ in range(2)
    ]
    assert (first.status_code, first.json()) == (201, second.json())
    served = await client.get(f"/files/{first.json()['name']}")
    assert (served.status_code, served.headers["content-type"]) == (200, "image/webp")
    async with runtime.db.read() as tx:
        assert await media.known(tx, [first.json()["name"]])


async def test_others_may_not_upload(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall, other = await make_mall(runtime), await make_mall(runtime)
    clerk = Grant(role=Role.CLERK, group_id=mall.group_id, shop_id=mall.shop_ids[0])
    foreign = Grant(role=Role.OPERATOR, group_id=other.group_id)
    actors = [
        ({}, 401),
        (await as_member(runtime, await make_member(runtime, mall.group_id)), 403),
        (await as_staff(runtime, await make_staff(runtime, mall.group_id, [clerk])), 403),
        (await as_staff(runtime, await make_staff(runtime, other.group_id, [foreign])), 403),
    ]
    for headers, status in actors:
        answer = await client.post(
            f"/v1/malls/{mall.mall_id}/pictures", headers=headers, files={"file": ("x.png", b"junk")}
        )
        assert answer.status_code == status
