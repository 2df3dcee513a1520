"""The log at its page: sentences, filters and pages; a planned surprise of others leaves not even a gap."""

import re
from datetime import timedelta

from inspect_app.domain.people import Role
from inspect_app.operations import inspecting
from inspect_app.storage import audit
from inspect_app.storage.audit_list import list_audit_page
from inspect_app.web.audit_sentences import ACTS
from tests.builders import BINH_SON
from tests.doors import Doors, Visitor, seen


def admin(doors: Doors) -> Visitor:
    return doors.visitor("quantri", Role.ADMIN)


def write(doors: Doors, count: int, **lines: object) -> None:
    """Lines of an administrator, all at the same moment, as one act of many parts writes them."""
    number = admin(doors).person_id
    with doors.office.database.writing.begin() as session:
        for index in range(count):
            audit.record(session, doors.office.now, number, "law_added", "law", index, key=f"khoa.{index:03}")


def walk(doors: Doors, start: str) -> tuple[list[str], list[str]]:
    """All pages from `start`: the sentences in order, and the addresses of the pages."""
    found, addresses, path = [], [], start
    while path:
        assert len(addresses) < 20, "the pages have no end"
        page = admin(doors).get(path).text
        found += re.findall(r"<td>(thêm căn cứ [^<]+)</td>", page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        path = after[1].replace("&amp;", "&") if after else ""
        addresses += [path] if path else []
    return found, addresses


def test_lines_are_sentences_with_names_newest_first(doors: Doors) -> None:
    doors.office.person("tham", Role.REVIEWER)
    me = admin(doors)
    doors.office.now += timedelta(minutes=1)
    me.post(f"/people/{doors.office.people['tham']}/active", active="0")
    page = seen(me.get("/audit"))
    assert "khóa tài khoản tham (tham)" in page
    assert page.index("khóa tài khoản") < page.index("thêm tài khoản")
    assert "Chuyên viên KSTTHC" in page


def test_pages_show_every_line_once_even_of_one_moment(doors: Doors) -> None:
    write(doors, 123)
    found, addresses = walk(doors, "/audit")
    assert found == [f"thêm căn cứ khoa.{index:03}" for index in reversed(range(123))]
    assert len(addresses) >= 2


def test_filters_by_act_and_person_go_along_with_the_pages(doors: Doors) -> None:
    write(doors, 60)
    number = admin(doors).person_id
    found, addresses = walk(doors, f"/audit?act=law_added&person={number}")
    assert len(found) == 60
    assert all(f"person={number}" in address and "act=law_added" in address for address in addresses)
    assert walk(doors, "/audit?act=law_ended")[0] == []
    assert "Không có dòng nào" in seen(admin(doors).get("/audit?act=law_ended"))
    admin(doors).get("/audit?after=x", 400)


def test_a_planned_surprise_of_others_leaves_no_line_no_count_and_no_gap(doors: Doors) -> None:
    office = doors.office
    write(doors, 30)
    before = walk(doors, "/audit")[1]
    secret = office.plan(BINH_SON, "kiemtra1")
    write(doors, 30)
    with office.desk("quantri", Role.ADMIN) as desk:
        lines = list_audit_page(desk.session, desk.viewer, 1000).rows
    assert not [line for line in lines if line.subject == "inspection"]
    me = admin(doors)
    everything = seen(me.get("/audit")) + seen(me.get("/audit?act=inspection_planned"))
    assert "Bình Sơn" not in everything
    assert "Giao kiểm tra" not in everything
    with office.database.reading() as session:
        ids = [str(row.id) for row in session.query(audit.AuditRow)]
    for address in (*before, *walk(doors, "/audit")[1]):
        after = re.search(r"after=(\d+)\.(\d+)", address)
        assert after is not None
        assert after[1] not in ids, "numbers of lines would show a gap"
    head = doors.visitor("head", Role.HEAD)
    assert "giao kiểm tra xã Bình Sơn" in seen(head.get("/audit"))
    with office.desk("kiemtra1") as desk:
        inspecting.start_planned(desk, secret)
    page = seen(me.get("/audit"))
    assert "bắt đầu cuộc kiểm tra KT-2026-0001 (xã Bình Sơn)" in page
    assert "giao kiểm tra KT-2026-0001 (xã Bình Sơn)" in seen(me.get("/audit?act=inspection_planned"))


def test_a_failed_sign_in_shows_its_address_and_an_unknown_name_shows_no_name(doors: Doors) -> None:
    stranger = doors.app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', stranger.get("/login").text)
    assert token is not None
    answer = stranger.post("/login", data={"csrf_token": token[1], "username": "ke-la", "password": "mò mẫm"})
    assert answer.status_code == 401
    page = seen(admin(doors).get("/audit"))
    assert "Tên không có trong hệ thống đăng nhập sai, từ địa chỉ 127.0.0.1" in page
    assert "ke-la" not in page
    assert "mò mẫm" not in page


def test_every_sentence_holds_with_and_without_its_detail(doors: Doors) -> None:
    with doors.office.database.writing.begin() as session:
        for act in (*ACTS, "something_newer"):
            audit.record(session, doors.office.now, None, act, "law", 1)
    page = seen(admin(doors).get("/audit")) + seen(admin(doors).get("/audit?act=something_newer"))
    assert "%(" not in page
    assert "something_newer" in page


def test_only_administrators_and_heads_read_the_log(doors: Doors) -> None:
    for role in set(Role) - {Role.ADMIN, Role.HEAD}:
        doors.visitor(f"v.{role.value}", role).get("/audit", 403)
