"""Who looks at a submission is told of the phones it came from: a clock that is off, two phones put together."""

import pytest

from inspect_app.domain.people import Role
from tests.builders import BINH_SON
from tests.doors import Doors, seen

FAIL = {"ny_01": "fail", "ny_01_note": "Bảng treo sau quầy"}


def page(doors: Doors, path: str) -> str:
    return seen(doors.visitor("chuyenvien", Role.REVIEWER).get(path))


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (-(2 * 86400 + 180), "Đồng hồ điện thoại nhanh 2 ngày 3 phút so với máy chủ lúc gửi."),
        (-(86400 + 3660), "Đồng hồ điện thoại nhanh 1 ngày 1 giờ 1 phút so với máy chủ lúc gửi."),
        (7 * 3600, "Đồng hồ điện thoại chậm 7 giờ so với máy chủ lúc gửi."),
        (121, "Đồng hồ điện thoại chậm 2 phút so với máy chủ lúc gửi."),
    ],
)
def test_a_clock_that_is_off_is_told_in_both_directions(doors: Doors, offset: int, words: str) -> None:
    visit = doors.office.visit()
    sent = doors.office.send(visit, FAIL, clock_offset=offset).submission
    for path in (f"/review/{visit}", f"/review/submissions/{sent.id}"):
        assert words in page(doors, path)
    kept = doors.office.send(visit, FAIL, version="1999.1", clock_offset=offset).submission
    assert words in page(doors, f"/kept/{kept.id}")


@pytest.mark.parametrize("offset", [None, 0, 119, -120])
def test_a_clock_that_is_right_enough_is_no_matter(doors: Doors, offset: int | None) -> None:
    visit = doors.office.visit()
    doors.office.send(visit, FAIL, clock_offset=offset)
    assert "Đồng hồ điện thoại" not in page(doors, f"/review/{visit}")


def test_a_submission_put_together_from_two_phones_says_whose(doors: Doors) -> None:
    visit = doors.office.plan(BINH_SON, "one", "two", day=doors.office.now.date())
    first = doors.office.send(visit, FAIL, by="one", base={}).submission
    merged = doors.office.send(visit, {"ny_02": "fail"}, by="two", base={}).submission
    for path in (f"/review/{visit}", f"/review/submissions/{merged.id}"):
        text = page(doors, path)
        assert "Gộp từ hai điện thoại: của two và của one." in text
        assert f"2 câu trả lời lấy từ phiếu {first.code}" in text
    assert "Gộp từ hai điện thoại" not in page(doors, f"/review/submissions/{first.id}")


def test_who_settles_a_disagreement_sees_both_answers(doors: Doors) -> None:
    visit = doors.office.plan(BINH_SON, "one", "two", day=doors.office.now.date())
    first = doors.office.send(visit, FAIL, by="one", base={}).submission
    kept = doors.office.send(visit, {"ny_01": "pass"}, by="two", base={}).submission
    text = page(doors, f"/kept/{kept.id}")
    assert "Hai phiếu trả lời khác nhau" in text
    assert f"Phiếu {first.code} · one" in text and "Phiếu này · two" in text
    assert "Không đạt" in text and "Đạt" in text
    assert "Hai phiếu" not in page(doors, f"/review/submissions/{first.id}")
