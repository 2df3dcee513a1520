"""What a client says of an upload, read from the headers of tus 1.0 (tus.io/protocols/resumable-upload, 1.0.0).

Our phones send a photo so, in pieces; any other tus client can. Headers in, values out.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

from .problems import N_, BadValue, TooLarge
from .text import nfc

VERSION = "1.0.0"
EXTENSIONS = ("creation", "checksum", "termination", "expiration")
ALGORITHMS = ("sha256", "sha1", "md5")  # of Upload-Checksum
LARGEST = 64 * 1024 * 1024  # bytes of one photo

_WHOLE = re.compile(r"[0-9]{1,15}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Announced:
    """The photo an upload will bring. `submission` and `photo` are ids the phone made, `sha256` of the whole file."""

    submission: str
    photo: str
    sha256: str
    name: str
    size: int


@dataclass(frozen=True)
class Checksum:
    """Of the body of one PATCH, by one of ALGORITHMS."""

    algorithm: str
    digest: bytes

    def fits(self, data: bytes) -> bool:
        return hashlib.new(self.algorithm, data, usedforsecurity=False).digest() == self.digest


def read_announcement(length: str | None, metadata: str | None) -> Announced:
    """Upload-Length and Upload-Metadata; BadValue names the faulty key in its `fields`, TooLarge beyond LARGEST."""
    size = read_number("Upload-Length", length)
    if size > LARGEST:
        raise TooLarge(N_("Ảnh lớn hơn %(limit)s MB nên không nhận được."), limit=LARGEST // 1024**2)
    told = _pairs(metadata or "")
    sha256 = told.get("sha256", "").lower()
    if not _SHA256.fullmatch(sha256):
        raise _odd("sha256")
    return Announced(
        submission=_id(told, "submission"),
        photo=_id(told, "photo"),
        sha256=sha256,
        name=nfc(told.get("filename", ""))[:120],
        size=size,
    )


def read_number(name: str, text: str | None) -> int:
    """A header that is a whole number of bytes."""
    if text is None or not _WHOLE.fullmatch(text):
        raise _odd(name)
    return int(text)


def read_checksum(text: str | None) -> Checksum | None:
    """Upload-Checksum, "sha256 <base64>"; None if the client asks for no check."""
    if text is None:
        return None
    algorithm, _, digest = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise _odd("Upload-Checksum")
    told = _decoded("Upload-Checksum", digest)
    if len(told) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise _odd("Upload-Checksum")
    return Checksum(algorithm, told)


def _pairs(metadata: str) -> dict[str, str]:
    pairs = (pair.strip().partition(" ") for pair in metadata.split(",") if pair.strip())
    return {key: _decoded(key, value).decode("utf-8", "replace") for key, _, value in pairs}


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise _odd(name) from None


def _id(told: dict[str, str], name: str) -> str:
    try:
        return str(UUID(told.get(name, "")))
    except ValueError:
        raise _odd(name) from None


def _odd(name: str) -> BadValue:
    return BadValue(
        N_("Phần khai báo “%(name)s” của lần tải lên thiếu hoặc không đọc được."),
        fields={name: N_("Thiếu hoặc không đọc được.")},
        name=name,
    )
