"""Pictures made for viewing: smaller, upright, plain sRGB JPEG with every trace of metadata left behind.

Here alone pixels are decoded, at the first view of a photo and under a limit; a file that fails is flagged, not lost.
"""

import io
import threading
from pathlib import Path

import pillow_heif
from PIL import ExifTags, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 (each registers its format)

THUMB = 320  # longest side in pixels
SCREEN = 1600
QUALITY = 82
PIXEL_LIMIT = 100_000_000

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

pillow_heif.register_heif_opener(thumbnails=False)
# The limit is enforced by _open below for exactly this many; Pillow's own stands behind it for its nested readers.
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
# A 100 megapixel picture takes 300 MB while it is decoded: a process decodes two at a time, whatever its threads.
_DECODING = threading.BoundedSemaphore(2)


class Undecodable(Exception):
    """The pixels cannot be read; `reason` is "too_many_pixels" or "unreadable" (photos.MESSAGES)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_derivative(
    source: Path, target: Path, box: int, quality: int = QUALITY, pixel_limit: int = PIXEL_LIMIT
) -> None:
    """Write `source` to `target` as JPEG that fits into box x box pixels, never enlarged. Raises Undecodable.

    OSErrors of writing `target` (a full disk) are passed on: they say nothing about the photo.
    """
    with _DECODING:
        picture = _shrunk(source, box, pixel_limit)
    picture.info.clear()  # comments, EXIF, XMP, ICC: the writer would copy some of them
    with target.open("wb") as file:
        picture.save(
            file, "JPEG", quality=quality, optimize=True, progressive=box > THUMB, exif=b"", icc_profile=b""
        )


def _shrunk(source: Path, box: int, pixel_limit: int) -> Image.Image:
    try:
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > pixel_limit:
                raise Undecodable("too_many_pixels")
            turn = UPRIGHT.get(_orientation(image))
            # reducing_gap makes JPEG decode at 1/2, 1/4 or 1/8 (draft mode): 4 to 10 times faster.
            image.thumbnail((box, box), Image.Resampling.LANCZOS, reducing_gap=2.0)
            picture = _plain(image)
        return picture.transpose(turn) if turn is not None else picture
    except Undecodable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Undecodable("too_many_pixels") from None
    except FileNotFoundError:
        raise
    except (
        Exception
    ) as error:  # plugins raise what their format suggests to them: struct.error, IndexError, ...
        raise Undecodable("unreadable") from error
    except MemoryError:
        raise Undecodable("too_many_pixels") from None


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1-8; broken EXIF shows the photo as it lies. HEIF is turned by its decoder already."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1)) if image.format != "HEIF" else 1
    except Exception:
        return 1


def _plain(image: Image.Image) -> Image.Image:
    """RGB in sRGB on white, as a new image."""
    profile = image.info.get("icc_profile")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        flat = Image.new("RGB", layer.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
    else:
        flat = image
    if profile:
        flat = _in_srgb(flat, profile)
    return flat.convert("RGB") if flat.mode != "RGB" else flat.copy()


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the camera meant them; a profile that is broken or meant for another mode is ignored."""
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(meant).lower():
            return image
        turned = ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return turned or image
    except Exception:
        return image
