"""What a photo is by its content, what it says of its making, and what a derivative no longer says."""

import io
import random
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from inspect_app.exchange.photos import (
    MESSAGES,
    SCREEN,
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


# --- what it says of its making


def test_time_place_device_and_orientation_are_read(whole, written) -> None:
    kind, _ = whole
    make = samples.FORMATS[kind]
    facts = read_capture(written(make(exif_block=samples.exif(orientation=1))))
    assert facts.taken_at == datetime(2026, 3, 2, 1, 15, 30, tzinfo=UTC)  # 08:15:30 in Vietnam
    assert facts.lat == pytest.approx(samples.DUC_PHO[0], abs=1e-6)
    assert facts.lon == pytest.approx(samples.DUC_PHO[1], abs=1e-6)
    assert facts.device == "Quang Ngai Mobile Model-of-sixteen"
    assert facts.orientation == 1


def test_an_offset_in_the_exif_wins_over_the_local_zone(written) -> None:
    facts = read_capture(written(samples.jpeg(exif_block=samples.exif(offset="+09:00"))))
    assert facts.taken_at == datetime(2026, 3, 1, 23, 15, 30, tzinfo=UTC)


def test_southern_and_western_places_are_negative(written) -> None:
    facts = read_capture(written(samples.jpeg(exif_block=samples.exif(place=(-33.5, -70.25)))))
    assert (facts.lat, facts.lon) == (-33.5, -70.25)


@pytest.mark.parametrize("place", [(0.0, 0.0), (91.0, 10.0), (10.0, 181.0), None])
def test_places_that_cannot_be_are_none(place: tuple[float, float] | None, written) -> None:
    facts = read_capture(written(samples.jpeg(exif_block=samples.exif(place=place))))
    assert (facts.lat, facts.lon) == (None, None)
    assert facts.taken_at is not None


@pytest.mark.parametrize(
    "taken", ["0000:00:00 00:00:00", "2026-03-02", "hôm qua", "2026:13:40 25:61:61", None]
)
def test_times_that_cannot_be_are_none(taken: str | None, written) -> None:
    facts = read_capture(written(samples.jpeg(exif_block=samples.exif(taken=taken))))
    assert facts.taken_at is None
    assert facts.lat is not None


def test_a_device_name_in_utf8_is_read_as_written(written) -> None:
    name = "Ngọk Réo 5".encode()
    block = samples.exif().replace(b"Model-of-sixteen", name.ljust(16))
    assert read_capture(written(samples.jpeg(exif_block=block))).device == "Quang Ngai Mobile Ngọk Réo 5"


def test_exif_in_several_segments_is_read_as_one(written) -> None:
    assert read_capture(written(samples.huge_exif_jpeg())).taken_at is not None


def test_capture_facts_of_a_photo_that_lost_its_end_are_still_read(written) -> None:
    data = samples.jpeg()
    assert read_capture(written(data[: len(data) // 2])).taken_at is not None


def test_no_exif_and_no_file_give_empty_facts(whole, written, tmp_path: Path) -> None:
    kind, _ = whole
    facts = read_capture(written(samples.FORMATS[kind](exif_block=b"")))
    assert (facts.taken_at, facts.lat, facts.device) == (None, None, None)
    assert read_capture(tmp_path / "none") == read_capture(written(b"GIF89a"))


# --- derivatives


@pytest.mark.parametrize("box", [THUMB, SCREEN])
def test_a_derivative_carries_no_metadata_at_all(box: int, written, tmp_path: Path) -> None:
    for make in (samples.laden_jpeg, samples.png, samples.webp, samples.heic, samples.multi_picture):
        source = written(make())
        assert samples.SECRET.encode() in source.read_bytes()  # or the test proves nothing
        target = tmp_path / "out.jpg"
        make_derivative(source, target, box)
        data = target.read_bytes()
        assert _segments(data) <= {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA}, make
        assert samples.SECRET.encode() not in data and b"Exif" not in data and b"GPS" not in data
        with Image.open(target) as image:
            assert not image.getexif() and set(image.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }
        assert inspect_file(target).sound


def _segments(data: bytes) -> set[int]:
    """Marker codes up to the first scan."""
    at, seen = 2, set()
    while True:
        marker = data[at + 1]
        seen.add(marker)
        if marker == 0xDA:
            return seen
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp"])
def test_a_derivative_stands_upright(orientation: int, kind: str, written, tmp_path: Path) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition a camera held that way has applied
    upright = samples.draw()
    held = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    source = written(samples.FORMATS[kind](held, exif_block=samples.exif(orientation=orientation)))
    target = tmp_path / "out.jpg"
    make_derivative(source, target, THUMB)
    _assert_upright(target)


def test_a_turned_heic_is_turned_once(written, tmp_path: Path) -> None:
    held = samples.draw().transpose(Image.Transpose.ROTATE_90)
    source = written(samples.heic(held, exif_block=samples.exif(orientation=6)))
    target = tmp_path / "out.jpg"
    make_derivative(source, target, THUMB)
    _assert_upright(target)


def _assert_upright(path: Path) -> None:
    with Image.open(path) as image:
        assert image.size == (320, 240)
        corners = [image.getpixel(at) for at in ((20, 20), (300, 20), (20, 220))]
    assert [max(range(3), key=lambda part: c[part]) for c in corners] == [0, 1, 2]  # red, green, blue


def test_a_derivative_fits_the_box_and_never_grows(written, tmp_path: Path) -> None:
    target = tmp_path / "out.jpg"
    for size, expected in (((2000, 1000), (320, 160)), ((500, 3000), (53, 320)), ((100, 50), (100, 50))):
        make_derivative(written(samples.jpeg(samples.draw(*size))), target, THUMB)
        with Image.open(target) as image:
            assert image.size == expected


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "RGBA", "LA", "I;16"])
def test_every_mode_of_pixels_becomes_rgb(mode: str, written, tmp_path: Path) -> None:
    image = samples.draw().convert("L").convert("I;16") if mode == "I;16" else samples.draw().convert(mode)
    source = written(samples.jpeg(image, b"") if mode == "CMYK" else samples.png(image, b""))
    make_derivative(source, tmp_path / "out.jpg", THUMB)
    with Image.open(tmp_path / "out.jpg") as made:
        assert made.mode == "RGB"


def test_transparent_parts_become_white(written, tmp_path: Path) -> None:
    make_derivative(
        written(samples.png(Image.new("RGBA", (50, 50), (0, 0, 0, 0)))), tmp_path / "out.jpg", THUMB
    )
    with Image.open(tmp_path / "out.jpg") as made:
        assert made.getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_that_cannot_be_decoded_says_so(kind: str, written, tmp_path: Path) -> None:
    data = samples.FORMATS[kind]()
    with pytest.raises(Undecodable) as caught:
        make_derivative(written(data[: len(data) // 2]), tmp_path / "out.jpg", SCREEN)
    assert caught.value.reason == "unreadable"
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize("make", [samples.png_header, samples.jpeg_header])
def test_a_pixel_bomb_is_refused_before_decoding(make, written, tmp_path: Path) -> None:
    for side in (11_000, 50_000):  # between Pillow's warning and error, and far beyond
        with pytest.raises(Undecodable) as caught:
            make_derivative(written(make(side, side)), tmp_path / "out.jpg", SCREEN)
        assert caught.value.reason == "too_many_pixels"


@pytest.mark.parametrize("data", [samples.gif(), b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_only_the_four_formats_are_ever_decoded(data: bytes, written, tmp_path: Path) -> None:
    with pytest.raises(Undecodable):
        make_derivative(written(data), tmp_path / "out.jpg", SCREEN)


def test_inspecting_loads_no_decoder_for_the_pixels(written) -> None:
    """A PNG whose pixel data is rubbish is sound at receipt; only the first view finds out."""
    data = samples.png_header(400, 300)
    path = written(data)
    assert inspect_file(path).sound
    with pytest.raises(Undecodable):
        make_derivative(path, path.with_name("out.jpg"), THUMB)


def test_a_large_jpeg_is_decoded_reduced(tmp_path: Path) -> None:
    """24 megapixels to a thumbnail within 60 MB of growth: 72 MB would be the whole picture."""
    source = tmp_path / "large.jpg"
    out = io.BytesIO()
    Image.new("RGB", (6000, 4000), "teal").save(out, "JPEG")
    source.write_bytes(out.getvalue())
    script = (
        "import resource, sys; from pathlib import Path; from inspect_app.exchange.photos import *;"
        "a=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "make_derivative(Path(sys.argv[1]), Path(sys.argv[2]), THUMB);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss-a)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(source), str(tmp_path / "out.jpg")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert int(done.stdout) < 60_000
