"""Our own checks over an XLSForm's rows, which pyxform skips: columns, names, labels, and the rules of a criterion.

The result is a draft of the form as its author laid it out; expressions are judged in xlsform_rules.py.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from inspect_app.domain.checklists import LEVELS, PHOTO_RULES, VISIT_KINDS
from inspect_app.domain.findings import GROUPS
from inspect_app.domain.problems import N_

from .criterion_rows import LISTS
from .xlsform_faults import FaultBook, nearest
from .xlsform_layout import KINDS, SELECTS, DraftSection, filled, kind_of, lay_out, list_of, name_paths
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
    "settings": ("form_id", "version", "form_title", "default_language", "level", "kinds"),
}
# XLSForm knows these; the phone form does not yet, and a column that works only in Collect would mislead.
NOT_YET = re.compile(
    r"(required_message|default|read_?only|calculat(e|ion)|choice_filter|repeat_count|parameters|guidance_hint|trigger"
    r"|disabled|image|audio|video|big-image|filter|note|public_key|submission_url|auto_send|style|instance_name"
    r"|(media|bind|body|instance|label|hint|constraint_message).*:.*)"
)

APPEARANCES = ("multiline", "minimal", "columns", "horizontal")
LEVEL_WORDS = {"H": ("district",), "X": ("commune",), "HX": LEVELS}

CHOICE_NAME = re.compile(r"[A-Za-z0-9_-]+")
KEY = re.compile(r"[a-z][a-z0-9-]{0,59}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
CODE = re.compile(r"[A-Z]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Settings:
    row: Row
    level: tuple[str, ...]
    kinds: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None


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
    _columns(sheets, faults)
    settings = _settings(sheets.get("settings"), faults)
    lists = _choices(sheets.get("choices"), faults)
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


# sheets and columns


def _columns(sheets: Mapping[str, Sheet], faults: FaultBook) -> None:
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


def _settings(sheet: Sheet | None, faults: FaultBook) -> Settings:
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


def _choices(sheet: Sheet | None, faults: FaultBook) -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    for row in sheet.rows if sheet else ():
        for column in NEEDED["choices"]:
            if not row[column]:
                faults.add("choices", row.number, column, N_("Ô này còn trống. Hãy điền."))
        if row["list_name"] in LISTS:
            faults.add(
                "choices", row.number, "list_name", N_("Tên này dành cho danh sách có sẵn. Hãy đặt tên khác.")
            )
        _shape(
            row, "name", CHOICE_NAME, N_("Chỉ dùng chữ không dấu, số, gạch dưới, không có dấu cách."), faults
        )
        choices = lists.setdefault(row["list_name"], {})
        if row["name"] in choices:
            faults.add(
                "choices", row.number, "name", N_("Lựa chọn này có hai lần trong danh sách. Hãy đổi tên.")
            )
        choices[row["name"]] = row["label"]
    return lists


# rows of the survey


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
            N_("Tiêu chí có mức độ phải có căn cứ. Hãy ghi khóa văn bản."),
        )
    for key in keys:
        if law_keys is not None and key not in law_keys:
            message = N_(
                "Không có khóa văn bản “%(key)s” trong bảng căn cứ.%(hint)s Hãy sửa hoặc thêm khóa đó trước."
            )
            faults.add("survey", row.number, "legal_basis", message, key=key, hint=nearest(key, law_keys))
