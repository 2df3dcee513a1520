"""Compile a checklist's source (XLSForm in Markdown or xlsx) into what publishing stores: XForm and compiled JSON.

Our own linter speaks first, with all faults at once; pyxform only ever sees the rows after expansion. The same source
gives the same bytes, for ever: ODK Collect recognises a form by the hash of its bytes.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from defusedxml import ElementTree  # type: ignore[import-untyped]

from inspect_app.domain.checklists import FORMAT
from inspect_app.domain.problems import N_
from inspect_app.domain.sentences import Sentence

from .criterion_rows import LISTS, Cells, expand
from .xlsform_faults import ChecklistFaults, Fault, FaultBook
from .xlsform_layout import SELECTS, DraftSection, is_yes, kind_of, list_of
from .xlsform_lint import Draft, lint
from .xlsform_rules import Trees, parse_rules
from .xlsform_settings import PLAIN_ONLY, SHARED, read_levels, read_span
from .xlsform_sheets import Row, read_sheets

__all__ = ["ChecklistFaults", "Compiled", "Fault", "compile_checklist"]

_PASSED_ON = (*SHARED, *PLAIN_ONLY)
_PYXFORM_ROW = re.compile(r"^\[row : (\d+)\]\s*")


@dataclass(frozen=True)
class Compiled:
    """A checklist version ready to be stored; `document` is the JSON of `domain.checklists`."""

    key: str
    version: str
    title: str
    source: bytes
    xform: bytes
    document: dict[str, Any]
    warnings: list[str]


def compile_checklist(source: bytes, filename: str, *, law_keys: set[str] | None) -> Compiled:
    """Compile a .md or .xlsx source. `law_keys` are the known keys of the law table; None leaves them unchecked.

    Raises ChecklistFaults with every fault of the source, each with sheet, row and column.
    """
    faults = FaultBook()
    sheets = read_sheets(source, filename, faults)
    if not sheets:
        faults.close()
    draft = lint(sheets, law_keys, faults)
    trees = parse_rules(draft, faults)
    faults.close()
    document = _document(draft, trees)
    xform, warnings = _xform(draft)
    settings = draft.settings.row
    return Compiled(
        key=settings["form_id"],
        version=settings["version"],
        title=settings["form_title"],
        source=source,
        xform=xform,
        document=document,
        warnings=[*_unused_lists(draft), *warnings],
    )


def _unused_lists(draft: Draft) -> list[str]:
    used = {list_of(row) for row in draft.rows if kind_of(row) in SELECTS}
    return [
        Sentence(N_("Danh sách “%(name)s” không câu hỏi nào dùng."), name=name)
        for name in draft.lists
        if name not in used
    ]


# The compiled JSON


def _document(draft: Draft, trees: Trees) -> dict[str, Any]:
    settings = draft.settings
    return {
        "format": FORMAT,
        "key": settings.row["form_id"],
        "version": settings.row["version"],
        "title": settings.row["form_title"],
        "title_en": settings.row["title_en"] or None,
        "level": list(settings.level),
        "kinds": list(settings.kinds),
        "valid_from": settings.valid_from.isoformat() if settings.valid_from else None,
        "valid_to": settings.valid_to.isoformat() if settings.valid_to else None,
        "sections": [_section(section, draft, trees) for section in draft.sections],
    }


def _section(section: DraftSection, draft: Draft, trees: Trees) -> dict[str, Any]:
    row = section.row
    return {
        "name": row["name"],
        "label": row["label"],
        "hint": row["hint"],
        "relevant": trees.get((row.number, "relevant")),
        "questions": [_question(row, draft, trees) for row in section.rows],
    }


def _question(row: Row, draft: Draft, trees: Trees) -> dict[str, Any]:
    kind = kind_of(row)
    choices = draft.lists[list_of(row)] if kind in SELECTS else {}
    shared = {
        "kind": kind,
        "name": row["name"],
        "label": row["label"],
        "hint": row["hint"],
        "relevant": trees.get((row.number, "relevant")),
        "required": trees.get((row.number, "required"), is_yes(row["required"])),
        "constraint": trees.get((row.number, "constraint")),
        "constraint_message": row["constraint_message"] or None,
        "choices": [{"name": name, "label": label} for name, label in choices.items()],
        "appearance": row["appearance"] or None,
        "path": draft.paths[row["name"]],
    }
    return shared | _criterion(row) if kind == "criterion" else shared


def _criterion(row: Row) -> dict[str, Any]:
    start, end = read_span(row, FaultBook())
    return {
        "code": row["code"],
        "group": row["group"],
        "level": list(read_levels(row, FaultBook())),
        "legal_basis": row["legal_basis"].split(),
        "severity": int(row["severity"]) if row["severity"] else None,
        "numerator": row["numerator"] or None,
        "denominator": row["denominator"] or None,
        "photo": row["photo"],
        "core": row["core"] == "yes",
        "valid_from": start.isoformat() if start else None,
        "valid_to": end.isoformat() if end else None,
    }


# The XForm


def _xform(draft: Draft) -> tuple[bytes, list[str]]:
    """XForm bytes and pyxform's warnings; a complaint of pyxform's is brought back to the author's row."""
    # Loading pyxform takes a quarter of a second, and every start of the program would wait for it.
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    rows, numbers = _survey(draft)
    warnings: list[str] = []
    try:
        result = convert(
            xlsform={
                "survey": rows,
                "survey_header": _header(rows),
                "choices": (choices := _choices(draft)),
                "choices_header": _header(choices),
                "settings": [settings := _settings(draft)],
                "settings_header": _header([settings]),
                "sheet_names": ["survey", "choices", "settings"],
            },
            warnings=warnings,
            form_name="data",
        )
        xform = result.xform.encode("utf-8")
        _check_nodes(xform, draft)
    except PyXFormError as error:
        raise ChecklistFaults([_from_pyxform(str(error), numbers)]) from error
    return xform, warnings


def _survey(draft: Draft) -> tuple[list[Cells], list[int]]:
    """All rows as pyxform sees them, and for each the author's row it came from."""
    rows: list[Cells] = []
    numbers: list[int] = []

    def add(row: Row, *expanded: Cells) -> None:
        rows.extend(expanded)
        numbers.extend(row.number for _ in expanded)

    for row in draft.metadata:
        add(row, {"type": row["type"], "name": row["name"]})
    for section in draft.sections:
        add(section.row, _passed_on(section.row))
        for row in section.rows:
            add(row, *(expand(row) if kind_of(row) == "criterion" else [_passed_on(row)]))
        add(section.row, {"type": "end_group"})
    return rows, numbers


def _passed_on(row: Row) -> Cells:
    return {column: row[column] for column in _PASSED_ON if row[column]}


def _choices(draft: Draft) -> list[Cells]:
    used = {list_of(row): draft.lists[list_of(row)] for row in draft.rows if kind_of(row) in SELECTS}
    return [
        {"list_name": name, "name": choice, "label": label}
        for name, choices in {**LISTS, **used}.items()
        for choice, label in choices.items()
    ]


def _settings(draft: Draft) -> Cells:
    row = draft.settings.row
    columns = ("form_id", "version", "form_title", "default_language")
    return {column: row[column] for column in columns if row[column]}


def _header(rows: list[Cells]) -> list[dict[str, None]]:
    return [dict.fromkeys(column for row in rows for column in row)]


def _from_pyxform(message: str, numbers: list[int]) -> Fault:
    found = _PYXFORM_ROW.match(message)
    place = int(found[1]) - 2 if found else -1  # its row 1 is the header
    number = numbers[place] if 0 <= place < len(numbers) else 0
    reason = Sentence(N_("pyxform không nhận dòng này: %(reason)s"), reason=_PYXFORM_ROW.sub("", message))
    return Fault("survey", number, "", reason)


def _check_nodes(xform: bytes, draft: Draft) -> None:
    """Refuse an XForm that is not well-formed or whose nodes are not exactly the expected ones (pyxform drops rows silently)."""
    try:
        root = ElementTree.fromstring(xform)
    except ElementTree.ParseError as error:
        raise ChecklistFaults(
            [Fault("", 0, "", Sentence(N_("XForm tạo ra không phải là XML đúng: %(reason)s"), reason=error))]
        ) from error
    instance = next(node for node in root.iter() if _local(node.tag) == "instance")
    found = Counter(_paths(instance[0], ""))
    expected = set(draft.paths.values())
    missing = sorted(expected - set(found))
    extra = sorted(path for path in set(found) - expected - {"/data"} if not path.startswith("/data/meta"))
    if missing or extra:
        message = N_(
            "XForm không khớp biểu mẫu; thiếu: %(missing)s; thừa: %(extra)s. Hãy báo người quản trị."
        )
        raise ChecklistFaults([Fault("", 0, "", Sentence(message, missing=missing, extra=extra))])


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _paths(node: Any, above: str) -> list[str]:
    path = f"{above}/{_local(node.tag)}"
    return [path, *(inner for child in node for inner in _paths(child, path))]
