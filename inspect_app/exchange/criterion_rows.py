"""One `criterion` row becomes standard XLSForm rows, so that ODK Collect and pyxform see a plain form.

It happens before pyxform, which refuses a name that stands twice; all names are therefore made unique here.
"""

from collections.abc import Iterator

from inspect_app.domain.checklists import OUTCOMES
from inspect_app.domain.findings import CAUSES, SEVERITIES
from inspect_app.domain.problems import N_

from .xlsform_sheets import Row

Cells = dict[str, str]

# Choice lists every form gets; an author may not define lists of these names.
OUTCOME_LIST, SEVERITY_LIST, CAUSE_LIST = "inspect_outcome", "inspect_severity", "inspect_cause"
LISTS: dict[str, dict[str, str]] = {
    OUTCOME_LIST: OUTCOMES,
    SEVERITY_LIST: {str(level): f"{level}. {label}" for level, label in SEVERITIES.items()},
    CAUSE_LIST: CAUSES,
}

PHOTO_SIZE = "max-pixels=2048"


def expand(row: Row) -> list[Cells]:
    """The XLSForm rows of one criterion, from begin_group to end_group; cells are those pyxform knows."""
    name = row["name"]
    return [
        _row("begin_group", f"{name}_g", label=row["code"], relevant=row["relevant"]),
        _outcome(row),
        *_follow_ups(row),
        _row("end_group"),
    ]


def names_of(row: Row) -> dict[str, str]:
    """Every name the row brings into the form, with its path below the section: ny_01 -> ny_01_g/ny_01."""
    names: dict[str, str] = {}
    folders: list[str] = []
    for cells in expand(row):
        if cells["type"].startswith("end_"):
            folders.pop()
            continue
        names[cells["name"]] = "/".join([*folders, cells["name"]])
        if cells["type"].startswith("begin_"):
            folders.append(cells["name"])
    return names


def _row(kind: str, name: str = "", **cells: str) -> Cells:
    return (
        {"type": kind}
        | ({"name": name} if name else {})
        | {key: value for key, value in cells.items() if value}
    )


def _outcome(row: Row) -> Cells:
    """The default counts as an answer for ODK, so a required criterion refuses it by a constraint."""
    required = row["required"]
    unanswered = ""
    if required.lower() in ("yes", "true", "true()"):
        unanswered = ". != 'unchecked'"
    elif required and required.lower() not in ("no", "false", "false()"):
        unanswered = f"not({required}) or . != 'unchecked'"
    return _row(
        f"select_one {OUTCOME_LIST}",
        row["name"],
        label=row["label"],
        hint=row["hint"],
        default="unchecked",
        required=required,
        constraint=unanswered,
        constraint_message=N_("Câu này bắt buộc trả lời.") if unanswered else "",
    )


def _follow_ups(row: Row) -> Iterator[Cells]:
    """Note and photos for any answer; the rest only for a fail."""
    name = row["name"]
    answered = f"${{{name}}} != '' and ${{{name}}} != 'unchecked'"
    failed = f"${{{name}}} = 'fail'"
    yield _row("text", f"{name}_note", label=N_("Ghi chú"), relevant=answered, appearance="multiline")
    if row["numerator"] and row["denominator"]:
        yield from _share(row, failed)
    # Without a severity there is no finding: the names exist, so that all criteria answer alike, but nobody is asked.
    asked = failed if row["severity"] else "false()"
    yield _row(
        f"select_one {SEVERITY_LIST}",
        f"{name}_severity",
        label=N_("Mức độ đề xuất"),
        relevant=asked,
        default=row["severity"],
    )
    yield _row(f"select_one {CAUSE_LIST}", f"{name}_cause", label=N_("Nguyên nhân"), relevant=asked)
    yield _row("text", f"{name}_responsible", label=N_("Đơn vị, cá nhân chịu trách nhiệm"), relevant=asked)
    if row["photo"] != "-":
        yield _row("begin_repeat", f"{name}_photos", label=N_("Ảnh minh chứng"), relevant=answered)
        yield _row("image", f"{name}_photo", label=N_("Ảnh"), parameters=PHOTO_SIZE)
        yield _row("end_repeat")


def _share(row: Row, failed: str) -> Iterator[Cells]:
    """n of N: both or none, n at most N. Only the second number judges, since Collect asks for n first."""
    name = row["name"]
    n = f"${{{name}_n}}"
    yield _row(
        "integer",
        f"{name}_n",
        label=row["numerator"],
        relevant=failed,
        constraint=". >= 0",
        constraint_message=N_("Số đếm không được âm."),
    )
    yield _row(
        "integer",
        f"{name}_of",
        label=row["denominator"],
        relevant=failed,
        required=f"{n} != ''",
        constraint=f". >= 1 and {n} != '' and {n} <= .",
        constraint_message=N_("Hãy ghi cả hai số; số trường hợp không được lớn hơn tổng số."),
    )
