"""Acts of an administrator on the dated table of law. A finding copies the text of its day, so a correction here
changes no finding; it is audited with both texts all the same.
"""

import re
from dataclasses import dataclass
from datetime import date

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, Conflict
from inspect_app.domain.text import format_date, nfc
from inspect_app.storage.checklists import LawRow
from inspect_app.storage.law_table import get_law, rows_of_key, take_turns

from .desk import Desk

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
LONGEST_KEY = 60
LONGEST_TEXT = 600
LONGEST_NOTE = 300


@dataclass(frozen=True)
class WantedLaw:
    """A row of law: in force from `valid_from` until the day before `valid_to` (None: still)."""

    key: str
    text: str
    note: str
    valid_from: date | None
    valid_to: date | None
    ends_previous: bool = False  # the row of this key that is still open ends where this one begins


def add_law(desk: Desk, wanted: WantedLaw) -> LawRow:
    """Add a row; BadValue with `fields` for all that is wrong, Conflict if its days overlap another of its key."""
    desk.require(Act.MANAGE_LAW)
    key = wanted.key.strip().lower()
    faults = _text_faults(wanted.text, wanted.note)
    if not KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        faults = {
            "key": N_("Mã căn cứ gồm chữ thường không dấu, số, gạch dưới; các phần cách nhau bằng dấu chấm."),
            **faults,
        }
    if wanted.valid_from is None:
        faults["valid_from"] = N_("Hãy ghi ngày bắt đầu có hiệu lực.")
    elif wanted.valid_to is not None and wanted.valid_to <= wanted.valid_from:
        faults["valid_to"] = N_("Ngày hết hiệu lực phải sau ngày bắt đầu.")
    if faults or wanted.valid_from is None:
        raise BadValue(N_("Căn cứ còn chỗ cần sửa."), fields=faults)
    take_turns(desk.session)
    others = rows_of_key(desk.session, key)
    if wanted.ends_previous:
        _end_open(desk, others, wanted.valid_from)
    _refuse_overlap(others, wanted.valid_from, wanted.valid_to)
    row = LawRow(
        key=key, text=_clean(wanted.text), note=_clean(wanted.note), valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    desk.audit("law_added", "law", row.id, key=key)
    return row


def correct_law(desk: Desk, law_id: int, text: str, note: str) -> LawRow:
    """Mend the wording of a row; its key and days stay."""
    desk.require(Act.MANAGE_LAW)
    row = get_law(desk.session, law_id)
    faults = _text_faults(text, note)
    if faults:
        raise BadValue(N_("Căn cứ còn chỗ cần sửa."), fields=faults)
    before = row.text
    row.text, row.note = _clean(text), _clean(note)
    desk.audit("law_corrected", "law", row.id, key=row.key, before=before, after=row.text)
    desk.session.flush()
    return row


def end_law(desk: Desk, law_id: int, valid_to: date | None) -> LawRow:
    """Say from which day a row holds no more; None: it holds until further notice."""
    desk.require(Act.MANAGE_LAW)
    take_turns(desk.session)
    row = get_law(desk.session, law_id)
    if valid_to is not None and valid_to <= row.valid_from:
        text = N_("Ngày hết hiệu lực phải sau ngày bắt đầu.")
        raise BadValue(text, fields={"valid_to": text})
    _refuse_overlap(
        [other for other in rows_of_key(desk.session, row.key) if other.id != row.id],
        row.valid_from,
        valid_to,
    )
    _set_end(desk, row, valid_to)
    return row


def _end_open(desk: Desk, rows: list[LawRow], day: date) -> None:
    for row in rows:
        if row.valid_to is None and row.valid_from < day:
            _set_end(desk, row, day)


def _set_end(desk: Desk, row: LawRow, valid_to: date | None) -> None:
    row.valid_to = valid_to
    desk.audit("law_ended", "law", row.id, key=row.key, valid_to=valid_to.isoformat() if valid_to else None)
    desk.session.flush()


def _refuse_overlap(others: list[LawRow], start: date, end: date | None) -> None:
    for other in others:
        if (other.valid_to is None or start < other.valid_to) and (end is None or other.valid_from < end):
            raise Conflict(
                N_(
                    "Thời gian hiệu lực chồng lên dòng %(start)s – %(end)s của cùng mã căn cứ. Hãy kết thúc dòng đó trước."
                ),
                fields={"valid_from": N_("Chồng lên một dòng khác của cùng mã căn cứ.")},
                start=format_date(other.valid_from),
                end=format_date(other.valid_to) if other.valid_to else "…",
            )


def _text_faults(text: str, note: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not text.strip():
        faults["text"] = N_("Hãy ghi căn cứ, ví dụ: Điều 18 Nghị định số 61/2018/NĐ-CP.")
    elif len(_clean(text)) > LONGEST_TEXT:
        faults["text"] = N_("Căn cứ dài quá 600 chữ.")
    if len(_clean(note)) > LONGEST_NOTE:
        faults["note"] = N_("Ghi chú dài quá 300 chữ.")
    return faults


def _clean(text: str) -> str:
    return " ".join(nfc(text).split())
