"""Our own checks over an XLSForm's rows, which pyxform skips: labels, lists, and the rules of a criterion.

The result is a draft of the form as its author laid it out; expressions are judged in xlsform_rules.py.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inspect_app.domain.checklists import PHOTO_RULES
from inspect_app.domain.findings import GROUPS
from inspect_app.domain.problems import N_

from .xlsform_faults import FaultBook, nearest
from .xlsform_layout import KINDS, SELECTS, DraftSection, filled, kind_of, lay_out, list_of, name_paths
from .xlsform_settings import (
    CRITERION_ONLY,
    PLAIN_ONLY,
    Settings,
    check_columns,
    read_choices,
    read_levels,
    read_settings,
    read_span,
)
from .xlsform_sheets import Row, Sheet

APPEARANCES = ("multiline", "minimal", "columns", "horizontal")
CODE = re.compile(r"[A-Z]{2}-[0-9]{2}")


@dataclass
class Draft:
    """A form as laid out: `paths` gives each name its absolute path, `lists` the choices in their order."""

    settings: Settings
    sections: list[DraftSection]
    metadata: list[Row]
    lists: dict[str, dict[str, str]]
    paths: dict[str, str]

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]


def lint(sheets: Mapping[str, Sheet], law_keys: set[str] | None, faults: FaultBook) -> Draft:
    """Check all sheets and lay out the form; without `law_keys` the keys of legal_basis are not checked."""
    check_columns(sheets, faults)
    settings = read_settings(sheets.get("settings"), faults)
    lists = read_choices(sheets.get("choices"), faults)
    sections, metadata = lay_out(sheets.get("survey"), faults)
    draft = Draft(settings, sections, metadata, lists, name_paths(sections, metadata, faults))
    codes: dict[str, int] = {}
    for section in draft.sections:
        _plain_texts(section.row, faults)
    for row in draft.rows:
        _plain_texts(row, faults)
        if row["type"] == "criterion":
            _criterion(row, settings, law_keys, codes, faults)
        else:
            _plain(row, lists, faults)
    return draft


def _unused(row: Row, columns: Iterable[str], faults: FaultBook) -> None:
    for column in columns:
        if row[column]:
            message = N_("Cột này không dùng cho dòng loại %(kind)s. Hãy xóa ô.")
            faults.add("survey", row.number, column, message, kind=kind_of(row))


def _plain_texts(row: Row, faults: FaultBook) -> None:
    """Collect fills `${name}` inside texts; the phone page shows texts as they are."""
    for column in ("label", "hint", "numerator", "denominator", "constraint_message"):
        if "${" in row[column]:
            faults.add(
                "survey", row.number, column, N_("Chữ hiển thị không được chứa ${…}. Hãy viết thành lời.")
            )


def _plain(row: Row, lists: Mapping[str, Mapping[str, str]], faults: FaultBook) -> None:
    kind = kind_of(row)
    filled(row, ("label",), faults)
    _unused(row, CRITERION_ONLY, faults)
    if kind == "note":
        _unused(row, ("required", "constraint", "constraint_message"), faults)
    if kind in SELECTS:
        if list_of(row) not in lists:
            message = N_("Không có danh sách “%(name)s” trong bảng choices.%(hint)s")
            faults.add(
                "survey", row.number, "type", message, name=list_of(row), hint=nearest(list_of(row), lists)
            )
    elif list_of(row):
        message = N_("Không có loại “%(kind)s”.%(hint)s")
        faults.add("survey", row.number, "type", message, kind=row["type"], hint=nearest(kind, KINDS))
    if row["constraint"] and not row["constraint_message"]:
        message = N_("Hãy ghi lời nhắc khi câu trả lời không hợp lệ.")
        faults.add("survey", row.number, "constraint_message", message)
    if row["constraint_message"] and not row["constraint"]:
        faults.add(
            "survey", row.number, "constraint", N_("Có lời nhắc mà chưa có điều kiện. Hãy ghi điều kiện.")
        )
    if row["appearance"] and row["appearance"] not in APPEARANCES:
        message = N_("Không có kiểu “%(name)s”.%(hint)s")
        hint = nearest(row["appearance"], APPEARANCES)
        faults.add("survey", row.number, "appearance", message, name=row["appearance"], hint=hint)


def _criterion(
    row: Row, settings: Settings, law_keys: set[str] | None, codes: dict[str, int], faults: FaultBook
) -> None:
    filled(row, ("label", "hint", "code", "group", "level", "photo"), faults)
    _unused(row, PLAIN_ONLY, faults)
    _code(row, codes, faults)
    levels = read_levels(row, faults)
    if levels and settings.level and not set(levels) & set(settings.level):
        message = N_(
            "Biểu mẫu này không dùng cho cấp đó, tiêu chí sẽ không bao giờ được hỏi. Hãy sửa hoặc xóa dòng."
        )
        faults.add("survey", row.number, "level", message)
    read_span(row, faults)
    if row["severity"] not in ("", "1", "2", "3", "4"):
        faults.add("survey", row.number, "severity", N_("Mức độ là 1, 2, 3, 4 hoặc để trống."))
    if row["photo"] and row["photo"] not in PHOTO_RULES:
        faults.add("survey", row.number, "photo", N_("Ghi Y, R, S hoặc dấu - (không chụp)."))
    if row["core"] not in ("", "yes"):
        faults.add("survey", row.number, "core", N_("Ghi yes hoặc để trống."))
    if row["numerator"] and not row["denominator"]:
        faults.add(
            "survey", row.number, "denominator", N_("Có nhãn tử số mà thiếu nhãn mẫu số. Hãy điền cả hai.")
        )
    if row["denominator"] and not row["numerator"]:
        faults.add(
            "survey", row.number, "numerator", N_("Có nhãn mẫu số mà thiếu nhãn tử số. Hãy điền cả hai.")
        )
    _law(row, law_keys, faults)


def _code(row: Row, codes: dict[str, int], faults: FaultBook) -> None:
    code, group = row["code"], row["group"]
    if group and group not in GROUPS:
        message = N_("Không có nhóm “%(group)s”. Chỉ dùng: %(known)s.")
        faults.add("survey", row.number, "group", message, group=group, known=", ".join(GROUPS))
    if code and not CODE.fullmatch(code):
        faults.add("survey", row.number, "code", N_("Mã có dạng hai chữ hoa, gạch nối, hai số, ví dụ NY-01."))
    elif code and group in GROUPS and not code.startswith(f"{group}-"):
        faults.add("survey", row.number, "code", N_("Mã phải bắt đầu bằng tên nhóm %(group)s."), group=group)
    if code in codes:
        message = N_("Mã này đã dùng ở dòng %(first)s. Mỗi tiêu chí một mã.")
        faults.add("survey", row.number, "code", message, first=codes[code])
    elif code:
        codes[code] = row.number


def _law(row: Row, law_keys: set[str] | None, faults: FaultBook) -> None:
    keys = row["legal_basis"].split()
    if row["severity"] and not keys:
        faults.add(
            "survey",
            row.number,
            "legal_basis",
            N_("Tiêu chí có mức độ phải có căn cứ. Hãy ghi mã căn cứ."),
        )
    for key in keys:
        if law_keys is not None and key not in law_keys:
            message = N_(
                "Không có mã căn cứ “%(key)s” trong bảng căn cứ.%(hint)s Hãy sửa hoặc thêm mã đó trước."
            )
            faults.add("survey", row.number, "legal_basis", message, key=key, hint=nearest(key, law_keys))
