"""Campaigns at their pages: planned by the head without JavaScript; a planned surprise is nowhere for a reviewer."""

import re
import uuid

from inspect_app.domain.people import Role
from inspect_app.operations import inspecting
from tests.builders import BINH_SON
from tests.doors import Doors, Visitor, seen

DUC_PHO = "21439"
FILLED = {"number": "12/QĐ-UBND", "title": "Đợt cuối năm", "starts": "2026-11-20", "ends": "20/12/2026"}


def head(doors: Doors) -> Visitor:
    return doors.visitor("truongphong", Role.HEAD)


def planned(doors: Doors) -> str:
    """The address of a campaign with one team of kiemtra1."""
    address = head(doors).post("/campaigns/new", **FILLED).headers["Location"]
    member = doors.office.person("kiemtra1")
    head(doors).post(f"{address}/teams/new", name="Đoàn 1", people=[member], lead=member, action="save")
    return str(address)


def team_of(doors: Doors, address: str, position: int = 0) -> str:
    return re.findall(r"/teams/(\d+)", head(doors).get(address).text)[position]


def order(doors: Doors, address: str, *units: str, **more: object) -> dict[str, object]:
    wanted: dict[str, object] = {
        "team_id": team_of(doors, address), "kind": "surprise", "checklist_key": "dot-xuat", "day": "2026-11-25",
        "units": list(units), "action": "assign",
    }  # fmt: skip
    return wanted | more


def inspections(doors: Doors, address: str) -> list[str]:
    return sorted(set(re.findall(r"/inspections/([0-9a-f-]{36})", head(doors).get(address).text)))


def test_a_head_plans_from_the_empty_form_to_assigned_visits(doors: Doors) -> None:
    address = planned(doors)
    head(doors).post(f"{address}/assign", **order(doors, address, BINH_SON, DUC_PHO))
    page = seen(head(doors).get(address))
    assert "12/QĐ-UBND" in page
    assert "đã kiểm tra 0/2" in page
    assert page.index("Xã Bình Sơn") < page.index("Phường Đức Phổ")
    assert "Xã Bình Sơn" in seen(doors.visitor("kiemtra1").get("/inspect/"))


def test_faults_stand_at_their_fields_and_keep_what_was_typed(doors: Doors) -> None:
    page = head(doors).post("/campaigns/new", 422, **FILLED | {"number": "", "ends": "2026-11-01"})
    assert 'href="#number"' in page.text
    assert 'href="#ends"' in page.text
    assert 'value="Đợt cuối năm"' in page.text
    address = planned(doors)
    page = head(doors).post(
        f"{address}/assign",
        422,
        **order(doors, address, BINH_SON, kind="scheduled", checklist_key="cap-huyen"),
    )
    assert "Biểu mẫu này không dùng cho xã Bình Sơn" in seen(page)
    assert re.search(r'value="21040" checked', page.text)
    page = head(doors).post(f"{address}/teams/new", 422, name="", action="save")
    assert 'href="#people"' in page.text


def test_units_are_found_without_accents_and_ticks_survive_the_search(doors: Doors) -> None:
    address = planned(doors)
    page = head(doors).post(
        f"{address}/assign", 200, **order(doors, address, BINH_SON, action="find", find="duc pho")
    )
    assert "Phường Đức Phổ" in seen(page)
    assert "Xã Ba Tơ" not in seen(page)
    assert "Xã Lân Phong" not in seen(page), "Mộ Đức and Phong are no Đức Phổ"
    assert re.search(r'value="21040" checked', page.text)
    assert inspections(doors, address) == []


def test_the_offices_to_choose_from_are_those_of_the_day(doors: Doors) -> None:
    dates = FILLED | {"starts": "2025-06-01", "ends": "2025-08-01"}
    address = head(doors).post("/campaigns/new", **dates).headers["Location"]
    june = seen(head(doors).post(f"{address}/assign", 200, action="find", day="2025-06-30"))
    july = seen(head(doors).post(f"{address}/assign", 200, action="find", day="2025-07-01"))
    assert "Thị trấn Châu Ổ" in june
    assert "Thị trấn Châu Ổ" not in july
    assert "Đặc khu Lý Sơn" in july


def test_a_reviewer_finds_no_trace_of_a_planned_surprise(doors: Doors) -> None:
    address = planned(doors)
    head(doors).post(f"{address}/assign", **order(doors, address, BINH_SON))
    secret = inspections(doors, address)[0]
    head(doors).post(
        f"{address}/assign", **order(doors, address, DUC_PHO, kind="scheduled", checklist_key="cap-xa")
    )
    reviewer, leader = doors.visitor("chuyenvien", Role.REVIEWER), doors.visitor("lanhdao", Role.LEADER)
    assert "0/2" in seen(leader.get("/campaigns"))
    leader.get(f"{address}/inspections/{secret}")
    assert "0/1" in seen(reviewer.get("/campaigns"))
    page = reviewer.get(address)
    assert secret not in page.text
    assert "Bình Sơn" not in seen(page)
    assert "đã kiểm tra 0/1" in seen(page)
    assert "Đã lập kế hoạch 1" in seen(page)
    assert "Bình Sơn" not in seen(reviewer.get(f"{address}?q=binh son"))
    hidden = reviewer.get(f"{address}/inspections/{secret}", 404)
    unknown = reviewer.get(f"{address}/inspections/{uuid.uuid4()}", 404)
    assert seen(hidden) == seen(unknown)
    with doors.office.desk("kiemtra1") as desk:
        inspecting.start_planned(desk, secret)
    assert "Xã Bình Sơn" in seen(reviewer.get(address))


def test_a_visit_is_given_to_another_team_and_cancelled_with_a_reason(doors: Doors) -> None:
    address = planned(doors)
    head(doors).post(f"{address}/assign", **order(doors, address, BINH_SON))
    member = doors.office.person("kiemtra2")
    head(doors).post(f"{address}/teams/new", name="Đoàn 2", people=[member], action="save")
    visit = f"{address}/inspections/{inspections(doors, address)[0]}"
    head(doors).post(f"{visit}/reassign", 422, team_id="")
    head(doors).post(f"{visit}/reassign", team_id=team_of(doors, address, 1))
    assert "Bình Sơn" not in seen(doors.visitor("kiemtra1").get("/inspect/"))
    assert "Bình Sơn" in seen(doors.visitor("kiemtra2").get("/inspect/"))
    head(doors).post(f"{visit}/cancel", 422, reason=" ")
    head(doors).post(f"{visit}/cancel", reason="Bão số 12")
    assert "Đã hủy, truongphong: Bão số 12" in seen(head(doors).get(visit))
    head(doors).post(f"{visit}/cancel", 409, reason="Lần nữa")


def test_a_visit_that_was_sent_leads_reviewers_to_its_review_and_leaders_to_its_plan(doors: Doors) -> None:
    address = planned(doors)
    head(doors).post(f"{address}/assign", **order(doors, address, BINH_SON))
    visit = inspections(doors, address)[0]
    with doors.office.desk("kiemtra1") as desk:
        inspecting.start_planned(desk, visit)
        inspecting.get_inspection(desk.session, desk.viewer, visit).state = "submitted"
    reviewer, leader = doors.visitor("chuyenvien", Role.REVIEWER), doors.visitor("lanhdao", Role.LEADER)
    assert f'href="/review/{visit}"' in reviewer.get(address).text
    reviewer.get(f"/review/{visit}")
    page = leader.get(address).text
    assert f"/review/{visit}" not in page, "a door that is closed to leaders"
    assert f'href="{address}/inspections/{visit}"' in page
    assert "Mở phiếu để rà soát" not in seen(leader.get(f"{address}/inspections/{visit}"))


def test_a_closed_campaign_is_shown_without_its_buttons_and_reopened(doors: Doors) -> None:
    address = planned(doors)
    head(doors).post(f"{address}/close")
    page = head(doors).get(address)
    assert "Giao kiểm tra" not in seen(page)
    head(doors).post(
        f"{address}/teams/new", 409, name="Đoàn 3", people=[doors.office.person("kiemtra1")], action="save"
    )
    head(doors).post(f"{address}/reopen")
    assert "Giao kiểm tra" in seen(head(doors).get(address))


def test_a_visit_of_another_campaign_is_not_found_here(doors: Doors) -> None:
    address, other = planned(doors), planned(doors)
    head(doors).post(f"{address}/assign", **order(doors, address, BINH_SON))
    head(doors).get(f"{other}/inspections/{inspections(doors, address)[0]}", 404)


def test_who_reads_plans_does_not_plan_and_others_do_not_read_them(doors: Doors) -> None:
    address = planned(doors)
    for role in (Role.REVIEWER, Role.LEADER):
        visitor = doors.visitor(f"v.{role.value}", role)
        assert "Lập đợt kiểm tra" not in seen(visitor.get("/campaigns"))
        for path in ("/campaigns/new", f"{address}/edit", f"{address}/assign", f"{address}/teams/new"):
            visitor.get(path, 403)
        for path in ("close", "reopen"):
            visitor.post(f"{address}/{path}", 403)
    for role in (Role.INSPECTOR, Role.ADMIN, Role.INTERNAL_AFFAIRS, Role.UNIT_OFFICER):
        visitor = doors.visitor(f"v.{role.value}", role)
        visitor.get("/campaigns", 403)
        visitor.get(address, 403)
