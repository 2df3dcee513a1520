"""Lay out the rows of a survey sheet: sections, names and paths, before any expression or criterion is judged."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from inspect_app.domain.problems import N_

from .criterion_rows import names_of
from .xlsform_faults import FaultBook, nearest
from .xlsform_sheets import Row, Sheet

PLAIN_KINDS = ("integer", "decimal", "text", "date", "time", "note")
SELECTS = ("select_one", "select_multiple")
METADATA = ("start", "end")
KINDS = ("criterion", *PLAIN_KINDS, *SELECTS, *METADATA, "begin_group", "end_group")

NAME = re.compile(r"[a-z][a-z0-9_]*")
# Fields of the page around the checklist, and nodes that pyxform adds.
RESERVED = frozenset(
    {"csrf_token", "submission_id", "replaces", "action", "data", "meta", "inspection", "unit", "reason"}
)


@dataclass
class DraftSection:
    row: Row
    rows: list[Row] = field(default_factory=list)


def kind_of(row: Row) -> str:
    """The first word of a type, with XLSForm's spelling `begin group` joined."""
    kind = row["type"].replace("begin group", "begin_group").replace("end group", "end_group")
    return kind.split()[0] if kind else ""


def list_of(row: Row) -> str:
    return row["type"].partition(" ")[2].strip()


def is_no(text: str) -> bool:
    return text.lower() in ("", "no", "false", "false()")


def is_yes(text: str) -> bool:
    return text.lower() in ("yes", "true", "true()")


def filled(row: Row, columns: Iterable[str], faults: FaultBook) -> None:
    for column in columns:
        if not row[column]:
            faults.add("survey", row.number, column, N_("Ô này còn trống. Hãy điền."))


def lay_out(sheet: Sheet | None, faults: FaultBook) -> tuple[list[DraftSection], list[Row]]:
    """Rows by section. A row outside any section, a nested or unclosed group are faults."""
    sections: list[DraftSection] = []
    metadata: list[Row] = []
    current: DraftSection | None = None
    for row in sheet.rows if sheet else ():
        kind = kind_of(row)
        if not kind:
            faults.add(
                "survey", row.number, "type", N_("Ô loại câu hỏi còn trống. Hãy ghi loại hoặc xóa dòng.")
            )
        elif kind not in KINDS:
            message = N_("Không có loại “%(kind)s”.%(hint)s")
            faults.add("survey", row.number, "type", message, kind=row["type"], hint=nearest(kind, KINDS))
        elif kind in METADATA:
            metadata.append(row)
        elif kind == "begin_group":
            if current is not None:
                faults.add(
                    "survey",
                    row.number,
                    "type",
                    N_("Nhóm trước chưa đóng. Hãy thêm dòng end_group phía trên."),
                )
            current = DraftSection(row)
            sections.append(current)
            filled(row, ("label",), faults)
        elif kind == "end_group":
            if current is None:
                faults.add("survey", row.number, "type", N_("Không có nhóm nào đang mở. Hãy xóa dòng này."))
            current = None
        elif current is None:
            faults.add(
                "survey",
                row.number,
                "type",
                N_("Câu hỏi phải nằm trong một nhóm. Hãy thêm begin_group phía trên."),
            )
            sections.append(DraftSection(Row("survey", row.number, {"name": ""}), [row]))
        else:
            current.rows.append(row)
    if current is not None:
        faults.add("survey", current.row.number, "type", N_("Nhóm này chưa đóng. Hãy thêm dòng end_group."))
    if sheet and not any(section.rows for section in sections):
        faults.add("survey", sheet.header_number, "", N_("Biểu mẫu chưa có câu hỏi nào."))
    return sections, metadata


def name_paths(sections: list[DraftSection], metadata: list[Row], faults: FaultBook) -> dict[str, str]:
    """Every name of the expanded form with its path. A name twice, also one an expansion makes, is a fault."""
    paths: dict[str, str] = {}
    first: dict[str, int] = {}

    def claim(row: Row, name: str, path: str) -> None:
        if name in first:
            message = N_(
                "Tên “%(name)s” đã dùng ở dòng %(first)s (một tiêu chí dùng cả các tên _g, _note, _n, _of…). Hãy đổi tên."
            )
            faults.add("survey", row.number, "name", message, name=name, first=first[name])
            return
        first[name] = row.number
        paths[name] = path

    for row in metadata:
        if _named(row, faults):
            claim(row, row["name"], f"/data/{row['name']}")
    for section in sections:
        folder = f"/data/{section.row['name']}"
        if section.row["type"] and _named(section.row, faults):
            claim(section.row, section.row["name"], folder)
        for row in section.rows:
            if not _named(row, faults):
                continue
            names = names_of(row) if row["type"] == "criterion" else {row["name"]: row["name"]}
            # The author's own name first: the message then names what he wrote.
            for name in sorted(names, key=lambda name, own=row["name"]: name != own):  # type: ignore[misc]
                claim(row, name, f"{folder}/{names[name]}")
    return paths


def _named(row: Row, faults: FaultBook) -> bool:
    name = row["name"]
    if not name:
        faults.add("survey", row.number, "name", N_("Ô tên còn trống. Hãy đặt tên, ví dụ ny_01."))
    elif not NAME.fullmatch(name):
        message = N_("Tên chỉ gồm chữ thường không dấu, số, gạch dưới và bắt đầu bằng chữ, ví dụ ny_01.")
        faults.add("survey", row.number, "name", message)
    elif name in RESERVED:
        faults.add("survey", row.number, "name", N_("Tên này dành riêng cho chương trình. Hãy đặt tên khác."))
    else:
        return True
    return False
