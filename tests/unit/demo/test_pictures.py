"""Pictures are drawn from whatever emoji folder is given, each from its own seed."""

from datetime import date
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageDraw

from galleria.demo.pictures import DYES, render, render_pictures
from galleria.demo.world import build_world, goods


@pytest.fixture
def emoji(tmp_path: Path) -> Path:
    folder = tmp_path / "emoji"
    folder.mkdir()
    world = build_world(today=date(2026, 3, 14))
    drawing = Image.new("RGBA", (64, 64))
    ImageDraw.Draw(drawing).ellipse((8, 4, 56, 60), fill=(200, 60, 40, 255))
    for icon in {icon for picture in world.pictures for icon in picture.icons}:
        drawing.save(folder / f"{ord(icon):x}-fe0f.webp")
    return folder


def test_every_kind_has_its_size_and_is_repeatable(emoji: Path, tmp_path: Path) -> None:
    world = build_world(today=date(2026, 3, 14))
    some = tuple({picture.kind: picture for picture in world.pictures}.values())
    files = render_pictures(msgspec.structs.replace(world, pictures=some), tmp_path / "out", emoji=emoji)
    sizes = {}
    for picture in some:
        with Image.open(files[picture.key]) as drawn:
            sizes[picture.kind] = drawn.size
    assert sizes == {"good": (640, 640), "logo": (256, 256), "hero": (1200, 600), "event": (1200, 600)}
    assert all(render(picture, emoji).tobytes() == render(picture, emoji).tobytes() for picture in some)


def test_the_shelf_knows_the_dyes() -> None:
    assert len(DYES) == goods.DYES
