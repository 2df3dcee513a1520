"""The way out of a phone that cannot send: its export file, brought to the office, is taken in here.

Importing a file again changes nothing. Of visits this person may not know of, only receipt codes are shown.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import render_template, request

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, TooLarge
from inspect_app.domain.receipts import REASONS
from inspect_app.operations.desk import Desk
from inspect_app.operations.unsealing import Taken, TakenRecord, take_in
from inspect_app.storage.inspections import find_inspection
from inspect_app.storage.people import find_full_names
from inspect_app.storage.submissions import ARRIVED

from .access import open_to
from .errors import say
from .kept import bp
from .sealed_room import room
from .services import fresh_desk, services
from .uploads import Arriving, files_dropped

ERRORS = {
    "unreadable": N_("Không mở được: tệp hỏng, hoặc không do máy chủ này cấp khóa."),
    "no_record": N_("Thiếu phần đầu của phiếu, chỉ còn câu trả lời lẻ."),
    "not_a_document": N_("Nội dung không thành một phiếu kiểm tra."),
    "refused": N_("Máy chủ không ghi được phiếu này. Hãy báo quản trị và giữ tệp lại."),
}
OUTCOMES = {"created": N_("Đã nhận"), "repeated": N_("Đã có từ trước"), "kept": N_("Giữ chờ xử lý")}
PHOTOS = {
    "open": N_("Tệp không có đủ các phần của ảnh."),
    "mismatched": N_("Các phần của ảnh không khớp với ảnh đã khai báo."),
    "unreadable": N_("Không mở được ảnh."),
}


@dataclass(frozen=True)
class Line:
    """A record of the file. What it says of its visit, and the visit itself, only where this person may know of it."""

    record: TakenRecord
    person: str
    unit: str = ""
    day: date | None = None
    inspection_id: str | None = None
    may_open: bool = False

    @property
    def outcome(self) -> str:
        receipt = self.record.receipt
        assert receipt
        return (
            receipt.outcome
            if receipt.outcome == "repeated"
            else {"kept": "kept"}.get(receipt.status, "created")
        )

    @property
    def photos(self) -> tuple[int, int]:
        """How many are here, of how many."""
        listed = self.record.receipt.photos if self.record.receipt else []
        return sum(photo.state in ARRIVED for photo in listed), len(listed)


@bp.get("/import", endpoint="import_page")
@open_to(Act.SETTLE_KEPT)
def page() -> str:
    return render_template("kept/import.html")


@bp.post("/import", endpoint="import_file")
@open_to(Act.SETTLE_KEPT)
def import_file() -> str | tuple[str, int]:
    try:
        taken = _take_in()
    except (BadValue, TooLarge) as problem:
        return render_template("kept/import.html", fault=say(problem)), problem.status
    with fresh_desk(writing=True) as at:
        people = find_full_names(at.session, [record.person_id for record in taken.records])
        lines = [_line(at, people, record) for record in taken.records]
        taken_in = sum(record.receipt is not None for record in taken.records)
        at.audit("phone_file_imported", records=taken_in, photos=len(taken.photos))
    return render_template(
        "kept/import.html", lines=lines, troubles=_troubles(taken), odd=taken.odd, errors=ERRORS,
        outcomes=OUTCOMES, photo_troubles=PHOTOS, keep_reasons=REASONS,
    )  # fmt: skip


def _take_in() -> Taken:
    if files_dropped():
        raise TooLarge(N_("Tệp quá lớn nên chưa nhận."))
    file = request.files.get("file")
    stored = file.stream.finish() if file and isinstance(file.stream, Arriving) else None
    if stored is None:
        raise BadValue(N_("Hãy chọn tệp .phieu xuất từ điện thoại."))
    try:
        with stored.path.open("rb") as opened:
            return take_in(room("import"), opened)
    finally:
        services().evidence.discard(stored)


def _line(at: Desk, people: dict[int, str], record: TakenRecord) -> Line:
    line = Line(record, people.get(record.person_id, ""))
    if record.receipt is None:
        return line
    inspection_id = record.receipt.submission.inspection_id
    if inspection_id is None:
        return replace(line, **_said(record.facts), may_open=True)
    inspection = find_inspection(at.session, at.viewer, inspection_id)
    if inspection is None:
        return line
    unit = at.gazetteer.by_id(inspection.unit_id).full_name
    return replace(line, unit=unit, day=inspection.day, inspection_id=inspection_id, may_open=True)


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    """Unit and day as the phone names them."""
    unit = facts.get("unit")
    try:
        day = date.fromisoformat(str(facts.get("day")))
    except ValueError:
        day = None
    return {"unit": str(unit.get("full", "")) if isinstance(unit, dict) else "", "day": day}


def _troubles(taken: Taken) -> list[tuple[str, str, int]]:
    """State, receipt code and number of the photos that did not come whole."""
    codes = {record.receipt.submission.id: record.receipt.code for record in taken.records if record.receipt}
    counted = Counter((photo.state, codes.get(photo.submission, "")) for photo in taken.photos)
    return [(state, code, count) for (state, code), count in sorted(counted.items()) if state in PHOTOS]
