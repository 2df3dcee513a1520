"""What a photo is by its content, whether it is whole, and that no bytes whatever make the look at it fail."""

import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspect_app.exchange.photos import (
    MESSAGES,
    THUMB,
    Undecodable,
    inspect_file,
    make_derivative,
    read_capture,
)
from tests import photo_samples as samples

KINDS = sorted(samples.FORMATS)
FAULTS = {"empty", "not_a_photo", "truncated", "malformed", "too_many_pixels", "polyglot"}
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=KINDS)
def whole(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    return request.param, samples.FORMATS[request.param]()


@pytest.fixture
def written(tmp_path: Path):
    def write(data: bytes) -> Path:
        path = tmp_path / "photo"
        path.write_bytes(data)
        return path

    return write


# --- what it is


def test_a_whole_photo_is_known_by_its_content(whole, written) -> None:
    kind, data = whole
    facts = inspect_file(written(data))
    assert (facts.media_type, facts.width, facts.height) == (kind, 400, 300)
    assert facts.sound and facts.problem is None and facts.trailing_bytes == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: samples.jpeg(progressive=True),
        lambda: samples.jpeg(samples.draw().convert("L")),
        lambda: samples.jpeg(samples.draw().convert("CMYK")),
        lambda: samples.jpeg(restart_marker_blocks=4),
        lambda: samples.png(samples.draw().convert("P")),
        lambda: samples.webp(lossless=True),
        lambda: samples.webp(exif_block=b""),
        lambda: samples.heic(exif_block=b""),
        samples.laden_jpeg,
        samples.huge_exif_jpeg,
    ],
)
def test_every_flavour_that_cameras_and_editors_write_is_sound(make, written) -> None:
    facts = inspect_file(written(make()))
    assert facts.sound, facts
    assert (facts.width, facts.height) == (400, 300)


@pytest.mark.parametrize("make", [samples.motion_photo, samples.multi_picture])
def test_what_phones_append_behind_a_jpeg_is_accepted_and_counted(make, written) -> None:
    data = make()
    facts = inspect_file(written(data))
    assert facts.sound
    assert facts.trailing_bytes == len(data) - len(samples_end(data))


def samples_end(data: bytes) -> bytes:
    """The main image: all up to the first EOI that follows its scan."""
    scan = data.index(b"\xff\xda")
    return data[: data.index(b"\xff\xd9", scan) + 2]


def test_a_photo_cut_at_any_byte_is_never_sound(whole, written) -> None:
    _, data = whole
    cuts = {*range(0, 64), *range(len(data) - 40, len(data))}
    cuts |= set(random.Random(1).sample(range(64, len(data) - 40), 120))
    for cut in sorted(cuts):
        facts = inspect_file(written(data[:cut]))
        assert not facts.sound, cut
        assert facts.problem in {"empty", "not_a_photo", "truncated"}, (cut, facts)
        if cut >= 32:
            assert facts.problem == "truncated", (cut, facts)


def test_a_jpeg_cut_inside_the_picture_is_truncated_though_its_thumbnail_ends_well(written) -> None:
    thumbnail = samples.jpeg(samples.draw(40, 30), exif_block=b"")
    block = samples.exif() + thumbnail
    data = samples.jpeg(exif_block=block)
    assert inspect_file(written(data)).sound
    assert inspect_file(written(data[: len(data) // 2])).problem == "truncated"


def test_an_end_that_straddles_two_reads_is_found(written) -> None:
    data = samples.jpeg()
    scan = data.index(b"\xff\xda") + 2 + int.from_bytes(data[data.index(b"\xff\xda") + 2 :][:2], "big")
    for read in (256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1):  # bytes of scan before the EOI
        path = written(data[:scan] + b"\x5a" * read + b"\xff\xd9")
        assert inspect_file(path).sound, read


def test_a_heic_cut_between_two_boxes_is_truncated(written) -> None:
    data = samples.heic()
    assert inspect_file(written(data[: data.index(b"mdat") - 4])).problem == "truncated"


def test_an_empty_file_says_so(written) -> None:
    assert inspect_file(written(b"")).problem == "empty"


@pytest.mark.parametrize(
    "data",
    [
        "Biên bản kiểm tra xã Ngọk Réo".encode(),
        b"<html><body>xin</body></html>",
        b"PK\x03\x04 khong phai anh",
        b"%PDF-1.7\n",
        samples.gif(),
        samples.avif_head(),
        b"RIFF\x04\0\0\0WAVE",
        b"\0" * 5000,
    ],
)
def test_what_is_no_photo_is_refused_whatever_its_name(data: bytes, written) -> None:
    facts = inspect_file(written(data), "anh.jpg")
    assert (facts.problem, facts.media_type, facts.sound) == ("not_a_photo", None, False)


@pytest.mark.parametrize(
    "make", [samples.png_header, samples.jpeg_header, samples.webp_header, samples.heic_header]
)
def test_fifty_thousand_by_fifty_thousand_pixels_are_refused_from_the_header(make, written) -> None:
    facts = inspect_file(written(make(50_000, 50_000)))
    assert (facts.problem, facts.width, facts.height) == ("too_many_pixels", 50_000, 50_000)


def test_the_pixel_limit_is_a_parameter_and_exact(written) -> None:
    path = written(samples.jpeg())
    assert inspect_file(path, pixel_limit=120_000).sound
    assert inspect_file(path, pixel_limit=119_999).problem == "too_many_pixels"


@pytest.mark.parametrize(
    "make", [samples.jpeg_and_zip, samples.jpeg_and_html_comment, samples.jpeg_and_html_trailer]
)
def test_a_file_that_is_two_things_at_once_is_named(make, written) -> None:
    facts = inspect_file(written(make()), "anh.jpg")
    assert facts.problem == "polyglot"
    assert facts.media_type == "image/jpeg"


@pytest.mark.parametrize("kind", ["image/webp", "image/heic"])
def test_nothing_may_follow_a_webp_or_heic(kind: str, written) -> None:
    assert not inspect_file(written(samples.FORMATS[kind]() + b"them vao sau")).sound


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("image/jpeg", "IMG_0001.JPG", False),
        ("image/jpeg", "image/jpeg", False),
        ("image/jpeg", "blob", False),
        ("image/jpeg", None, False),
        ("image/heic", "IMG_0001.heif", False),
        ("image/jpeg", "IMG_0001.png", True),
        ("image/png", "image/jpeg", True),
        ("image/heic", "IMG_0001.jpg", True),
        ("image/webp", "trang.html", True),
    ],
)
def test_a_name_that_lies_is_noted_but_no_fault(kind: str, name: str | None, wrong: bool, written) -> None:
    facts = inspect_file(written(samples.FORMATS[kind]()), name)
    assert facts.sound
    assert facts.mislabelled is wrong
    assert facts.media_type == kind


def test_every_fault_has_a_sentence() -> None:
    assert set(MESSAGES) == FAULTS | {"mislabelled", "unreadable"}
    assert all(text.endswith(".") and len(text) > 40 for text in MESSAGES.values())


def test_a_broken_png_header_is_malformed(written) -> None:
    data = bytearray(samples.png())
    data[18] ^= 1  # width, without its checksum
    assert inspect_file(written(bytes(data))).problem == "malformed"


def test_a_file_made_of_a_million_tiny_chunks_is_given_up_early(written) -> None:
    data = samples.png_header(10, 10)
    header, rest = data[:33], data[33:]
    path = written(header + b"\0\0\0\0teXt\0\0\0\0" * 1_000_000 + rest)
    assert inspect_file(path).problem == "malformed"


# --- whatever comes


@QUICK
@given(
    head=st.sampled_from(
        [
            b"",
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\xff\0\0\0WEBP",
            b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
        ]
    ),
    body=st.binary(max_size=3000),
)
def test_random_bytes_never_raise(head: bytes, body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "random"
    path.write_bytes(head + body)
    facts = inspect_file(path)
    assert facts.problem in FAULTS or facts.sound
    read_capture(path)


@QUICK
@given(
    kind=st.sampled_from(KINDS),
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=12
    ),
    early=st.booleans(),
)
def test_damaged_photos_never_raise(
    kind: str, edits: list[tuple[float, bytes]], early: bool, tmp_path: Path
) -> None:
    data = bytearray(_sample(kind))
    reach = 1200 if early else len(data)
    for where, new in edits:
        at = int(where * (reach - len(new)))
        data[at : at + len(new)] = new
    path = tmp_path / "damaged"
    path.write_bytes(data)
    facts = inspect_file(path)
    assert facts.problem in FAULTS or facts.sound
    read_capture(path)
    try:
        make_derivative(path, tmp_path / "out.jpg", THUMB, pixel_limit=1_000_000)
    except Undecodable as refused:
        assert refused.reason in MESSAGES


_kept: dict[str, bytes] = {}


def _sample(kind: str) -> bytes:
    if kind not in _kept:
        _kept[kind] = samples.FORMATS[kind](samples.draw(120, 90))
    return _kept[kind]


def test_looking_at_a_hundred_megabytes_takes_little_memory(written) -> None:
    data = samples.jpeg()
    cut = data.index(b"\xff\xda") + 40
    path = written(data[:cut] + b"\x5a" * 100_000_000 + data[cut:])
    tracemalloc.start()
    assert inspect_file(path).sound
    read_capture(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000
