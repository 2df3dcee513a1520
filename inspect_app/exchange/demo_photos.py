"""Draws the photos of the demo: a plain counter scene with time and place written on it, and EXIF like a phone's."""

import io
import random
import unicodedata
from datetime import datetime

from PIL import Image, ImageDraw

SIZE = (960, 720)
DEVICES = (("samsung", "SM-A146P"), ("OPPO", "CPH2471"), ("Apple", "iPhone 11"), ("Xiaomi", "23053RN02A"))
WALLS = ("#dfe7dc", "#e8e0d0", "#d8e2ea", "#ece6da")


def draw_photo(seed: str, caption: str, taken_at: datetime, lat: float | None, lon: float | None) -> bytes:
    """A JPEG that is the same for the same seed and caption; `taken_at` is local time, as cameras write it."""
    rng = random.Random(seed)  # noqa: S311 - a drawing, no secret
    image = Image.new("RGB", SIZE, rng.choice(WALLS))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 520, 960, 720), fill="#b9a58a")
    for column in range(rng.randint(2, 4)):
        left = 60 + column * 220 + rng.randint(-15, 15)
        draw.rectangle((left, 90, left + 180, 330), fill="#fbfaf4", outline="#6b6b6b", width=3)
        for line in range(rng.randint(4, 11)):
            width = rng.randint(60, 150)
            draw.line(
                (left + 14, 115 + line * 19, left + 14 + width, 115 + line * 19), fill="#8a8f96", width=4
            )
    draw.rectangle((80, 400, 880, 560), fill="#7c5a3a", outline="#4d3521", width=4)
    for _ in range(rng.randint(0, 3)):
        x = rng.randint(140, 800)
        draw.ellipse((x - 24, 320, x + 24, 368), fill="#c99b76")
        draw.rectangle((x - 34, 368, x + 34, 410), fill=rng.choice(("#ffffff", "#9db8d6", "#4f6f57")))
    draw.rectangle((0, 672, 960, 720), fill="#16202a")
    draw.text((16, 684), f"{_plain(caption)}  {taken_at:%d/%m/%Y %H:%M}", fill="#ffffff", font_size=24)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=72, exif=_exif(rng, taken_at, lat, lon))
    return target.getvalue()


def _plain(text: str) -> str:
    """Without marks: the font that Pillow brings has no Vietnamese letters."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def _exif(rng: random.Random, taken_at: datetime, lat: float | None, lon: float | None) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = rng.choice(DEVICES)
    exif[0x0112] = 1
    exif.get_ifd(0x8769).update({0x9003: f"{taken_at:%Y:%m:%d %H:%M:%S}", 0x9011: "+07:00"})
    if lat is not None and lon is not None:
        exif.get_ifd(0x8825).update({1: "N", 2: _degrees(lat), 3: "E", 4: _degrees(lon)})
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = (value - int(value)) * 60
    return float(int(value)), float(int(minutes)), round((minutes - int(minutes)) * 60, 2)
