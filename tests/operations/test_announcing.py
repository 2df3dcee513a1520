"""A visit started on a phone is made once, on its own day; whichever comes first, it or its submission, both count."""

import itertools
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from inspect_app.domain.people import Role
from inspect_app.operations.announcing import Announced, Announcement, announce
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.findings import findings_of
from inspect_app.storage.inspections import InspectionRow, list_events
from inspect_app.storage.submissions import SubmissionRow
from tests.builders import BINH_SON, TODAY, Office

FAIL = {"ny_01": "fail", "ny_01_note": "Bảng treo sau quầy"}
FACTS = {"unit": BINH_SON, "reason": "Phản ánh"}


def told(id: str, started_at: datetime = TODAY, **more: Any) -> Announcement:
    facts = {"unit": BINH_SON, "checklist": "dot-xuat", "version": "2020.1", "reason": "Phản ánh", **more}
    return Announcement(id=id, started_at=started_at, **facts)


def tell(office: Office, announcement: Announcement, by: str = "inspector") -> Announced:
    with office.desk(by) as desk:
        return announce(desk, announcement)


def visit_of(office: Office, id: str) -> InspectionRow | None:
    with office.database.reading() as session:
        return session.get(InspectionRow, id)


def test_a_visit_is_made_once_however_often_it_is_announced(office: Office) -> None:
    id = str(uuid.uuid4())
    first, again = tell(office, told(id)), tell(office, told(id))
    assert (first.outcome, again.outcome) == ("created", "repeated")
    assert first.inspection and again.inspection
    assert first.inspection.number == again.inspection.number == "KT-2026-0001"
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InspectionRow)) == 1
        assert [event.event for event in list_events(session, id)] == ["started"]


@pytest.mark.parametrize(
    ("phone", "offset", "day"),
    [
        (TODAY - timedelta(days=4), 0, date(2026, 11, 18)),
        (TODAY + timedelta(days=2, hours=-30), -2 * 86400, date(2026, 11, 21)),
        (TODAY - timedelta(days=9), 7 * 86400, date(2026, 11, 20)),
        (TODAY + timedelta(days=2), None, date(2026, 11, 22)),
    ],
)
def test_its_day_is_the_one_it_began_on_whatever_the_phones_clock_said(
    office: Office, phone: datetime, offset: int | None, day: date
) -> None:
    made = tell(office, told(str(uuid.uuid4()), phone, clock_offset=offset)).inspection
    assert made and (made.day, made.month) == (day, "2026-11")
    assert made.started_at and made.started_at <= office.now


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"unit": "99999"}, ["unknown_unit"]),
        ({"unit": "535"}, ["unknown_unit"]),
        ({"version": "1999.1"}, ["unknown_version"]),
        ({"checklist": "cap-huyen"}, ["not_offered"]),
        ({"unit": "99999", "checklist": "khong-co"}, ["unknown_unit", "unknown_version"]),
    ],
)
def test_what_cannot_be_made_by_rule_waits_and_is_noted_once(
    office: Office, facts: dict[str, str], reasons: list[str]
) -> None:
    id = str(uuid.uuid4())
    for _ in range(2):
        answer = tell(office, told(id, **facts))
        assert (answer.outcome, answer.inspection, answer.reasons) == ("kept", None, reasons)
    with office.database.reading() as session:
        assert session.scalars(
            select(AuditRow.subject_id).where(AuditRow.act == "inspection_not_made")
        ).all() == [id]


def test_a_unit_outside_ones_area_waits(office: Office) -> None:
    office.person("near", Role.INSPECTOR, "21025")
    assert tell(office, told(str(uuid.uuid4())), by="near").reasons == ["outside_area"]


def test_an_id_that_is_anothers_is_not_taken_over(office: Office) -> None:
    id = str(uuid.uuid4())
    tell(office, told(id))
    assert tell(office, told(id), by="stranger").reasons == ["other_content"]
    assert tell(office, told(id, unit="21025")).reasons == ["other_content"]
    visit = visit_of(office, id)
    assert visit and visit.unit.code == BINH_SON


@pytest.mark.parametrize("order", [*itertools.permutations(("visit", "first", "correction"))])
def test_the_order_of_arrival_does_not_matter(office: Office, order: tuple[str, ...]) -> None:
    """But for a correction that is judged before what it corrects has come: a person must see that."""
    visit, first, correction = (str(uuid.uuid4()) for _ in range(3))
    sends = {
        "visit": lambda: tell(office, told(visit)),
        "first": lambda: office.send(visit, FAIL, id=first, visit=FACTS),
        "correction": lambda: office.send(
            visit, {**FAIL, "ny_02": "fail"}, id=correction, replaces=first, visit=FACTS
        ),
    }
    for name in order:
        office.now += timedelta(seconds=1)
        sends[name]()
    with office.database.reading() as session:
        made = session.get_one(InspectionRow, visit)
        rows = {id: session.get_one(SubmissionRow, id) for id in (first, correction)}
        found = sorted(row.criterion for row in findings_of(session, visit))
    overtaken = order.index("correction") < order.index("first") and order[-1] != "visit"
    if not overtaken:
        assert made.current_submission_id == correction and found == ["NY-01", "NY-02"]
        assert {row.status for row in rows.values()} == {"accepted"}
    else:
        assert made.current_submission_id == first
        assert rows[correction].reasons == ["unknown_replaced"]
    assert all(row.inspection_id == visit for row in rows.values())


def test_what_came_early_with_faults_stays_kept_with_its_faults(office: Office) -> None:
    visit = str(uuid.uuid4())
    sent = office.send(visit, {"ny_02": "fail", "ny_02_n": 11, "ny_02_of": 10}, visit=FACTS)
    assert sent.reasons == ["unknown_inspection"]
    tell(office, told(visit))
    with office.database.reading() as session:
        row = session.get_one(SubmissionRow, sent.submission.id)
        assert (row.status, row.reasons, row.inspection_id) == ("kept", ["faults"], visit)
        assert [fault["question"] for fault in row.faults] == ["ny_02_n"]


def test_what_another_sent_for_the_same_visit_is_not_placed_by_it(office: Office) -> None:
    visit = str(uuid.uuid4())
    other = office.send(visit, FAIL, by="stranger", visit=FACTS)
    unmade = office.send(str(uuid.uuid4()), FAIL, visit={"unit": "99999", "reason": "x"})
    assert unmade.reasons == ["unknown_inspection", "unknown_unit"]
    tell(office, told(visit))
    with office.database.reading() as session:
        assert session.get_one(SubmissionRow, other.submission.id).status == "kept"
