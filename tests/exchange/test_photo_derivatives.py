"""What is shown instead of the original: small, upright, plain JPEG that no longer says where it was taken."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from inspect_app.exchange.photos import SCREEN, THUMB, Undecodable, inspect_file, make_derivative
from tests import photo_samples as samples

KINDS = sorted(samples.FORMATS)


@pytest.fixture
def written(tmp_path: Path):
    def write(data: bytes) -> Path:
        path = tmp_path / "photo"
        path.write_bytes(data)
        return path

    return write


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


def test_colours_are_turned_into_srgb_by_the_profile_of_the_photo(written, tmp_path: Path) -> None:
    source = written(samples.jpeg(Image.new("RGB", (60, 60), "red"), icc_profile=samples.swapped_profile()))
    make_derivative(source, tmp_path / "out.jpg", THUMB)
    with Image.open(tmp_path / "out.jpg") as made:
        red, green, _ = made.getpixel((30, 30))
    assert green > 200 and red < 60


def test_a_profile_that_is_rubbish_is_ignored(written, tmp_path: Path) -> None:
    source = written(samples.jpeg(Image.new("RGB", (60, 60), "red"), icc_profile=b"rac" * 100))
    make_derivative(source, tmp_path / "out.jpg", THUMB)
    with Image.open(tmp_path / "out.jpg") as made:
        assert made.getpixel((30, 30))[0] > 200


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


def test_the_pixel_limit_of_a_derivative_is_exact(written, tmp_path: Path) -> None:
    source = written(samples.png())
    make_derivative(source, tmp_path / "out.jpg", THUMB, pixel_limit=120_000)
    with pytest.raises(Undecodable, match="too_many_pixels"):
        make_derivative(source, tmp_path / "out.jpg", THUMB, pixel_limit=119_999)


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
