"""Receiving: once, whole, nothing refused, nothing overwritten; findings follow the current submission."""

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from inspect_app.domain.people import Role
from inspect_app.operations import planning, reviewing
from inspect_app.operations.receiving import Receipt
from inspect_app.storage.findings import FindingRow, findings_of, list_finding_events
from inspect_app.storage.inspections import InspectionRow, list_events
from inspect_app.storage.submissions import SubmissionDocumentRow, SubmissionRow
from tests.builders import BINH_SON, Office

FOUR_FAULTS = {
    "ny_01": "pass",
    "ny_02": "fail", "ny_02_n": 7, "ny_02_of": 10, "ny_02_note": "Thiếu ba thủ tục đất đai", "ny_02_cause": "nhan_su",
    "ns_01": "fail", "ns_01_n": 2, "ns_01_of": 4,
    "tn_03": "fail", "tn_03_n": 3, "tn_03_of": 10, "tn_03_responsible": "cong an xa binh son",
    "gq_04": "fail",
    "pa_05": "fail",
}  # fmt: skip


def findings(office: Office, inspection: str) -> dict[str, FindingRow]:
    with office.database.reading() as session:
        return {row.criterion: row for row in findings_of(session, inspection)}


def decide(
    office: Office, inspection: str, criterion: str, decision: str = "confirm", reason: str = ""
) -> None:
    with office.desk("reviewer", Role.REVIEWER) as desk:
        row = next(row for row in findings_of(desk.session, inspection) if row.criterion == criterion)
        reviewing.decide(desk, row.id, row.version, decision, reason)


def count(office: Office, table: Any) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_submission_is_received_and_its_findings_derived(office: Office) -> None:
    visit = office.visit()
    receipt = office.send(visit, FOUR_FAULTS)
    assert (receipt.outcome, receipt.status) == ("created", "received")
    found = findings(office, visit)
    assert sorted(found) == ["GQ-04", "NS-01", "NY-02", "TN-03"], (
        "PA-05 has no severity and never yields a finding"
    )
    assert (found["NY-02"].n, found["NY-02"].of, found["NY-02"].severity) == (7, 10, 2)
    assert found["NY-02"].wording == "Thiếu ba thủ tục đất đai"
    assert found["NY-02"].law and found["NY-02"].state == "reported"
    assert found["TN-03"].responsible == "Công an xã Bình Sơn", "a known body is written as it is called"
    assert found["TN-03"].code == "KT-2026-0001-TN-03"


def test_the_same_content_again_is_the_same_receipt(office: Office) -> None:
    visit, id = office.visit(), str(uuid.uuid4())
    first = office.send(visit, FOUR_FAULTS, id=id)
    again = office.send(visit, FOUR_FAULTS, id=id)
    assert (again.outcome, again.code, again.status) == ("repeated", first.code, "received")
    assert count(office, SubmissionRow) == 1 and count(office, SubmissionDocumentRow) == 1
    assert len(findings(office, visit)) == 4


def test_other_content_under_the_same_id_is_kept_and_overwrites_nothing(office: Office) -> None:
    visit, id = office.visit(), str(uuid.uuid4())
    first = office.send(visit, FOUR_FAULTS, id=id)
    other = office.send(visit, {"ny_01": "fail"}, id=id)
    assert (other.outcome, other.reasons) == ("kept", ["other_content"])
    assert other.code != first.code
    office.send(visit, {"ny_01": "fail"}, id=id)
    assert count(office, SubmissionDocumentRow) == 2, "kept once, however often it is sent"
    assert sorted(findings(office, visit)) == ["GQ-04", "NS-01", "NY-02", "TN-03"]


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"ny_02": "fail", "ny_02_n": 11, "ny_02_of": 10}, "ny_02_n"),
        ({"ny_02": "fail", "ny_02_n": 3}, "ny_02_of"),
        ({"ny_02": "perhaps"}, "ny_02"),
        ({"ny_01": "pass", "nobody_asked": "x"}, "nobody_asked"),
        ({}, "ny_07"),
    ],
)
def test_faults_are_listed_by_question_and_the_document_kept(
    office: Office, answers: dict[str, Any], question: str
) -> None:
    visit = office.visit()
    receipt = office.send(visit, answers)
    assert (receipt.status, receipt.reasons) == ("kept", ["faults"])
    assert [fault["question"] for fault in receipt.submission.faults] == [question] or question == "ny_07"
    assert receipt.submission.faults[0]["message"]
    assert findings(office, visit) == {}
    with office.database.reading() as session:
        document = session.get_one(
            SubmissionDocumentRow, (receipt.submission.id, receipt.submission.content_hash)
        )
        assert document.document["answers"] == answers


def test_an_unknown_version_a_foreign_visit_and_a_closed_campaign_are_kept(office: Office) -> None:
    visit = office.visit()
    assert office.send(visit, FOUR_FAULTS, version="1999.1").reasons == ["unknown_version"]
    assert office.send(str(uuid.uuid4()), FOUR_FAULTS).reasons == ["unknown_inspection"]
    assert office.send(visit, FOUR_FAULTS, by="stranger").reasons == ["not_a_member"]
    planned = office.plan(BINH_SON, "inspector", kind="scheduled", checklist="cap-xa")
    with office.desk("head", Role.HEAD) as desk:
        campaign = desk.session.get_one(InspectionRow, planned).campaign_id
        planning.close_campaign(desk, campaign or "")
    assert "closed_campaign" in office.send(planned, {"ny_01": "fail"}, checklist="cap-xa").reasons
    assert count(office, FindingRow) == 0
    assert count(office, SubmissionRow) == 4


def test_a_secret_visit_of_another_team_is_answered_like_one_that_does_not_exist(office: Office) -> None:
    secret = office.plan(BINH_SON, "inspector")
    told = office.send(secret, FOUR_FAULTS, by="stranger")
    untold = office.send(str(uuid.uuid4()), FOUR_FAULTS, by="stranger")
    assert told.reasons == untold.reasons == ["unknown_inspection"]
    assert told.submission.inspection_id is None


def test_a_team_mates_second_submission_is_kept_beside_the_first(office: Office) -> None:
    planned = office.plan(BINH_SON, "inspector", "mate")
    assert office.send(planned, FOUR_FAULTS).status == "received"
    second = office.send(planned, {"ny_01": "fail"}, by="mate")
    assert (second.status, second.reasons) == ("kept", ["second_submission"])
    assert sorted(findings(office, planned)) == ["GQ-04", "NS-01", "NY-02", "TN-03"]


def test_sending_a_planned_visit_starts_it_and_gives_it_its_number(office: Office) -> None:
    planned = office.plan(BINH_SON, "inspector")
    with office.database.reading() as session:
        assert session.get_one(InspectionRow, planned).number is None
    office.send(planned, FOUR_FAULTS)
    with office.database.reading() as session:
        assert session.get_one(InspectionRow, planned).number == "KT-2026-0001"
        assert [event.event for event in list_events(session, planned)] == ["planned", "started", "submitted"]


def correct(office: Office, visit: str, first: Receipt, changes: dict[str, Any]) -> Receipt:
    return office.send(visit, FOUR_FAULTS | changes, replaces=first.submission.id)


def test_a_correction_keeps_decisions_reopens_changed_answers_and_withdraws_the_rest(office: Office) -> None:
    visit = office.visit()
    first = office.send(visit, FOUR_FAULTS)
    for criterion in ("NY-02", "NS-01", "TN-03"):
        decide(office, visit, criterion)
    with office.desk("reviewer", Role.REVIEWER) as desk:
        reviewing.return_inspection(desk, visit, {"gq_04": "Bao nhiêu hồ sơ?"}, "")
    second = correct(office, visit, first, {"ns_01_n": 1, "tn_03": "pass", "gq_04_n": 0, "gq_04_of": 6})
    assert second.status == "received"
    found = findings(office, visit)
    assert {criterion: row.state for criterion, row in found.items()} == {
        "NY-02": "confirmed", "NS-01": "reported", "TN-03": "withdrawn", "GQ-04": "reported",
    }  # fmt: skip
    with office.database.reading() as session:
        history = [event.event for event in list_finding_events(session, found["NS-01"].id)]
        assert history == ["reported", "confirmed", "reported_again"]
        assert session.get_one(SubmissionRow, first.submission.id).answers["ns_01_n"] == 2, (
            "the first stays readable"
        )
        assert session.get_one(InspectionRow, visit).current_submission_id == second.submission.id


def test_a_correction_of_something_no_longer_current_is_kept(office: Office) -> None:
    visit = office.visit()
    first = office.send(visit, FOUR_FAULTS)
    correct(office, visit, first, {"ny_01": "fail"})
    late = correct(office, visit, first, {"ny_01": "none"})
    assert late.reasons == ["unknown_replaced"]


def test_nothing_of_a_submission_stays_when_its_transaction_fails(office: Office) -> None:
    visit = office.visit()
    with pytest.raises(RuntimeError, match="power cut"), office.desk("inspector") as desk:
        from inspect_app.domain.documents import Document
        from inspect_app.operations.receiving import receive

        document = Document(
            str(uuid.uuid4()), visit, "dot-xuat", office.version("dot-xuat"), FOUR_FAULTS, "json"
        )
        receive(desk, document)
        raise RuntimeError("power cut")
    assert (
        count(office, SubmissionRow) == count(office, FindingRow) == count(office, SubmissionDocumentRow) == 0
    )


def test_a_full_checklist_with_long_texts_is_received(office: Office) -> None:
    visit = office.visit(checklist="dot-xuat")
    long = "Đức Phổ, Ngọk Réo, Ia H'Drai. " * 70
    answers: dict[str, Any] = {}
    for name in ("ny_01", "ny_02", "ny_03", "ns_01", "tn_03", "gq_04"):
        answers |= {name: "fail", f"{name}_note": long[:2000]}
    receipt = office.send(visit, answers)
    assert receipt.status == "received", receipt.submission.faults
    assert findings(office, visit)["NY-01"].wording == long[:2000].strip()
