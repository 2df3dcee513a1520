"""What was kept is settled by a person: placed or set aside, never deleted, never twice, and no secret is told."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from inspect_app.domain.people import Role
from inspect_app.domain.problems import BadValue, Conflict, Forbidden, NotFound
from inspect_app.operations import settling
from inspect_app.operations.announcing import Announcement, announce
from inspect_app.operations.receiving import Receipt
from inspect_app.storage.findings import findings_of
from inspect_app.storage.inspections import CampaignRow, InspectionRow, list_events
from inspect_app.storage.kept import (
    get_document,
    list_kept,
    list_other_contents,
    list_possible_inspections,
    list_settlements,
)
from inspect_app.storage.submissions import SubmissionDocumentRow, SubmissionRow
from tests.builders import BINH_SON, Office

GOOD = {"ny_01": "fail", "ny_01_note": "Bảng treo khuất", "ny_02": "pass"}
FAULTY = {**GOOD, "ny_02": "fail", "ny_02_n": 11, "ny_02_of": 10}


def place(
    office: Office, receipt: Receipt, inspection: str | None = None, by: str = "reviewer"
) -> SubmissionRow:
    with office.desk(by, Role.REVIEWER) as desk:
        return settling.place(desk, receipt.submission.id, inspection)


def states(office: Office, inspection: str) -> dict[str, str]:
    with office.database.reading() as session:
        return {row.criterion: row.state for row in findings_of(session, inspection)}


def current(office: Office, inspection: str) -> str | None:
    with office.database.reading() as session:
        return session.get_one(InspectionRow, inspection).current_submission_id


def kept_ids(office: Office, by: str = "reviewer", role: Role = Role.REVIEWER) -> list[str]:
    with office.desk(by, role) as desk:
        return [row.id for row in list_kept(desk.session, desk.viewer)]


def test_a_submission_with_faults_is_placed_as_it_is(office: Office) -> None:
    visit = office.visit()
    sent = office.send(visit, FAULTY)
    assert sent.reasons == ["faults"] and kept_ids(office) == [sent.submission.id]
    assert states(office, visit) == {}
    row = place(office, sent)
    assert (row.status, row.settled_by) == ("placed", office.people["reviewer"])
    assert states(office, visit) == {"NY-01": "reported", "NY-02": "reported"}
    assert current(office, visit) == sent.submission.id and kept_ids(office) == []


def test_a_second_submission_of_a_teammate_takes_the_place_of_the_first_which_stays(office: Office) -> None:
    visit = office.plan(BINH_SON, "inspector", "mate")
    first = office.send(visit, {**GOOD, "ny_02": "fail"})
    second = office.send(visit, GOOD, by="mate")
    assert second.reasons == ["second_submission"] and current(office, visit) == first.submission.id
    place(office, second)
    assert states(office, visit) == {"NY-01": "reported", "NY-02": "withdrawn"}
    with office.database.reading() as session:
        events = [(event.event, event.detail.get("submission")) for event in list_events(session, visit)]
        assert session.get_one(SubmissionRow, first.submission.id).answers["ny_02"] == "fail"
    assert [item for item in events if item[0] in ("submitted", "submission_placed")] == [
        ("submitted", first.submission.id),
        ("submitted", second.submission.id),
        ("submission_placed", second.submission.id),
    ]


def test_a_submission_for_a_closed_campaign_is_placed(office: Office) -> None:
    visit = office.plan(BINH_SON, "inspector")
    with office.desk("inspector") as desk:
        from inspect_app.operations.inspecting import start_planned

        start_planned(desk, visit)
    with office.desk("head", Role.HEAD) as desk:
        desk.session.scalars(select(CampaignRow)).one().closed_at = desk.now
    sent = office.send(visit, GOOD)
    assert sent.reasons == ["closed_campaign"]
    place(office, sent)
    assert states(office, visit) == {"NY-01": "reported"}


def test_one_sent_by_somebody_of_no_team_and_to_no_known_visit_is_read_anew_and_placed(
    office: Office,
) -> None:
    visit = office.visit()
    stranger = office.send(visit, GOOD, by="stranger")
    assert stranger.reasons == ["not_a_member"]
    lost = office.send(
        str(uuid.uuid4()), {**GOOD, "ny_02": "fail", "ny_02_n": "3", "ny_02_of": "10"}, by="lost"
    )
    assert lost.reasons == ["unknown_inspection"] and lost.submission.answers["ny_02_n"] == "3"
    with pytest.raises(BadValue):
        place(office, lost)
    place(office, stranger)
    row = place(office, lost, visit)
    assert row.inspection_id == visit and row.answers["ny_02_n"] == 3, "typed by the checklist of the visit"
    with office.database.reading() as session:
        found = {item.criterion: item for item in findings_of(session, visit)}
        document = get_document(session, row.id, row.content_hash).document
    assert (found["NY-02"].n, found["NY-02"].of) == (3, 10)
    assert document["answers"]["ny_02_n"] == "3", "the words as they came stay"


def test_an_unknown_version_waits_until_it_is_published(office: Office) -> None:
    visit = office.visit()
    sent = office.send(visit, GOOD, version="2099.1")
    assert "unknown_version" in sent.reasons
    with pytest.raises(Conflict, match="2099"):
        place(office, sent)
    assert kept_ids(office) == [sent.submission.id]


def test_a_planned_visit_begins_on_the_day_the_team_was_there(office: Office) -> None:
    visit = office.plan(BINH_SON, "inspector", kind="scheduled", checklist="cap-xa")
    there = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    sent = office.send(visit, FAULTY, checklist="cap-xa", started_at=there, finished_at=there)
    assert sent.reasons == ["faults"]
    place(office, sent)
    with office.database.reading() as session:
        row = session.get_one(InspectionRow, visit)
    assert (row.day.isoformat(), row.started_at, row.state) == ("2026-11-20", there, "submitted")


def test_it_is_settled_once(office: Office) -> None:
    visit = office.visit()
    sent = office.send(visit, FAULTY)
    place(office, sent)
    assert place(office, sent).status == "placed", "a double click is no conflict"
    with pytest.raises(Conflict):
        place(office, sent, by="other")
    with pytest.raises(Conflict), office.desk("other", Role.REVIEWER) as desk:
        settling.set_aside(desk, sent.submission.id, "Trùng")
    with office.database.reading() as session:
        assert [event.event for event in list_events(session, visit)].count("submitted") == 1


def test_an_approved_visit_takes_no_submission_and_keeps_it(office: Office) -> None:
    from inspect_app.operations import reviewing

    visit = office.visit()
    office.send(visit, {"ny_01": "pass"})
    with office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.approve(desk, visit)
    late = office.send(visit, GOOD, replaces=current(office, visit))
    assert late.reasons == ["closed_inspection"]
    with pytest.raises(Conflict):
        place(office, late)
    assert kept_ids(office) == [late.submission.id] and states(office, visit) == {}


def test_set_aside_needs_a_reason_and_deletes_nothing(office: Office) -> None:
    visit = office.visit()
    sent = office.send(visit, FAULTY)
    with pytest.raises(BadValue), office.desk("reviewer", Role.REVIEWER) as desk:
        settling.set_aside(desk, sent.submission.id, "  ")
    with office.desk("reviewer", Role.REVIEWER) as desk:
        settling.set_aside(desk, sent.submission.id, "Gửi thử")
        lines = list_settlements(desk.session, sent.submission.id)
    assert [(line.act, line.detail.get("reason")) for line in lines] == [
        ("submission_kept", None),
        ("submission_set_aside", "Gửi thử"),
    ]
    assert kept_ids(office) == [] and states(office, visit) == {}
    with office.database.reading() as session:
        assert session.get_one(SubmissionRow, sent.submission.id).answers["ny_01"] == "fail"


def test_another_content_is_seen_and_set_aside_and_stays(office: Office) -> None:
    visit, id = office.visit(), str(uuid.uuid4())
    first = office.send(visit, GOOD, id=id)
    office.send(visit, {"ny_01": "pass"}, id=id)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        other = list_other_contents(desk.session, desk.viewer)[0]
        assert (other.submission_id, other.number) == (id, "KT-2026-0001")
        with pytest.raises(Conflict):
            settling.set_document_aside(desk, id, first.submission.content_hash, "Trùng")
        with pytest.raises(BadValue):
            settling.set_document_aside(desk, id, other.content_hash, "")
        settling.set_document_aside(desk, id, other.content_hash, "Gửi thử")
        assert list_other_contents(desk.session, desk.viewer) == []
        count = desk.session.scalar(select(func.count()).select_from(SubmissionDocumentRow))
    assert count == 2
    with pytest.raises(Exception, match="only grows"), office.desk("reviewer", Role.REVIEWER) as desk:
        desk.session.execute(delete(SubmissionDocumentRow))


def test_a_planned_surprise_is_told_to_no_reviewer_by_what_was_kept_for_it(office: Office) -> None:
    secret = office.plan(BINH_SON, "inspector")
    own = office.send(secret, FAULTY)
    other = office.send(secret, GOOD, by="stranger")
    assert (own.reasons, other.reasons) == (["faults"], ["unknown_inspection"])
    assert kept_ids(office) == [other.submission.id], "the team's own one would tell"
    assert sorted(kept_ids(office, "head", Role.HEAD)) == sorted([own.submission.id, other.submission.id])
    for inspection in (None, secret):
        with pytest.raises(NotFound):
            place(office, own, inspection)
    with pytest.raises(NotFound):
        place(office, other, secret)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        assert list_possible_inspections(desk.session, desk.viewer, office.people["inspector"]) == []
        (row,) = list_kept(desk.session, desk.viewer)
        assert (row.inspection_id, row.number, row.unit_id) == (None, None, None)
    with office.desk("head", Role.HEAD) as desk:
        assert settling.place(desk, own.submission.id).status == "placed"


@pytest.mark.parametrize(
    "role", [Role.INSPECTOR, Role.ADMIN, Role.LEADER, Role.INTERNAL_AFFAIRS, Role.UNIT_OFFICER]
)
def test_only_those_who_may_settle_do(office: Office, role: Role) -> None:
    sent = office.send(office.visit(), FAULTY)
    with office.desk(f"other-{role}", role) as desk:
        for act in (
            lambda: settling.place(desk, sent.submission.id),
            lambda: settling.set_aside(desk, sent.submission.id, "x"),
            lambda: settling.set_document_aside(desk, sent.submission.id, "0" * 64, "x"),
        ):
            with pytest.raises(Forbidden):
                act()


FACTS = {"unit": BINH_SON, "reason": "Phản ánh của dân"}


def in_new_visit(office: Office, submission: str, by: str = "reviewer", **more: Any) -> SubmissionRow:
    wanted = {"unit": BINH_SON, "day": office.now.date(), "reason": "Phản ánh của dân", **more}
    with office.desk(by, Role.REVIEWER) as desk:
        return settling.place_in_new_visit(desk, submission, settling.WantedVisit(**wanted))


def test_what_names_no_visit_we_know_is_placed_in_a_new_one_of_its_sender(office: Office) -> None:
    named = str(uuid.uuid4())
    started = office.now + timedelta(days=2, hours=-26)
    sent = office.send(named, GOOD, visit=FACTS, started_at=started, clock_offset=-2 * 86400)
    day = date(2026, 11, 21)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        row = desk.session.get_one(SubmissionRow, sent.submission.id)
        assert settling.began_at(row).astimezone(desk.zone).date() == day
    for _ in range(2):
        row = in_new_visit(office, sent.submission.id, unit="binh son", day=day)
    assert (row.status, row.inspection_id) == ("placed", named), "the id that its phone knows the visit by"
    with office.database.reading() as session:
        visit = session.get_one(InspectionRow, named)
        assert (visit.kind, visit.day, visit.state, visit.unit.code) == (
            "surprise",
            day,
            "submitted",
            BINH_SON,
        )
        assert [member.person_id for member in visit.members] == [office.people["inspector"]]
        assert visit.number == "KT-2026-0001" and visit.reason == "Phản ánh của dân"
        assert session.scalar(select(func.count()).select_from(InspectionRow)) == 1
    assert states(office, named) == {"NY-01": "reported"}
    with office.desk() as desk:
        told = Announcement(named, BINH_SON, "dot-xuat", "2020.1", "Phản ánh", started)
        assert announce(desk, told).outcome == "repeated", "its phone finds the visit made"
    corrected = office.send(named, {**GOOD, "ny_02": "fail"}, replaces=sent.submission.id)
    assert corrected.status == "received"


def test_a_name_that_is_anothers_visit_is_not_taken(office: Office) -> None:
    foreign = office.plan(BINH_SON, "mate")
    sent = office.send(foreign, GOOD, visit=FACTS)
    assert sent.reasons == ["unknown_inspection"]
    row = in_new_visit(office, sent.submission.id)
    assert row.inspection_id != foreign


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"unit": ""}, {"unit"}),
        ({"unit": "bình"}, {"unit"}),
        ({"unit": "Huyện Bình Sơn"}, {"unit"}),
        ({"day": None}, {"day"}),
        ({"day": date(2026, 11, 23)}, {"day"}),
        ({"reason": " "}, {"visit_reason"}),
        ({"unit": "", "day": None, "reason": ""}, {"unit", "day", "visit_reason"}),
    ],
)
def test_a_new_visit_needs_its_office_day_and_reason(
    office: Office, wrong: dict[str, Any], fields: set[str]
) -> None:
    sent = office.send(str(uuid.uuid4()), GOOD, visit=FACTS)
    with pytest.raises(BadValue) as problem:
        in_new_visit(office, sent.submission.id, **wrong)
    assert set(problem.value.fields) == fields
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InspectionRow)) == 0


def test_what_has_its_visit_gets_no_second_one(office: Office) -> None:
    sent = office.send(office.visit(), FAULTY)
    with pytest.raises(Conflict):
        in_new_visit(office, sent.submission.id)
