"""Units at their pages: any day's tree, a unit's history, a resolution seen first and then loaded byte for byte."""

import io
import re

from inspect_app.domain.people import Role
from tests.doors import Doors, Visitor, seen
from tests.operations.test_units import MOVE_HEAD, MOVES, UNIT_HEAD, UNITS


def admin(doors: Doors) -> Visitor:
    return doors.visitor("quantri", Role.ADMIN)


def choose(doors: Doors, status: int, units: bytes = UNITS, moves: bytes = MOVES) -> str:
    return choose_as(admin(doors), status, units, moves)


def choose_as(visitor: Visitor, status: int, units: bytes, moves: bytes) -> str:
    files = {"units": (io.BytesIO(units), "units.csv"), "successions": (io.BytesIO(moves), "successions.csv")}
    return visitor.post("/units/load", status, **files).get_data(as_text=True)


def sealed(page: str) -> str:
    found = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_tree_of_a_day_has_the_units_of_that_day_in_vietnamese_order(doors: Doors) -> None:
    old = seen(admin(doors).get("/units?day=2025-06-30"))
    assert "cấp tỉnh 2 , cấp huyện 23 , cấp xã" in old
    assert old.index("Huyện Ba Tơ") < old.index("Thị xã Đức Phổ") < old.index("Huyện Lý Sơn")
    new = seen(admin(doors).get("/units?day=2025-07-01"))
    assert "cấp tỉnh 1 , cấp xã 96" in new
    assert "Đặc khu Lý Sơn" in new
    assert "Huyện" not in new


def test_search_needs_no_accents_and_keeps_to_its_day(doors: Doors) -> None:
    assert "Thị xã Đức Phổ" in seen(admin(doors).get("/units?q=duc pho&day=2021-01-01"))
    assert "Thị xã Đức Phổ" not in seen(admin(doors).get("/units?q=duc pho"))
    assert "Huyện Ia H'Drai" in seen(admin(doors).get("/units?q=ia hdrai&day=2021-01-01"))
    assert "không" in seen(admin(doors).get("/units?q=atlantis"))
    admin(doors).get("/units?day=hôm qua", 400)


def test_a_unit_tells_what_it_came_from_and_what_became_of_it(doors: Doors) -> None:
    new = seen(admin(doors).get("/units/21040/2025-07-01"))
    assert "Thị trấn Châu Ổ" in new
    assert "1677/NQ-UBTVQH15" in new
    old = seen(admin(doors).get("/units/21040/2020-02-01"))
    assert "Xã Bình Sơn" in old
    split = seen(admin(doors).get("/units/536/2020-02-01"))
    assert "Đặc khu Lý Sơn" in split
    admin(doors).get("/units/21040/2020-02-02", 404)
    admin(doors).get("/units/21040/x", 404)


def test_what_was_shown_is_loaded_and_nothing_before_the_button(doors: Doors) -> None:
    page = choose(doors, 200)
    assert "Xã Bình Sơn (21040) đổi thành phường Bình Sơn (21040) từ 01/01/2027." in page
    assert "Phường Bình Sơn" not in seen(admin(doors).get("/units?q=binh son&day=2027-01-01"))
    admin(doors).post("/units/load/confirm", sealed=sealed(page))
    assert "Phường Bình Sơn" in seen(admin(doors).get("/units?q=binh son&day=2027-01-01"))


def test_faults_are_listed_with_file_and_row_and_leave_nothing_to_confirm(doors: Doors) -> None:
    faulty = (UNIT_HEAD + "29999,Mới,xã,commune,77,2027-01-01,\n").encode()
    page = choose(doors, 422, faulty, MOVE_HEAD.encode())
    assert "units.csv" in page
    assert "Hàng 2" in page
    assert "sealed" not in page
    assert "Tệp không phải UTF-8" in choose(doors, 422, b"\xff\xfe\x00", MOVES)
    assert "Hãy chọn tệp này." in choose(doors, 422, b"", MOVES)
    assert "Tệp lớn hơn 2 MB." in choose(doors, 422, b"x" * (2 * 1024 * 1024 + 1), MOVES)


def test_a_changed_a_foreign_and_an_outdated_seal_load_nothing(doors: Doors) -> None:
    seal = sealed(choose(doors, 200))
    admin(doors).post("/units/load/confirm", 409, sealed=seal[:-3] + "abc")
    admin(doors).post("/units/load/confirm", 409)
    doors.visitor("quantri2", Role.ADMIN).post("/units/load/confirm", 409, sealed=seal)
    admin(doors).post("/units/load/confirm", sealed=seal)
    admin(doors).post("/units/load/confirm", 409, sealed=seal)


def test_the_dry_run_leaves_no_scratch_file_behind(doors: Doors) -> None:
    choose(doors, 200)
    scratch = doors.app.extensions["inspect"].settings.scratch
    assert not list(scratch.glob("*"))


def test_only_an_administrator_opens_these_pages(doors: Doors) -> None:
    for role in set(Role) - {Role.ADMIN}:
        visitor = doors.visitor(f"v.{role.value}", role)
        for path in ("/units", "/units/load", "/units/21040/2025-07-01"):
            visitor.get(path, 403)
        visitor.post("/units/load/confirm", 403)
