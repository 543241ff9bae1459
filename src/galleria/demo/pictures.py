"""Pictures for the demo world: emoji staged like a calm shop catalogue, drawn with Pillow.

The subjects are Microsoft's Fluent 3D emoji (MIT) out of the npm package `@lobehub/fluent-emoji-3d`;
only the ones the world names are opened. Every picture depends on its own seed alone, so the same world
gives the same files.
"""

import colorsys
import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from galleria.demo.world.model import Picture, World

EMOJI_FOLDER = Path("web/node_modules/@lobehub/fluent-emoji-3d/assets")
SQUARE, LOGO, BANNER = (640, 640), (256, 256), (1200, 600)
Rgb = tuple[int, int, int]

# hue in degrees and saturation of the backdrop: plaster, sand, clay, sage, mist, dusk; quiet on purpose
_PALETTES = (
    (30, 0.16), (24, 0.20), (16, 0.20), (8, 0.16), (38, 0.20), (42, 0.24), (46, 0.18), (34, 0.12),
    (352, 0.13), (340, 0.12), (20, 0.26), (28, 0.24), (70, 0.11), (86, 0.11), (96, 0.09), (126, 0.07),
    (150, 0.08), (178, 0.07), (196, 0.09), (206, 0.10), (214, 0.10), (226, 0.07), (300, 0.05), (210, 0.05),
)  # fmt: skip


# dyes: hue (0..255), share of saturation kept, share of light kept; the first leaves the subject as it is
DYES = (
    (0, 1.0, 1.0), (155, 0.62, 0.74), (11, 0.66, 0.92), (243, 0.40, 0.98), (74, 0.34, 0.84), (26, 0.62, 0.95),
    (220, 0.36, 0.76), (128, 0.44, 0.80), (23, 0.24, 0.99), (152, 0.18, 0.46), (96, 0.42, 0.60),
    (145, 0.34, 0.94),
)  # fmt: skip


def render_pictures(world: World, out_dir: Path, *, emoji: Path = EMOJI_FOLDER, workers: int = 2) -> dict[str, Path]:
    """Draw every picture of the world into `out_dir` and return the file of each key."""
    out_dir.mkdir(parents=True, exist_ok=True)
    jobs = [world.pictures[start::8] for start in range(8)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(_render_some, jobs, [out_dir] * 8, [emoji] * 8))
    found = dict(pair for part in done for pair in part)
    return {picture.key: found[picture.key] for picture in world.pictures}


def _render_some(pictures: Sequence[Picture], out_dir: Path, emoji: Path) -> list[tuple[str, Path]]:
    made = []
    for picture in pictures:
        path = out_dir / f"{picture.key}.webp"
        render(picture, emoji).save(path, "WEBP", quality=84, method=2)
        made.append((picture.key, path))
    return made


def render(picture: Picture, emoji: Path) -> Image.Image:
    """Draw one picture."""
    rng = Random(picture.seed)
    if picture.kind == "logo":
        return _logo(rng, picture, emoji)
    if picture.kind == "good":
        return _good(rng, picture, emoji)
    return _banner(rng, picture, emoji)


def _good(rng: Random, picture: Picture, emoji: Path) -> Image.Image:
    hue, saturation = _hue(rng, picture)
    floor = round(SQUARE[1] * rng.uniform(0.70, 0.76))
    canvas = _studio(rng, SQUARE, hue, saturation, floor)
    stage = rng.choice(("plain", "plain", "disc", "arch", "plinth", "plinth", "sun"))
    base = _set_stage(rng, canvas, stage, hue, saturation, floor)
    centre = SQUARE[0] // 2 + rng.randint(-14, 14)
    size = rng.randint(318, 372) if stage != "plinth" else rng.randint(306, 346)
    for side, prop in zip(rng.sample((-1, 1), 2), picture.icons[1:], strict=False):
        behind = _subject(prop, emoji, rng.randint(118, 150), turn=rng.uniform(-14, 14))
        _stand(canvas, behind, centre + side * rng.randint(188, 212), base + rng.randint(2, 26), hue)
    turn = rng.choice((0.0, 0.0, rng.uniform(-9, 9)))
    subject = _subject(picture.icons[0], emoji, size, turn=turn, tint=picture.tint, flip=rng.random() < 0.4)
    _stand(canvas, subject, centre, base + 14, hue)
    return canvas


def _logo(rng: Random, picture: Picture, emoji: Path) -> Image.Image:
    hue, saturation = _hue(rng, picture)
    canvas = _slope(LOGO, _tone(hue, saturation * 1.4 + 0.04, 0.95), _tone(hue, saturation * 2.0 + 0.06, 0.86))
    ring = _cut(LOGO, ("ellipse", (22, 22, 234, 234)))
    canvas.paste(_tone(hue, saturation * 0.35, 1.0), (0, 0), ring.point([value * 62 // 100 for value in range(256)]))
    subject = _subject(picture.icons[0], emoji, 132)
    _stand(canvas, subject, 128, 128 + subject.height // 2, hue, depth=0.55)
    return canvas


def _banner(rng: Random, picture: Picture, emoji: Path) -> Image.Image:
    hue, saturation = _hue(rng, picture)
    width, height = BANNER
    floor = round(height * 0.76)
    canvas = _studio(rng, BANNER, hue, saturation * 1.1, floor)
    centre = width * (0.5 if picture.kind == "event" else rng.choice((0.36, 0.5, 0.64)))
    middle = round(centre)
    base = _set_stage(rng, canvas, rng.choice(("disc", "arch", "plinth", "sun")), hue, saturation, floor, middle)
    for side, prop in zip((-1, 1), picture.icons[1:], strict=False):
        behind = _subject(prop, emoji, rng.randint(176, 206), turn=side * rng.uniform(2, 10))
        _stand(canvas, behind, middle + side * rng.randint(262, 300), base + rng.randint(4, 18), hue)
    _stand(canvas, _subject(picture.icons[0], emoji, rng.randint(300, 330)), middle, base + 12, hue)
    return canvas


def _hue(rng: Random, picture: Picture) -> tuple[float, float]:
    """Take the shop's palette, or one of its neighbours, a touch warmer or cooler."""
    hue, saturation = _PALETTES[(picture.palette + rng.choice((0, 0, 0, 1, -1))) % len(_PALETTES)]
    return (hue + rng.uniform(-5, 5)) % 360, saturation * rng.uniform(0.72, 1.05)


def _tone(hue: float, saturation: float, value: float) -> Rgb:
    red, green, blue = colorsys.hsv_to_rgb(hue / 360, min(saturation, 1.0), value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _studio(rng: Random, size: tuple[int, int], hue: float, saturation: float, floor: int) -> Image.Image:
    """Paint wall and floor that meet in a soft sweep, lit from one side."""
    wall = _slope(size, _tone(hue, saturation * 0.62, 0.985), _tone(hue, saturation, 0.945))
    ground = _slope(
        (size[0], size[1] - floor), _tone(hue, saturation * 1.12, 0.90), _tone(hue, saturation * 0.7, 0.965)
    )
    sweep = Image.linear_gradient("L").resize((size[0], 46))
    cover = Image.new("L", ground.size, 255)
    cover.paste(sweep, (0, 0))
    wall.paste(ground, (0, floor), cover)
    glow = _soft_oval().resize((size[0] * 5 // 4, size[0]), Image.Resampling.BICUBIC)
    at = (round(size[0] * rng.choice((-0.5, 0.25))), -size[0] // 2)
    wall.paste((255, 253, 249), at, glow.point([value * 130 // 255 for value in range(256)]))
    return wall


def _slope(size: tuple[int, int], top: Rgb, bottom: Rgb) -> Image.Image:
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def _set_stage(
    rng: Random,
    canvas: Image.Image,
    stage: str,
    hue: float,
    saturation: float,
    floor: int,
    middle: int = SQUARE[0] // 2,
) -> int:
    """Put a quiet shape behind or under the subject and return the line it stands on."""
    shade = _tone((hue + rng.choice((-12, -6, 6, 10))) % 360, saturation * 1.45 + 0.05, rng.uniform(0.86, 0.92))
    size = canvas.size
    if stage in {"disc", "sun"}:
        radius = rng.randint(196, 226) if stage == "disc" else rng.randint(128, 160)
        x = middle if stage == "disc" else middle + rng.choice((-96, 96))
        y = floor - radius - 8 if stage == "disc" else floor - 250
        canvas.paste(shade, (0, 0), _cut(size, ("ellipse", (x - radius, y - radius, x + radius, y + radius))))
    elif stage == "arch":
        half = rng.randint(158, 184)
        top = floor - rng.randint(400, 430)
        box = (middle - half, top, middle + half, floor + 10)
        canvas.paste(shade, (0, 0), _cut(size, ("arch", box)))
    elif stage == "plinth":
        return _plinth(canvas, rng, hue, saturation, floor, middle)
    return floor + round(size[1] * 0.085)


def _plinth(canvas: Image.Image, rng: Random, hue: float, saturation: float, floor: int, middle: int) -> int:
    half, rise = rng.randint(196, 222), rng.randint(44, 66)
    top, flat = floor - 2, 30
    low = top + rise
    _blot(canvas, (middle, low + flat // 2), (half * 2 + 70, 92), hue, 0.34)
    side = _slope((canvas.width, canvas.height), _tone(hue, saturation * 0.9, 0.94), _tone(hue, saturation * 1.3, 0.84))
    sides = (middle - half, top, middle + half, low)
    foot = (middle - half, low - flat, middle + half, low + flat)
    canvas.paste(side, (0, 0), _cut(canvas.size, ("rectangle", sides), ("ellipse", foot)))
    lid = (middle - half, top - flat, middle + half, top + flat)
    canvas.paste(_tone(hue, saturation * 0.5, 0.985), (0, 0), _cut(canvas.size, ("ellipse", lid)))
    return top


def _cut(size: tuple[int, int], *shapes: tuple[str, tuple[float, float, float, float]]) -> Image.Image:
    """Return a mask of the shapes with smooth edges."""
    mask = Image.new("L", (size[0] * 2, size[1] * 2), 0)
    draw = ImageDraw.Draw(mask)
    for kind, box in shapes:
        twice = (box[0] * 2, box[1] * 2, box[2] * 2, box[3] * 2)
        if kind == "ellipse":
            draw.ellipse(twice, fill=255)
        elif kind == "arch":
            draw.rounded_rectangle(twice, twice[2] / 2 - twice[0] / 2, fill=255, corners=(True, True, False, False))
        else:
            draw.rectangle(twice, fill=255)
    return mask.reduce(2)


def _stand(canvas: Image.Image, subject: Image.Image, x: int, base: int, hue: float, *, depth: float = 1.0) -> None:
    """Stand the subject on the line `base`, with a contact shadow and a wide soft one."""
    width = subject.width
    _blot(canvas, (x + width // 14, base - 2), (round(width * 1.02), round(width * 0.20)), hue, 0.30 * depth)
    _blot(canvas, (x, base - 4), (round(width * 0.70), round(width * 0.085)), hue, 0.42 * depth)
    canvas.paste(subject, (x - width // 2, base - subject.height), subject)


def _blot(canvas: Image.Image, centre: tuple[int, int], size: tuple[int, int], hue: float, strength: float) -> None:
    """Lay a soft oval shadow of the backdrop's own colour."""
    shade = _soft_oval().resize((max(size[0], 2), max(size[1], 2)))
    shade = shade.point([round(value * strength) for value in range(256)])
    canvas.paste(_tone(hue, 0.45, 0.34), (centre[0] - size[0] // 2, centre[1] - size[1] // 2), shade)


@cache
def _soft_oval() -> Image.Image:
    falloff = [round(255 * (0.5 + 0.5 * math.cos(math.pi * min(value / 181, 1.0))) ** 1.2) for value in range(256)]
    return Image.radial_gradient("L").point(falloff)


def _subject(
    icon: str, folder: Path, height: int, *, turn: float = 0.0, tint: int = 0, flip: bool = False
) -> Image.Image:
    """Cut an emoji out of its margin, colour, turn and size it."""
    image = _open(icon, folder)
    if tint:
        image = _tinted(image, tint)
    if flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    longest = max(image.size)
    size = (max(1, round(image.width * height / longest)), max(1, round(image.height * height / longest)))
    image = image.resize(size, Image.Resampling.LANCZOS).filter(ImageFilter.UnsharpMask(1.6, 55, 2))
    return image.rotate(turn, Image.Resampling.BICUBIC, expand=True) if turn else image


def _tinted(image: Image.Image, tint: int) -> Image.Image:
    """Dye the subject: its main hue becomes the dye's, the rest turns with it; light and shade stay."""
    target, depth, light = DYES[tint % len(DYES)]
    alpha = image.getchannel("A")
    hue, saturation, value = image.convert("RGB").convert("HSV").split()
    strong = ImageChops.multiply(saturation.point([0] * 70 + [255] * 186), alpha)
    counts = hue.histogram(strong.point([0] * 200 + [255] * 56))
    turn = target - max(range(256), key=lambda step: counts[step])
    hue = hue.point([(step + turn) % 256 for step in range(256)])
    saturation = saturation.point([round(step * depth) for step in range(256)])
    value = value.point([round(step * light) for step in range(256)])
    coloured = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    coloured.putalpha(alpha)
    return coloured


@cache
def _open(icon: str, folder: Path) -> Image.Image:
    code = f"{ord(icon[0]):x}"
    path = folder / f"{code}.webp"
    if not path.exists():
        path = folder / f"{code}-fe0f.webp"
    with Image.open(path) as source:
        image = source.convert("RGBA")
    bounds = image.getchannel("A").point([0] * 12 + [255] * 244).getbbox()
    return image.crop(bounds) if bounds else image
