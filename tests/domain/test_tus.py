"""What a tus client says of its upload is read strictly; what is odd is refused by name."""

import base64
import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.problems import BadValue, TooLarge
from inspect_app.domain.tus import LARGEST, Announced, read_announcement, read_checksum, read_number

ID, PHOTO, HASH = "0b7d3a55-1111-4111-8111-000000000001", "0b7d3a55-1111-4111-8111-000000000002", "ab" * 32


def metadata(**told: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())


WHOLE = {"submission": ID, "photo": PHOTO, "sha256": HASH, "filename": "Ngọk Réo.jpg"}


def test_an_announcement_is_read() -> None:
    assert read_announcement("300000", metadata(**WHOLE)) == Announced(
        ID, PHOTO, HASH, "Ngọk Réo.jpg", 300000
    )


@pytest.mark.parametrize("missing", ["submission", "photo", "sha256"])
def test_what_is_missing_is_named(missing: str) -> None:
    told = {key: value for key, value in WHOLE.items() if key != missing}
    with pytest.raises(BadValue) as refusal:
        read_announcement("10", metadata(**told))
    assert list(refusal.value.fields) == [missing]


@pytest.mark.parametrize("length", [None, "", "-1", "1.5", "x", "9" * 16])
def test_a_length_is_a_whole_number(length: str | None) -> None:
    with pytest.raises(BadValue):
        read_announcement(length, metadata(**WHOLE))


def test_a_photo_may_not_be_larger_than_the_largest() -> None:
    assert read_announcement(str(LARGEST), metadata(**WHOLE)).size == LARGEST
    with pytest.raises(TooLarge):
        read_announcement(str(LARGEST + 1), metadata(**WHOLE))


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(("sha256", "sha1", "md5")))
def test_a_checksum_fits_its_own_bytes_only(one: bytes, other: bytes, algorithm: str) -> None:
    digest = hashlib.new(algorithm, one).digest()
    checksum = read_checksum(f"{algorithm} {base64.b64encode(digest).decode()}")
    assert checksum and checksum.fits(one)
    assert checksum.fits(other) == (one == other)


@pytest.mark.parametrize("text", ["crc32 AAAA", "sha256", "sha256 ***", ""])
def test_an_odd_checksum_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        read_checksum(text)


@given(st.text(max_size=60))
def test_no_header_ends_in_a_fault(text: str) -> None:
    for read in (
        lambda: read_number("x", text),
        lambda: read_announcement("5", text),
        lambda: read_checksum(text),
    ):
        with contextlib.suppress(BadValue):
            read()
