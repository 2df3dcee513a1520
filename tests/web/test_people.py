"""Accounts at their pages: a link once, no password ever, areas ticked without JavaScript, out at once."""

import re

from inspect_app.domain.people import Role
from tests.builders import BINH_SON
from tests.doors import Doors, Visitor, seen

FILLED = {
    "username": "tham", "full_name": "Nguyễn Thị Thắm", "position": "Chuyên viên", "role": "reviewer",
    "areas": BINH_SON, "action": "save", "version": "1",
}  # fmt: skip


def admin(doors: Doors) -> Visitor:
    return doors.visitor("quantri", Role.ADMIN)


def test_a_new_person_gets_a_link_that_is_shown_once_and_kept_nowhere(doors: Doors) -> None:
    page = admin(doors).post("/people/new", 200, **FILLED)
    link = re.search(r'value="http://[^"]*(/activate/[^"]+)"', page.text)
    assert link is not None
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    number = re.search(r"/people/(\d+)", page.text)
    assert number is not None
    assert "/activate/" not in admin(doors).get(f"/people/{number[1]}").text
    stranger = doors.app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', stranger.get(link[1]).text)
    assert token is not None
    password = "ba con ong làm mật"
    chosen = {"csrf_token": token[1], "password": password, "repeated": password}
    assert stranger.post(link[1], data=chosen).status_code == 303
    assert stranger.get(link[1]).status_code == 404


def test_units_are_found_without_accents_and_what_was_typed_and_ticked_stays(doors: Doors) -> None:
    page = admin(doors).post("/people/new", 200, **FILLED | {"action": "find", "find": "duc pho"})
    assert "Phường Đức Phổ" in seen(page)
    assert re.search(r'value="21040" checked', page.text)
    assert 'value="Nguyễn Thị Thắm"' in page.text
    assert re.search(r'value="reviewer"[^>]* checked', page.text)


def test_faults_stand_at_their_fields_and_keep_what_was_typed(doors: Doors) -> None:
    page = admin(doors).post("/people/new", 422, **FILLED | {"full_name": "", "areas": []})
    assert "Hãy ghi họ tên." in seen(page)
    assert 'href="#areas"' in page.text
    assert 'value="tham"' in page.text
    page = admin(doors).post("/people/new", 422, role="king", action="save")
    assert all(f'href="#{name}"' in page.text for name in ("username", "full_name", "role", "areas"))


def test_a_disabled_person_is_out_at_the_next_request(doors: Doors) -> None:
    person = doors.visitor("kiemtra1")
    person.get("/findings")
    admin(doors).post(f"/people/{person.person_id}/active", active="0")
    assert person.client.get("/findings").status_code == 302
    assert "Đã khóa" in seen(admin(doors).get("/people"))
    admin(doors).post(f"/people/{person.person_id}/active", active="1")
    assert person.client.get("/findings").status_code == 302, "the old session stays ended"


def test_a_changed_role_holds_at_the_next_request(doors: Doors) -> None:
    person = doors.visitor("tham", Role.INSPECTOR)
    person.get("/campaigns", 403)
    admin(doors).post(f"/people/{person.person_id}", **FILLED)
    person.get("/campaigns")


def test_what_another_administrator_saved_meanwhile_is_not_overwritten(doors: Doors) -> None:
    person, other = doors.visitor("tham", Role.INSPECTOR), doors.visitor("quantri2", Role.ADMIN)
    address = f"/people/{person.person_id}"
    seen_by_both = re.search(r'name="version"[^>]*value="([^"]+)"', admin(doors).get(address).text)
    assert seen_by_both
    fields = FILLED | {"version": seen_by_both[1]}
    other.post(address, **fields | {"full_name": "Nguyễn Thị Thắm Mới"})
    page = admin(doors).post(address, 409, **fields | {"position": "Phó phòng"})
    assert "Người khác vừa sửa tài khoản này" in seen(page)
    assert 'value="Phó phòng"' in page.text, "what was typed stays to be read"
    admin(doors).post(address, 409, **fields | {"position": "Phó phòng"})
    assert 'value="Nguyễn Thị Thắm Mới"' in other.get(address).text


def test_an_administrator_cannot_lock_themselves_out(doors: Doors) -> None:
    me = admin(doors)
    me.post(f"/people/{me.person_id}/active", 409, active="0")
    me.post(f"/people/{me.person_id}", 409, **FILLED)
    me.get("/people")


def test_people_are_found_without_accents_by_name_and_role(doors: Doors) -> None:
    me = admin(doors)
    me.post("/people/new", 200, **FILLED)
    assert "tham" in seen(me.get("/people?q=nguyen thi tham"))
    assert "tham" in seen(me.get("/people?q=chuyen vien ksttHC"))
    assert "Không có tài khoản nào" in seen(me.get("/people?q=khong co ai"))


def test_nobody_else_opens_these_pages(doors: Doors) -> None:
    for role in set(Role) - {Role.ADMIN}:
        visitor = doors.visitor(f"v.{role.value}", role)
        for path in ("/people", "/people/new", f"/people/{visitor.person_id}"):
            visitor.get(path, 403)
        visitor.post(f"/people/{visitor.person_id}/link", 403)
    assert doors.app.test_client().get("/people").status_code == 302


def test_no_page_has_a_field_for_anothers_password(doors: Doors) -> None:
    person = doors.visitor("kiemtra1")
    for path in ("/people/new", f"/people/{person.person_id}"):
        assert 'type="password"' not in admin(doors).get(path).text
