"""Published checklists at their pages: criteria with the law of a day, source and XForm byte for byte."""

from inspect_app.domain.people import Role
from inspect_app.operations.preparing import FORMS
from inspect_app.storage.checklists import find_version
from tests.doors import Doors, seen


def number(doors: Doors, key: str) -> int:
    with doors.office.database.reading() as session:
        row = find_version(session, key, "2020.1")
        assert row is not None
        return row.id


def test_a_version_shows_its_criteria_with_the_law_of_the_day_asked(doors: Doors) -> None:
    head = doors.visitor("truongphong", Role.HEAD)
    assert "64, trong đó 26 cốt lõi" in seen(head.get("/checklists"))
    path = f"/checklists/{number(doors, 'cap-huyen')}"
    old, new = seen(head.get(f"{path}?day=2021-05-05")), seen(head.get(f"{path}?day=2026-01-01"))
    assert "65 tiêu chí" in old
    assert "Điều 18 Nghị định số 61/2018/NĐ-CP" in old
    assert "Điều 18 Nghị định số 61/2018/NĐ-CP" not in new
    head.get(f"{path}?day=x", 400)
    head.get("/checklists/999", 404)


def test_the_source_comes_back_byte_for_byte_and_the_xform_as_xml(doors: Doors) -> None:
    me = doors.visitor("quantri", Role.ADMIN)
    version = number(doors, "cap-xa")
    source = me.get(f"/checklists/{version}/source")
    assert source.data == (FORMS / "cap-xa" / "2020.1.md").read_bytes()
    assert "cap-xa_2020.1.md" in source.headers["Content-Disposition"]
    xform = me.get(f"/checklists/{version}/xform")
    assert xform.data.lstrip().startswith((b"<?xml", b"<h:html"))


def test_only_administrators_and_heads_open_these_pages(doors: Doors) -> None:
    for role in set(Role) - {Role.ADMIN, Role.HEAD}:
        visitor = doors.visitor(f"v.{role.value}", role)
        for path in ("", "/1", "/1/source", "/1/xform"):
            visitor.get(f"/checklists{path}", 403)
