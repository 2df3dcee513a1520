"""Photo files for tests, good and bad, made on the spot: nothing is checked in and every byte has a reason."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageDraw

pillow_heif.register_heif_opener()

DEVICE = ("Quang Ngai Mobile", "Model-of-sixteen")
DUC_PHO = (14.8121, 108.9583)  # degrees north, east
SECRET = "vi-tri-bi-mat"  # stands in every metadata block; must never reach a derivative


def draw(width: int = 400, height: int = 300) -> Image.Image:
    """A picture whose corner colours tell how it was turned: red top left, green top right, blue bottom left."""
    image = Image.effect_noise((width, height), 40).convert("RGB")
    pen = ImageDraw.Draw(image)
    w, h = width // 4, height // 4
    pen.rectangle((0, 0, w, h), "red")
    pen.rectangle((width - w, 0, width, h), "lime")
    pen.rectangle((0, height - h, w, height), "blue")
    return image


def exif(
    taken: str | None = "2026:03:02 08:15:30",
    offset: str | None = None,
    place: tuple[float, float] | None = DUC_PHO,
    orientation: int | None = None,
    note: str = SECRET,
) -> bytes:
    """An EXIF block with its header, as cameras write it."""
    block = Image.Exif()
    block[ExifTags.Base.Make], block[ExifTags.Base.Model] = DEVICE
    block[ExifTags.Base.ImageDescription] = note
    if orientation is not None:
        block[ExifTags.Base.Orientation] = orientation
    details = block.get_ifd(ExifTags.IFD.Exif)
    if taken is not None:
        details[ExifTags.Base.DateTimeOriginal] = taken
    if offset is not None:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    if place is not None:
        gps = block.get_ifd(ExifTags.IFD.GPSInfo)
        for value, tag, names in (
            (place[0], ExifTags.GPS.GPSLatitude, "NS"),
            (place[1], ExifTags.GPS.GPSLongitude, "EW"),
        ):
            gps[tag] = _degrees(abs(value))
            gps[tag - 1] = names[value < 0]
    return block.tobytes()


def _degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    seconds = Fraction(round((value - whole - minutes / 60) * 3600 * 1000), 1000)
    return Fraction(whole), Fraction(minutes), seconds


def jpeg(image: Image.Image | None = None, exif_block: bytes | None = None, **more: object) -> bytes:
    return _saved(image, "JPEG", exif() if exif_block is None else exif_block, **{"quality": 85, **more})


def png(image: Image.Image | None = None, exif_block: bytes | None = None, **more: object) -> bytes:
    return _saved(image, "PNG", exif() if exif_block is None else exif_block, **more)


def webp(image: Image.Image | None = None, exif_block: bytes | None = None, **more: object) -> bytes:
    return _saved(image, "WEBP", exif() if exif_block is None else exif_block, **more)


def heic(image: Image.Image | None = None, exif_block: bytes | None = None, **more: object) -> bytes:
    return _saved(image, "HEIF", exif() if exif_block is None else exif_block, **more)


def _saved(image: Image.Image | None, kind: str, exif_block: bytes, **more: object) -> bytes:
    out = io.BytesIO()
    if exif_block:
        more["exif"] = exif_block
    (image or draw()).save(out, kind, **more)
    return out.getvalue()


FORMATS: dict[str, Callable[..., bytes]] = {
    "image/jpeg": jpeg,
    "image/png": png,
    "image/webp": webp,
    "image/heic": heic,
}


def laden_jpeg(**more: object) -> bytes:
    """A JPEG with everything a phone or an editor may leave in it: EXIF, GPS, XMP, a foreign ICC profile, a comment."""
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><note>{SECRET}</note></x:xmpmeta>".encode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    return jpeg(xmp=xmp, comment=SECRET.encode(), icc_profile=profile, **more)


def swapped_profile() -> bytes:
    """A colour profile in which red and green have changed places: it shows whether profiles are obeyed."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data = data.replace("sRGB".encode("utf-16-be"), "doi!".encode("utf-16-be")).replace(b"sRGB b", b"doi! b")
    at = {bytes(data[n : n + 4]): n for n in range(132, 132 + 12 * int.from_bytes(data[128:132], "big"), 12)}
    red, green = at[b"rXYZ"] + 4, at[b"gXYZ"] + 4
    data[red : red + 8], data[green : green + 8] = data[green : green + 8], data[red : red + 8]
    return bytes(data)


def huge_exif_jpeg() -> bytes:
    """Sixty-four-kilobyte EXIF three times over, as an editor splits it into several segments."""
    plain = jpeg(exif_block=b"")
    block = exif(note="x" * 180_000)[6:]
    parts = [block[at : at + 65_000] for at in range(0, len(block), 65_000)]
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 8) + b"Exif\0\0" + part for part in parts)
    return plain[:2] + segments + plain[2:]


def motion_photo() -> bytes:
    """A JPEG with an MP4 behind its EOI, as Android phones write it."""
    return jpeg() + struct.pack(">I", 24) + b"ftypmp42\0\0\0\0mp42isom" + struct.pack(">I", 8) + b"mdat"


def multi_picture() -> bytes:
    """A JPEG with a second JPEG behind its EOI (MPF, gain maps of HDR)."""
    return jpeg() + jpeg(draw(80, 60), exif_block=b"")


def jpeg_and_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "hai trong một")
    out = io.BytesIO(jpeg() + packed.getvalue())
    with zipfile.ZipFile(out, "a") as archive:  # lets the offsets count from the start of the whole file
        archive.writestr("b.txt", "ba")
    return out.getvalue()


def jpeg_and_html_comment() -> bytes:
    return jpeg(comment=b"<html><script>alert(1)</script></html>")


def jpeg_and_html_trailer() -> bytes:
    return jpeg() + b"\n<!DOCTYPE html><html><body>xin</body></html>"


def png_header(width: int, height: int) -> bytes:
    """A few bytes of PNG that promise a picture of any size."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 10)),
        (b"IEND", b""),
    ]
    chunks = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg_header(width: int, height: int) -> bytes:
    """A real small JPEG whose frame header promises a picture of any size."""
    data = bytearray(jpeg(draw(16, 16), exif_block=b""))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_header(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic_header(width: int, height: int) -> bytes:
    return heic().replace(
        b"ispe\0\0\0\0" + struct.pack(">II", 400, 300), b"ispe\0\0\0\0" + struct.pack(">II", width, height)
    )


def gif() -> bytes:
    return _saved(draw(20, 20).convert("P"), "GIF", b"")


def avif_head() -> bytes:
    return struct.pack(">I", 28) + b"ftypavif\0\0\0\0avifmif1miaf" + struct.pack(">I", 8) + b"mdat"
