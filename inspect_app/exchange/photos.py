"""Photos as they arrive: what a file is by its content, whether it is whole, and the sentence for each fault.

Nothing is decoded here. Evidence is judged gently: bytes behind the end of a JPEG or PNG are normal for phones
(MPF pictures, motion photos, trailers) and only reported; a second document of another kind in the file is a fault.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from inspect_app.domain.problems import N_

from .photo_derivatives import SCREEN, THUMB, Undecodable, make_derivative
from .photo_exif import ExifFacts, read_capture
from .photo_kinds import identify, walk
from .photo_structure import PIECE, Flaw, Structure

__all__ = [
    "MESSAGES",
    "PIXEL_LIMIT",
    "SCREEN",
    "THUMB",
    "ExifFacts",
    "PhotoFacts",
    "Undecodable",
    "inspect_file",
    "make_derivative",
    "read_capture",
]

PIXEL_LIMIT = 100_000_000

MESSAGES = {
    "empty": N_(
        "Tệp ảnh rỗng (0 byte): máy chưa lưu xong ảnh. Hãy chụp lại hoặc chọn lại ảnh trong thư viện."
    ),
    "not_a_photo": N_(
        "Tệp này không phải ảnh JPEG, PNG, WebP hoặc HEIC. Hãy chọn ảnh chụp từ điện thoại hoặc máy ảnh."
    ),
    "truncated": N_("Ảnh bị thiếu phần cuối, có thể do đứt mạng khi gửi hoặc khi chép. Hãy gửi lại ảnh gốc."),
    "malformed": N_("Cấu trúc tệp ảnh bị hỏng. Hãy gửi lại ảnh gốc hoặc chụp lại."),
    "too_many_pixels": N_(
        "Ảnh có quá nhiều điểm ảnh. Hãy chụp lại ở kích thước nhỏ hơn hoặc thu nhỏ ảnh rồi gửi lại."
    ),
    "polyglot": N_(
        "Tệp ảnh có kèm dữ liệu loại khác (tệp nén, trang web hoặc tài liệu). Hãy gửi ảnh gốc từ máy, không ghép thêm."
    ),
    "mislabelled": N_("Tên tệp không đúng với loại ảnh bên trong; ảnh đã được nhận theo nội dung thật."),
    "unreadable": N_(
        "Không mở được ảnh này để xem. Tệp gốc vẫn được giữ nguyên; hãy đề nghị chụp lại nếu cần."
    ),
}

EXTENSIONS = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpe": "image/jpeg",
    "jfif": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heic",
    "hif": "image/heic",
}

# Markup that makes a file a web page or a document as well; the longer forms keep chance matches in pixels away.
FOREIGN = re.compile(rb"<!doctype\s+html|<html[\s>]|<script[\s>/]|<svg\s|<\?php\s|%pdf-[12]\.")
PHONE_TRAILER = re.compile(rb"\xff\xd8\xff|.{4}ftyp", re.DOTALL)  # MPF or gain map; motion photo
HEADER_SEARCHED = 64 * 1024
TRAILER_SEARCHED = 1024 * 1024
ZIP_TAIL = 22 + 65535  # end record of a ZIP with its longest comment (APPNOTE 4.3.16)


@dataclass(frozen=True)
class PhotoFacts:
    """`sound` is true when nothing stands against the photo. Sizes in pixels as stored, before orientation.

    `problem`: empty, not_a_photo, truncated, malformed, too_many_pixels, polyglot or None; each has a sentence in
    MESSAGES. `mislabelled` is a note and no fault. `trailing_bytes` follow the picture's proper end.
    """

    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    sound: bool = False
    problem: str | None = None
    mislabelled: bool = False
    trailing_bytes: int = 0


def inspect_file(path: Path, declared_name: str | None = None, pixel_limit: int = PIXEL_LIMIT) -> PhotoFacts:
    """Look at headers and the structural end; whatever the content, this returns. Raises only OSError of the file.

    `declared_name` is the name or media type the sender gave: compared, never believed.
    """
    size = path.stat().st_size
    if size == 0:
        return PhotoFacts(problem="empty")
    with path.open("rb") as file:
        structure = identify(file, size)
        if structure is None:
            return PhotoFacts(problem="not_a_photo")
        problem = _problem(file, size, structure, pixel_limit)
    return PhotoFacts(
        media_type=structure.media_type,
        width=structure.width or None,
        height=structure.height or None,
        sound=problem is None,
        problem=problem,
        mislabelled=_is_mislabelled(declared_name, structure.media_type),
        trailing_bytes=size - structure.end if structure.end else 0,
    )


def _problem(file: BinaryIO, size: int, structure: Structure, pixel_limit: int) -> str | None:
    """The fault to name first: the one that tells the sender most about what to do."""
    flaw = None
    try:
        walk(file, size, structure)
    except Flaw as found:
        flaw = found.slug
    if structure.width * structure.height > pixel_limit:
        return "too_many_pixels"
    if _holds_another_document(file, size, structure.end):
        return "polyglot"
    return flaw


def _holds_another_document(file: BinaryIO, size: int, end: int) -> bool:
    file.seek(0)
    if FOREIGN.search(file.read(HEADER_SEARCHED).lower()):
        return True
    return _ends_as_zip(file, size) or (0 < end < size and _trailer_is_foreign(file, end))


def _trailer_is_foreign(file: BinaryIO, end: int) -> bool:
    file.seek(end)
    searched, overlap = 0, b""
    while searched < TRAILER_SEARCHED:
        piece = file.read(PIECE)
        if not piece or (searched == 0 and PHONE_TRAILER.match(piece)):
            return False
        if FOREIGN.search((overlap + piece).lower()):
            return True
        searched, overlap = searched + len(piece), piece[-16:]
    return False


def _ends_as_zip(file: BinaryIO, size: int) -> bool:
    """A ZIP is read from its end: an end record that points back to a central directory makes one."""
    start = max(0, size - ZIP_TAIL)
    file.seek(start)
    tail = file.read(ZIP_TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return False
    directory = start + at - int.from_bytes(tail[at + 12 : at + 16], "little")
    if directory < 0:
        return False
    file.seek(directory)
    return file.read(4) == b"PK\x01\x02"


def _is_mislabelled(declared: str | None, media_type: str) -> bool:
    if not declared:
        return False
    named = declared.strip().lower()
    if "/" in named and "." not in named:
        claim: str | None = named.replace("image/jpg", "image/jpeg")
    else:
        extension = named.rpartition(".")[2] if "." in named else ""
        if not extension:
            return False
        claim = EXTENSIONS.get(extension)
    return claim is None or claim.replace("heif", "heic") != media_type.replace("heif", "heic")
