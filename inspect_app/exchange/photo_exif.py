"""What a photo says of its own making: time, place, device, orientation. A hint for the reader, never proof.

The EXIF block is found by the structure walkers and handed to Pillow alone, so that no image plugin opens an unseen
file at receipt and no pixel is decoded.
"""

import math
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image

from .photo_heif import find_heif_exif
from .photo_kinds import identify, walk
from .photo_structure import Flaw

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
EXIF_LIMIT = 1024 * 1024  # bytes read of the EXIF block; cameras write at most 64 KB, some editors more
DEVICE_LENGTH = 120


@dataclass(frozen=True)
class ExifFacts:
    """All optional. `taken_at` aware in UTC; `lat`, `lon` in degrees WGS 84; `orientation` 1-8 as in EXIF."""

    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    device: str | None = None
    orientation: int | None = None


def read_capture(path: Path, zone: tzinfo = VIETNAM) -> ExifFacts:
    """The capture facts of a photo; empty ones where there are none or they are broken. Never raises.

    EXIF 2.31 times without an offset are local times: they are read in `zone`.
    """
    try:
        with path.open("rb") as file:
            block = _exif_block(file, path.stat().st_size)
        return _facts(block, zone) if block else ExifFacts()
    except Exception:  # whatever a camera or a forger wrote there, the photo itself is still received
        return ExifFacts()


def _exif_block(file: BinaryIO, size: int) -> bytes:
    structure = identify(file, size)
    if structure is None:
        return b""
    try:
        if structure.media_type in ("image/heic", "image/heif"):
            span = find_heif_exif(file, size)
            structure.exif = [span] if span else []
        else:
            walk(file, size, structure, to_the_end=False)
    except Flaw:  # what stood before the flaw still counts
        pass
    block, left = b"", EXIF_LIMIT
    for start, end in structure.exif:
        file.seek(start)
        block += file.read(max(0, min(end - start, left)))
        left = EXIF_LIMIT - len(block)
    return block


def _facts(block: bytes, zone: tzinfo) -> ExifFacts:
    exif = Image.Exif()
    exif.load(block)
    details, place = _directory(exif, ExifTags.IFD.Exif), _directory(exif, ExifTags.IFD.GPSInfo)
    lat, lon = _position(place)
    orientation = exif.get(ExifTags.Base.Orientation)
    return ExifFacts(
        taken_at=_taken_at(exif, details, zone),
        lat=lat,
        lon=lon,
        device=_device(exif),
        orientation=orientation if orientation in range(1, 9) else None,
    )


def _directory(exif: Image.Exif, which: ExifTags.IFD) -> dict[int, object]:
    """A sub-directory; one broken directory does not take the others with it."""
    try:
        return dict(exif.get_ifd(which))
    except Exception:
        return {}


def _taken_at(exif: Image.Exif, details: dict[int, object], zone: tzinfo) -> datetime | None:
    tags = ExifTags.Base
    for time, offset in (
        (details.get(tags.DateTimeOriginal), details.get(tags.OffsetTimeOriginal)),
        (details.get(tags.DateTimeDigitized), details.get(tags.OffsetTimeDigitized)),
        (exif.get(tags.DateTime), details.get(tags.OffsetTime)),
    ):
        moment = _moment(_text(time), _text(offset), zone)
        if moment is not None:
            return moment
    return None


def _moment(time: str, offset: str, zone: tzinfo) -> datetime | None:
    try:
        naive = datetime.strptime(time[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (the zone is set below)
    except ValueError:
        return None
    try:
        moment = datetime.strptime(f"{time[:19]}{offset}", "%Y:%m:%d %H:%M:%S%z")
    except ValueError:
        moment = naive.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # year 1 east of Greenwich
        return None


def _position(place: dict[int, object]) -> tuple[float | None, float | None]:
    tags = ExifTags.GPS
    lat = _degrees(place.get(tags.GPSLatitude), _text(place.get(tags.GPSLatitudeRef)), "S", 90)
    lon = _degrees(place.get(tags.GPSLongitude), _text(place.get(tags.GPSLongitudeRef)), "W", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):  # phones without a fix write zeros
        return None, None
    return lat, lon


def _degrees(value: object, reference: str, negative: str, most: int) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(total) or not 0 <= total <= most:
        return None
    return round(-total if reference.upper().startswith(negative) else total, 7)


def _device(exif: Image.Exif) -> str | None:
    make, model = _text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model))
    named = model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()
    return named[:DEVICE_LENGTH] or None


def _text(value: object) -> str:
    """One line of NFC text without control characters: it is shown on screens and in exports."""
    if isinstance(value, str):  # Pillow reads ASCII fields as Latin-1; phones put UTF-8 there
        value = value.encode("latin-1", "replace")
    if not isinstance(value, bytes):
        return ""
    value = value.decode("utf-8", "replace")
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in value[:400])
    return " ".join(unicodedata.normalize("NFC", plain).split())
