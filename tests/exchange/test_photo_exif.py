"""When, where and by what a photo was taken, as its EXIF says; nothing it says may break the receipt."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inspect_app.exchange.photos import read_capture
from tests import photo_samples as samples

KINDS = sorted(samples.FORMATS)


@pytest.fixture
def written(tmp_path: Path):
    def write(data: bytes) -> Path:
        path = tmp_path / "photo"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("kind", KINDS)
def test_time_place_device_and_orientation_are_read(kind: str, written) -> None:
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


@pytest.mark.parametrize("kind", KINDS)
def test_no_exif_and_no_file_give_empty_facts(kind: str, written, tmp_path: Path) -> None:
    facts = read_capture(written(samples.FORMATS[kind](exif_block=b"")))
    assert (facts.taken_at, facts.lat, facts.device) == (None, None, None)
    assert read_capture(tmp_path / "none") == read_capture(written(b"GIF89a"))
