"""The table of law at its page: dated rows that never overlap, corrections noted, findings untouched."""

from datetime import date

import pytest

from inspect_app.domain.people import Role
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.checklists import LawRow, law_texts
from tests.doors import Doors, Visitor, seen

NEW = {
    "key": "thu.nghiem", "text": "Điều 5 Nghị định số 1/2026/NĐ-CP", "note": "", "valid_from": "2026-01-01",
    "valid_to": "",
}  # fmt: skip


def admin(doors: Doors) -> Visitor:
    return doors.visitor("quantri", Role.ADMIN)


def rows(doors: Doors, key: str = "thu.nghiem") -> list[tuple[date, date | None, str]]:
    with doors.office.database.reading() as session:
        found = session.query(LawRow).filter_by(key=key).order_by(LawRow.valid_from)
        return [(row.valid_from, row.valid_to, row.text) for row in found]


def number(doors: Doors, day: date) -> int:
    with doors.office.database.reading() as session:
        return session.query(LawRow).filter_by(key="thu.nghiem", valid_from=day).one().id


def test_the_table_tells_text_days_and_the_criteria_that_rest_on_a_key(doors: Doors) -> None:
    page = seen(admin(doors).get("/law?q=gq-01"))
    assert "bpmc.chuyen_ho_so" in page
    assert "Điều 18 Nghị định số 61/2018/NĐ-CP" in page
    assert "GQ-01" in page
    assert "21/06/2018 – 30/06/2025" in page


def test_a_new_text_may_end_the_one_before_it_on_its_day(doors: Doors) -> None:
    admin(doors).post("/law/new", **NEW)
    admin(doors).post(
        "/law/new", **NEW | {"text": "Điều 6", "valid_from": "01/03/2027", "ends_previous": "y"}
    )
    assert rows(doors) == [
        (date(2026, 1, 1), date(2027, 3, 1), NEW["text"]), (date(2027, 3, 1), None, "Điều 6"),
    ]  # fmt: skip
    with doors.office.database.reading() as session:
        texts = [law_texts(session, ("thu.nghiem",), day) for day in (date(2027, 2, 28), date(2027, 3, 1))]
    assert texts == [{"thu.nghiem": NEW["text"]}, {"thu.nghiem": "Điều 6"}]


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-06-01", ""), ("2025-01-01", ""), ("2025-01-01", "2026-01-02"), ("2026-01-01", "2026-02-01")],
)
def test_rows_of_one_key_never_overlap(doors: Doors, start: str, end: str) -> None:
    admin(doors).post("/law/new", **NEW)
    page = admin(doors).post("/law/new", 409, **NEW | {"valid_from": start, "valid_to": end})
    assert "chồng lên dòng 01/01/2026 – …" in seen(page)
    assert len(rows(doors)) == 1


def test_a_row_before_another_and_touching_it_is_taken(doors: Doors) -> None:
    admin(doors).post("/law/new", **NEW)
    admin(doors).post("/law/new", **NEW | {"valid_from": "2025-01-01", "valid_to": "2026-01-01"})
    assert len(rows(doors)) == 2


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"key": "Khóa Sai"}, "Mã căn cứ gồm"), ({"text": " "}, "Hãy ghi căn cứ"), ({"text": "x" * 601}, "dài quá"),
        ({"valid_from": ""}, "Hãy ghi ngày bắt đầu"), ({"valid_from": "hôm qua"}, "Hãy ghi ngày bắt đầu"),
        ({"valid_to": "2025-12-31"}, "phải sau ngày bắt đầu"),
    ],
)  # fmt: skip
def test_a_faulty_row_is_told_and_not_written(doors: Doors, change: dict[str, str], fault: str) -> None:
    assert fault in seen(admin(doors).post("/law/new", 422, **NEW | change))
    assert rows(doors) == []


def test_ending_a_row_and_taking_the_end_back(doors: Doors) -> None:
    admin(doors).post("/law/new", **NEW)
    path = f"/law/{number(doors, date(2026, 1, 1))}"
    admin(doors).post(path, action="end", valid_to="2026-12-01")
    assert rows(doors)[0][1] == date(2026, 12, 1)
    admin(doors).post(path, 422, action="end", valid_to="2026-01-01")
    admin(doors).post(path, 422, action="end", valid_to="31/02/2027")
    assert rows(doors)[0][1] == date(2026, 12, 1), "an unreadable day is no day without end"
    admin(doors).post("/law/new", **NEW | {"valid_from": "2026-12-01"})
    admin(doors).post(path, 409, action="end", valid_to="")
    admin(doors).post(path, action="end", valid_to="2026-11-01")
    assert rows(doors)[0][1] == date(2026, 11, 1)


def test_a_correction_keeps_the_days_and_notes_both_texts(doors: Doors) -> None:
    me = admin(doors)
    me.post("/law/new", **NEW)
    me.post(f"/law/{number(doors, date(2026, 1, 1))}", action="correct", text="Điều 7\n mới", note="")
    assert rows(doors) == [(date(2026, 1, 1), None, "Điều 7 mới")]
    with doors.office.database.reading() as session:
        line = session.query(AuditRow).filter_by(act="law_corrected").one()
        assert (line.person_id, line.detail["before"], line.detail["after"]) == (
            me.person_id,
            NEW["text"],
            "Điều 7 mới",
        )
    page = seen(me.get("/audit?act=law_corrected"))
    assert f"sửa căn cứ thu.nghiem: từ “{NEW['text']}” thành “Điều 7 mới”" in page


def test_only_an_administrator_opens_these_pages(doors: Doors) -> None:
    for role in set(Role) - {Role.ADMIN}:
        visitor = doors.visitor(f"v.{role.value}", role)
        visitor.get("/law", 403)
        visitor.get("/law/1", 403)
        visitor.post("/law/new", 403, **NEW)
