"""Check the sheets' columns, the settings and the choices of an XLSForm; read its days and levels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from inspect_app.domain.checklists import LEVELS, VISIT_KINDS
from inspect_app.domain.problems import N_

from .criterion_rows import LISTS
from .xlsform_faults import FaultBook, nearest
from .xlsform_sheets import Row, Sheet

SHARED = ("type", "name", "label", "hint", "relevant", "required")
CRITERION_ONLY = (
    "code", "group", "level", "legal_basis", "severity", "numerator", "denominator", "photo", "core", "valid_from", "valid_to",
)  # fmt: skip
PLAIN_ONLY = ("constraint", "constraint_message", "appearance")
COLUMNS = {
    "survey": (*SHARED, *CRITERION_ONLY, *PLAIN_ONLY),
    "choices": ("list_name", "name", "label"),
    "settings": (
        "form_id", "version", "form_title", "title_en", "default_language", "level", "kinds", "valid_from", "valid_to",
    ),
}  # fmt: skip
NEEDED = {
    "survey": ("type", "name", "label"),
    "choices": ("list_name", "name", "label"),
    "settings": ("form_id", "version", "form_title", "level", "kinds"),
}
# XLSForm knows these; the phone form does not yet, and a column that works only in Collect would mislead.
NOT_YET = re.compile(
    r"(required_message|default|read_?only|calculat(e|ion)|choice_filter|repeat_count|parameters|guidance_hint|trigger"
    r"|disabled|image|audio|video|big-image|filter|note|public_key|submission_url|auto_send|style|instance_name"
    r"|(media|bind|body|instance|label|hint|constraint_message).*:.*)"
)

LEVEL_WORDS = {"H": ("district",), "X": ("commune",), "HX": LEVELS}

CHOICE_NAME = re.compile(r"[A-Za-z0-9_-]+")
KEY = re.compile(r"[a-z][a-z0-9-]{0,59}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Settings:
    row: Row
    level: tuple[str, ...]
    kinds: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None


def check_columns(sheets: Mapping[str, Sheet], faults: FaultBook) -> None:
    for name in ("settings", "survey"):
        if name not in sheets:
            faults.add("", 0, "", N_("Thiếu bảng %(name)s. Hãy thêm bảng đó."), name=name)
    for name, sheet in sheets.items():
        for column in sheet.columns:
            if column in COLUMNS[name]:
                continue
            if NOT_YET.fullmatch(column):
                message = N_("XLSForm có cột này nhưng chương trình chưa dùng. Hãy xóa cột.")
                faults.add(name, sheet.header_number, column, message)
            else:
                message = N_("Không biết cột này.%(hint)s Hãy sửa tên hoặc xóa cột.")
                faults.add(name, sheet.header_number, column, message, hint=nearest(column, COLUMNS[name]))
        for column in NEEDED[name]:
            if column not in sheet.columns:
                faults.add(name, sheet.header_number, column, N_("Thiếu cột này. Hãy thêm vào bảng."))


def read_day(row: Row, column: str, faults: FaultBook) -> date | None:
    text = row[column]
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
    faults.add(row.sheet, row.number, column, N_("Hãy ghi ngày dạng 2025-07-01 hoặc 01/07/2025."))
    return None


def read_span(row: Row, faults: FaultBook) -> tuple[date | None, date | None]:
    start, end = read_day(row, "valid_from", faults), read_day(row, "valid_to", faults)
    if start and end and start >= end:
        faults.add(row.sheet, row.number, "valid_to", N_("Ngày hết hiệu lực phải sau ngày bắt đầu hiệu lực."))
    return start, end


def read_levels(row: Row, faults: FaultBook) -> tuple[str, ...]:
    found: set[str] = set()
    for word in row["level"].split():
        if word in LEVELS:
            found.add(word)
        elif word in LEVEL_WORDS:
            found.update(LEVEL_WORDS[word])
        else:
            faults.add(
                row.sheet, row.number, "level", N_("Hãy ghi H (cấp huyện), X (cấp xã) hoặc HX (cả hai).")
            )
    return tuple(level for level in LEVELS if level in found)


def read_settings(sheet: Sheet | None, faults: FaultBook) -> Settings:
    rows = sheet.rows if sheet else ()
    if sheet and len(rows) != 1:
        faults.add("settings", sheet.header_number, "", N_("Bảng settings phải có đúng một dòng giá trị."))
    row = rows[0] if rows else Row("settings", 0, {})
    if rows:
        for column in NEEDED["settings"]:
            if not row[column]:
                faults.add("settings", row.number, column, N_("Ô này còn trống. Hãy điền."))
        _shape(
            row, "form_id", KEY, N_("Chỉ dùng chữ thường không dấu, số và gạch nối, ví dụ cap-xa."), faults
        )
        _shape(row, "version", VERSION, N_("Chỉ dùng chữ không dấu, số, dấu chấm, ví dụ 2025.07."), faults)
    for kind in row["kinds"].split():
        if kind not in VISIT_KINDS:
            message = N_("Không có hình thức “%(kind)s”. Chỉ dùng: scheduled, short_notice, surprise.")
            faults.add("settings", row.number, "kinds", message, kind=kind)
    kinds = tuple(kind for kind in VISIT_KINDS if kind in row["kinds"].split())
    return Settings(row, read_levels(row, faults), kinds, *read_span(row, faults))


def _shape(row: Row, column: str, shape: re.Pattern[str], message: str, faults: FaultBook) -> None:
    if row[column] and not shape.fullmatch(row[column]):
        faults.add(row.sheet, row.number, column, message)


def read_choices(sheet: Sheet | None, faults: FaultBook) -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    for row in sheet.rows if sheet else ():
        for column in NEEDED["choices"]:
            if not row[column]:
                faults.add("choices", row.number, column, N_("Ô này còn trống. Hãy điền."))
        if row["list_name"] in LISTS:
            faults.add(
                "choices", row.number, "list_name", N_("Tên này dành cho danh sách có sẵn. Hãy đặt tên khác.")
            )
        for column in ("list_name", "name"):
            message = N_("Chỉ dùng chữ không dấu, số, gạch dưới, không có dấu cách.")
            _shape(row, column, CHOICE_NAME, message, faults)
        choices = lists.setdefault(row["list_name"], {})
        if row["name"] in choices:
            faults.add(
                "choices", row.number, "name", N_("Lựa chọn này có hai lần trong danh sách. Hãy đổi tên.")
            )
        choices[row["name"]] = row["label"]
    return lists
