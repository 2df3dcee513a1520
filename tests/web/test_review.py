"""The reviewer's desk over HTTP: queue, decisions, conflicts side by side, returns, placing, and who may come in."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from inspect_app.domain.people import Role
from inspect_app.operations import reviewing
from inspect_app.storage.findings import FindingRow, findings_of
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.units import get_gazetteer
from tests.builders import BINH_SON
from tests.desks import Desks, open_desks
from tests.prepared import Stores

THREE = {
    "ny_01": "fail",
    "ny_01_note": "Bảng treo khuất",
    "ny_02": "fail",
    "ny_02_n": 7,
    "ny_02_of": 10,
    "ns_01": "fail",
}


@pytest.fixture
def desks(prepared_stores: Callable[..., Stores], tmp_path: Path) -> Iterator[Desks]:
    with open_desks(prepared_stores(), tmp_path / "var") as found:
        yield found


def rows(desks: Desks, visit: str) -> dict[str, FindingRow]:
    with desks.office.database.reading() as session:
        return {row.criterion: row for row in findings_of(session, visit)}


def state(desks: Desks, visit: str) -> str:
    with desks.office.database.reading() as session:
        return session.get_one(InspectionRow, visit).state


def decide(desks: Desks, row: FindingRow, decision: str = "confirm", **more: str) -> object:
    return desks.client("chuyenvien").post(
        f"/review/findings/{row.id}/decide", version=str(row.version), decision=decision, **more
    )


def test_the_queue_leads_to_the_first_undecided_finding_and_each_decision_to_the_next(desks: Desks) -> None:
    visit = desks.office.visit()
    code = desks.office.send(visit, THREE).code
    person = desks.client("chuyenvien")
    queue = person.get("/review")
    assert queue.status_code == 200 and f"/review/{visit}" in queue.text and code in queue.text
    page = person.get(f"/review/{visit}")
    assert code in page.text, "the same code as on the phone"
    assert "70,0% (7/10)" not in page.text, "NS-01 stands first"
    order = ["NS-01", "NY-01", "NY-02"]
    found = rows(desks, visit)
    for criterion, following in zip(order, [*order[1:], None], strict=True):
        row = found[criterion]
        answer = person.post(f"/review/findings/{row.id}/decide", version="1", decision="confirm")
        assert answer.status_code == 303
        wanted = f"finding={found[following].id}" if following else "#finish"
        assert wanted in answer.headers["Location"]
    shown = person.get(f"/review/{visit}?finding={found['NY-02'].id}").text
    assert "70,0% (7/10)" in shown and "KT-2026-0001-NS-01" in shown, "said once in a flash, with its code"
    answer = person.post(f"/review/{visit}/approve", seen=found["NY-01"].submission_id)
    assert answer.status_code == 303 and answer.headers["Location"] == "/review"
    assert state(desks, visit) == "approved"


def test_a_conflict_shows_both_versions_and_keeps_what_was_typed(desks: Desks) -> None:
    visit = desks.office.visit()
    desks.office.send(visit, THREE)
    row = rows(desks, visit)["NY-01"]
    with desks.office.desk("dong-nghiep", Role.REVIEWER) as desk:
        reviewing.change(
            desk, row.id, row.version, {"wording": "Lời của đồng nghiệp", "severity": "3"}, "Văn phong"
        )
    answer = desks.client("chuyenvien").post(
        f"/review/findings/{row.id}/change", version=str(row.version), severity="1", wording="Lời của tôi <b>",
        responsible="Ông B", reason="Lý do tôi gõ",
    )  # fmt: skip
    assert answer.status_code == 409
    page = answer.text
    assert page.count("Lời của đồng nghiệp") >= 2, "beside mine, and as the words that count now"
    assert page.count("Lời của tôi &lt;b&gt;") == 2, "beside theirs, and still in the form"
    assert "Lý do tôi gõ</textarea>" in page and "dong-nghiep" in page
    assert 'name="version" value="2"' in page, "sending it again is a choice made after seeing both"
    assert rows(desks, visit)["NY-01"].wording == "Lời của đồng nghiệp"
    again = desks.client("chuyenvien").post(
        f"/review/findings/{row.id}/change",
        version="2",
        severity="1",
        wording="Lời của tôi",
        responsible="",
        reason="x",
    )
    assert again.status_code == 303 and rows(desks, visit)["NY-01"].wording == "Lời của tôi"


def test_an_overtaken_decision_tells_who_was_faster_and_opens_the_form_again(desks: Desks) -> None:
    visit = desks.office.visit()
    desks.office.send(visit, THREE)
    row = rows(desks, visit)["NY-01"]
    with desks.office.desk("dong-nghiep", Role.REVIEWER) as desk:
        reviewing.decide(desk, row.id, row.version, "confirm")
    answer = decide(desks, row, "reject", reason_quick="Ghi nhầm tiêu chí", reason="xem ảnh 2")
    assert answer.status_code == 409 and "dong-nghiep" in answer.text
    assert (
        re.search(r'value="Ghi nhầm tiêu chí" checked', answer.text) and "xem ảnh 2</textarea>" in answer.text
    )
    assert rows(desks, visit)["NY-01"].state == "confirmed"


def test_a_missing_reason_or_version_is_asked_for_and_nothing_is_written(desks: Desks) -> None:
    visit = desks.office.visit()
    desks.office.send(visit, THREE)
    row = rows(desks, visit)["NY-01"]
    assert decide(desks, row, "reject").status_code == 409
    assert decide(desks, row, "duplicate", reason="Cùng việc", duplicate_of="KT-1").status_code == 400
    answer = desks.client("chuyenvien").post(f"/review/findings/{row.id}/decide", decision="confirm")
    assert answer.status_code == 400 and "phiên bản" in answer.text
    assert rows(desks, visit)["NY-01"].version == 1


def test_a_quick_reason_alone_is_enough_and_a_picked_original_too(desks: Desks) -> None:
    visit = desks.office.visit()
    desks.office.send(visit, THREE)
    found = rows(desks, visit)
    assert decide(desks, found["NY-01"], "reject", reason_quick="Ghi nhầm tiêu chí").status_code == 303
    picked = decide(
        desks,
        found["NY-02"],
        "duplicate",
        reason_quick="Cùng một sự việc",
        duplicate_pick=found["NS-01"].code,
    )
    assert picked.status_code == 303
    assert {name: row.state for name, row in rows(desks, visit).items()} == {
        "NY-01": "not_upheld", "NY-02": "duplicate", "NS-01": "reported",
    }  # fmt: skip
    page = desks.client("chuyenvien").get(f"/review/{visit}?finding={found['NY-01'].id}").text
    assert "Ghi nhầm tiêu chí" in page, "the history tells the reason"


def test_a_returned_visit_comes_back_with_before_and_after(desks: Desks) -> None:
    visit = desks.office.visit()
    first = desks.office.send(visit, {**THREE, "unit_opinion": "Xin khắc phục ngay"})
    person = desks.client("chuyenvien")
    answer = person.post(
        f"/review/{visit}/return", seen=first.submission.id, general="Thiếu ảnh",
        **{"comment-ny_01": "Chụp lại bảng", "other_question": "gq_04", "other_comment": "Đã xem chưa?"},
    )  # fmt: skip
    assert answer.status_code == 303 and state(desks, visit) == "returned"
    assert f"/review/{visit}" in person.get("/review?tab=returned").text
    page = person.get(f"/review/{visit}").text
    for text in ("Thiếu ảnh", "Chụp lại bảng", "Đã xem chưa?", "Xin khắc phục ngay"):
        assert text in page
    desks.office.send(visit, {**THREE, "ny_01_note": "Bảng ở sau cửa"}, replaces=first.submission.id)
    page = person.get(f"/review/{visit}").text
    assert "<del>Bảng treo khuất</del>" in page and "<ins>Bảng ở sau cửa</ins>" in page
    assert "Đã sửa và gửi lại" in page and f"/review/submissions/{first.submission.id}" in page
    old = person.get(f"/review/submissions/{first.submission.id}").text
    assert "Bảng treo khuất" in old and "không phải bản hiện hành" in old


def test_a_page_of_an_older_submission_can_not_approve_or_return(desks: Desks) -> None:
    visit = desks.office.visit()
    first = desks.office.send(visit, {"ny_01": "pass"})
    desks.office.send(visit, {"ny_01": "none"}, replaces=first.submission.id)
    person = desks.client("chuyenvien")
    for act in ("approve", "return"):
        answer = person.post(f"/review/{visit}/{act}", seen=first.submission.id, general="Ý kiến tôi gõ")
        assert answer.status_code == 409 and "bản mới" in answer.text
        assert act == "approve" or "Ý kiến tôi gõ</textarea>" in answer.text
    assert state(desks, visit) == "submitted"


def test_a_repeat_shows_what_was_found_under_the_former_name(desks: Desks) -> None:
    then = datetime(2021, 3, 10, 3, 0, tzinfo=UTC)
    with desks.office.database.reading() as session:
        gazetteer = get_gazetteer(session)
        new = next(unit for unit in gazetteer.in_force(date(2026, 11, 1), "commune") if unit.code == BINH_SON)
        old = next(
            gazetteer.by_id(id) for id in sorted(gazetteer.predecessors(new))
            if gazetteer.by_id(id).level == "commune" and gazetteer.by_id(id).holds_on(date(2021, 3, 10))
        )  # fmt: skip
    before = desks.office.visit(old.code, now=then)
    desks.office.send(before, {"ny_01": "fail", "ny_01_note": "Chưa có bảng"}, now=then)
    decide(desks, rows(desks, before)["NY-01"])
    visit = desks.office.visit()
    desks.office.send(visit, THREE)
    page = desks.client("chuyenvien").get(f"/review/{visit}?finding={rows(desks, visit)['NY-01'].id}").text
    assert "Tái diễn" in page and "Chưa có bảng" in page and old.full_name in page and "10/03/2021" in page


def test_a_visit_of_a_divided_unit_is_placed_on_the_page(desks: Desks) -> None:
    then = datetime(2021, 3, 10, 3, 0, tzinfo=UTC)
    visit = desks.office.visit("21142", now=then)  # xã Trà Bùi
    desks.office.send(visit, {"ny_01": "fail"}, now=then)
    person = desks.client("chuyenvien")
    page = person.get(f"/review/{visit}").text
    options = re.findall(r'name="unit" value="(\d+)"', page)
    assert len(options) == 2 and "Cà Đam" in page
    assert person.post(f"/review/{visit}/place", unit=options[0]).status_code == 400, "a reason is asked for"
    assert person.post(f"/review/{visit}/place", unit="1", place_reason="x").status_code == 400
    assert person.post(f"/review/{visit}/place", unit=options[0], place_reason="Theo thôn").status_code == 303
    assert rows(desks, visit)["NY-01"].placed_id == int(options[0])
    whole = desks.office.visit()
    assert 'id="place"' not in person.get(f"/review/{whole}").text


@pytest.mark.parametrize("query", ["tab=x", "severity=9", "page=0", "page=x"])
def test_a_bad_filter_answers_400(desks: Desks, query: str) -> None:
    assert desks.client("chuyenvien").get(f"/review?{query}").status_code == 400


def test_no_other_role_and_no_stranger_comes_in_by_any_route(desks: Desks) -> None:
    visit = desks.office.visit()
    sent = desks.office.send(visit, THREE).submission.id
    row = rows(desks, visit)["NY-01"]
    reads = ["/review", f"/review/{visit}", f"/review/submissions/{sent}", "/kept", f"/kept/{sent}"]
    posts = [
        f"/review/findings/{row.id}/decide", f"/review/findings/{row.id}/change", f"/review/{visit}/return",
        f"/review/{visit}/approve", f"/review/{visit}/place", f"/kept/{sent}/place", f"/kept/{sent}/set-aside",
        f"/kept/{sent}/documents/{'0' * 64}/set-aside",
    ]  # fmt: skip
    for role in (Role.INSPECTOR, Role.ADMIN, Role.LEADER, Role.INTERNAL_AFFAIRS, Role.UNIT_OFFICER):
        person = desks.client(f"nguoi-{role}", role)
        answers = [person.get(path) for path in reads]
        answers += [
            person.post(path, version="1", decision="confirm", reason="x", general="x") for path in posts
        ]
        assert {answer.status_code for answer in answers} == {403}, role
        assert not any("Bảng treo khuất" in answer.text for answer in answers)
    anonymous = desks.app.test_client()
    assert {anonymous.get(path).status_code for path in reads} == {302}
    assert rows(desks, visit)["NY-01"].version == 1


def test_what_lies_in_another_area_does_not_exist(desks: Desks) -> None:
    visit = desks.office.visit()
    sent = desks.office.send(visit, THREE).submission.id
    row = rows(desks, visit)["NY-01"]
    person = desks.client("xa-khac", Role.REVIEWER, "21025", on=date(2026, 1, 1))
    assert f"/review/{visit}" not in person.get("/review").text
    for path in (f"/review/{visit}", f"/review/submissions/{sent}"):
        answer = person.get(path)
        assert answer.status_code == 404 and "Bình Sơn" not in answer.text
    assert (
        person.post(f"/review/findings/{row.id}/decide", version="1", decision="confirm").status_code == 404
    )


def test_a_planned_surprise_is_told_by_no_page_of_the_review(desks: Desks) -> None:
    secret = desks.office.plan(BINH_SON, "inspector")
    desks.office.send(
        secret, {"ny_01": "fail", "ny_01_note": "Bí mật của đoàn", "ny_02_n": "x", "ny_02": "fail"}
    )
    person = desks.client("chuyenvien")
    for path in ("/review", "/review?tab=ready", "/review?tab=returned", "/kept"):
        answer = person.get(path)
        assert secret not in answer.text and "Bí mật của đoàn" not in answer.text
    assert person.get(f"/review/{secret}").status_code == 404
    assert "Bình Sơn" in desks.client("truongphong", Role.HEAD).get("/kept").text


def test_what_was_kept_is_placed_or_set_aside_on_its_page(desks: Desks) -> None:
    visit = desks.office.visit()
    faulty = {"ny_01": "fail", "ny_02": "fail", "ny_02_n": 11, "ny_02_of": 10}
    first = desks.office.send(visit, faulty).submission.id
    other = desks.office.send(desks.office.visit(), faulty).submission.id
    lost = desks.office.send(
        "5f0c3b52-0000-4000-8000-000000000000", {"la": "<i>lạ</i>"}, version="9"
    ).submission.id
    person = desks.client("chuyenvien")
    assert all(id in person.get("/kept").text for id in (first, other, lost))
    page = person.get(f"/kept/{lost}").text
    assert "5f0c3b52-0000-4000-8000-000000000000" in page and "&lt;i&gt;lạ&lt;/i&gt;" in page
    assert person.post(f"/kept/{lost}/place", number="KT-2026-9999").status_code == 400
    assert person.post(f"/kept/{lost}/place", number="kt-2026-0001").status_code == 409, (
        "its version is unknown"
    )
    assert re.search(r"NY-02</span> Số trường hợp", person.get(f"/kept/{first}").text), (
        "a fault under its code"
    )
    answer = person.post(f"/kept/{first}/place")
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/review/{visit}")
    assert len(rows(desks, visit)) == 2
    assert person.post(f"/kept/{other}/set-aside", reason=" ").status_code == 400
    assert person.post(f"/kept/{other}/set-aside", reason="Gửi thử").status_code == 303
    page = person.get("/kept").text
    assert first not in page and other not in page and lost in page
    assert "Gửi thử" in person.get(f"/kept/{other}").text


def test_another_content_under_one_id_is_shown_beside_the_first(desks: Desks) -> None:
    visit, id = desks.office.visit(), "0b7d3a55-1111-4111-8111-000000000001"
    desks.office.send(visit, THREE, id=id)
    desks.office.send(visit, {**THREE, "ny_01_note": "Nội dung thứ hai"}, id=id)
    person = desks.client("chuyenvien")
    assert id in person.get("/kept").text
    page = person.get(f"/kept/{id}").text
    assert "Bảng treo khuất" in page and "Nội dung thứ hai" in page
    (path,) = re.findall(r'action="(/kept/[^"]+/documents/[^"]+)"', page)
    assert person.post(path, reason="").status_code == 400
    assert person.post(path, reason="Gửi thử").status_code == 303
    assert id not in person.get("/kept").text
    assert rows(desks, visit)["NY-01"].wording == "Bảng treo khuất"


def test_every_form_of_the_page_works_as_plain_html_and_carries_what_was_seen(desks: Desks) -> None:
    visit = desks.office.visit()
    sent = desks.office.send(visit, THREE)
    page = desks.client("chuyenvien").get(f"/review/{visit}").text
    forms = re.findall(r'<form method="post" action="(/review/[^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert len(forms) == 6
    for action, inside in forms:
        assert 'name="csrf_token"' in inside and 'type="submit"' in inside
        seen = (
            'name="version" value="1"'
            if "/findings/" in action
            else f'name="seen" value="{sent.submission.id}"'
        )
        assert seen in inside, action
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", page)


def test_the_page_asks_the_database_as_often_for_one_finding_as_for_ten(desks: Desks) -> None:
    from sqlalchemy import event

    few, many = desks.office.visit(), desks.office.visit()
    desks.office.send(few, {"ny_01": "fail"})
    names = ("ny_01", "ny_02", "ny_03", "ns_01", "tn_03", "gq_04", "tk_04", "cd_05", "tn_02", "tn_05")
    desks.office.send(many, dict.fromkeys(names, "fail"))
    person, counts = desks.client("chuyenvien"), []
    engine = desks.app.extensions["inspect"].database.engine
    event.listen(engine, "before_cursor_execute", lambda *_: counts.append(1))
    asked = []
    for visit in (few, many, few, many):
        counts.clear()
        assert person.get(f"/review/{visit}").status_code == 200
        asked.append(len(counts))
    assert asked[2] == asked[3] and asked[2] <= 30, asked


def test_a_look_at_the_pages_writes_nothing(desks: Desks) -> None:
    visit = desks.office.visit()
    sent = desks.office.send(visit, THREE)
    person = desks.client("chuyenvien")
    with desks.office.database.writing.begin() as session:
        session.execute(select(FindingRow.id))  # holds the one place of a writer
        for path in ("/review", f"/review/{visit}", f"/review/submissions/{sent.submission.id}", "/kept"):
            assert person.get(path).status_code == 200, "a page waits for no writer"
