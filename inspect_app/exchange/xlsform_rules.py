"""Judge every expression of a draft form: syntax and names, values that can never match, and cycles.

The trees made here are stored at publish and evaluated ever after by the two twins (domain/expressions.py and
static/js/expressions.js).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from inspect_app.domain.expressions import ExpressionError, Tree, parse, references
from inspect_app.domain.problems import N_

from .criterion_rows import LISTS, expand, names_of
from .xlsform_faults import FaultBook, nearest
from .xlsform_layout import is_no, is_yes
from .xlsform_lint import Draft
from .xlsform_sheets import Row

Trees = dict[tuple[int, str], Tree]  # (row number, column) -> tree
EXPRESSIONS = ("relevant", "required", "constraint")
# They need repeats or the lists of choices, which the judge of answers (domain/answers.py) does not hand over.
OUT_OF_REACH = ("instance", "jr:choice-name", "indexed-repeat", "position")
TIME_USED = N_(
    "Câu hỏi loại time chỉ so sánh được với '' (đã ghi giờ hay chưa). Máy điện thoại đọc giờ thành ngày hôm nay, nên hai giờ "
    "bất kỳ đều bằng nhau, không giờ nào sau giờ nào. Muốn so sánh, hãy hỏi số phút (integer)."
)


def parse_rules(draft: Draft, faults: FaultBook) -> Trees:
    """The trees of all expressions by row and column. Every fault is added to `faults`."""
    trees: Trees = {}
    values, times = _values(draft), _times(draft)
    for row in [*(section.row for section in draft.sections), *draft.rows]:
        for column in EXPRESSIONS:
            text = row[column]
            if not text or (column == "required" and (is_no(text) or is_yes(text))):
                continue
            tree = _parse(row, column, draft.paths, faults)
            if tree is not None:
                trees[row.number, column] = tree
                _judge(row, column, tree, values, faults)
                if _uses_time(tree, times, draft.paths.get(row["name"])):
                    faults.add("survey", row.number, column, TIME_USED)
    _cycles(draft, trees, faults)
    return trees


def _parse(row: Row, column: str, paths: Mapping[str, str], faults: FaultBook) -> Tree | None:
    try:
        tree = parse(row[column], paths=paths, boolean=True)
    except ExpressionError as error:
        message = N_("Điều kiện viết chưa đúng ở ký tự thứ %(place)s: %(reason)s")
        faults.add("survey", row.number, column, message, place=error.column, reason=error.sentence)
        return None
    return tree


def _judge(
    row: Row, column: str, tree: Tree, values: Mapping[str, frozenset[str]], faults: FaultBook
) -> None:
    for part in _parts(tree):
        if part[:1] == ["f"] and part[1] in OUT_OF_REACH:
            message = N_("Hàm %(name)s không dùng được trong phiếu. Hãy viết điều kiện cách khác.")
            faults.add("survey", row.number, column, message, name=part[1])
        for path, value in _compared(part):
            if path in values and value and value not in values[path]:
                message = N_(
                    "“%(value)s” không phải là một lựa chọn của câu đó, điều kiện không bao giờ đúng.%(hint)s"
                )
                faults.add(
                    "survey", row.number, column, message, value=value, hint=nearest(value, values[path])
                )


def _parts(tree: Any) -> Iterator[list[Any]]:
    if isinstance(tree, list):
        yield tree
        for part in tree:
            yield from _parts(part)


def _compared(part: list[Any]) -> Iterator[tuple[str, str]]:
    """Path and literal of `path = 'literal'`, `path != 'literal'` and `selected(path, 'literal')`."""
    if (part[:2] in (["op", "="], ["op", "!="]) and len(part) == 4) or (
        part[:2] == ["f", "selected"] and len(part) == 4
    ):
        left, right = part[2:]
    else:
        return
    if left[0] == "s":
        left, right = right, left
    if left[0] == "p" and right[0] == "s":
        for path in references(left):
            yield path, right[1]


def _values(draft: Draft) -> dict[str, frozenset[str]]:
    """What each select may hold, by path."""
    known: dict[str, frozenset[str]] = {}
    for row in draft.rows:
        for cells in expand(row) if row["type"] == "criterion" else [row.cells]:
            kind, _, name = cells.get("type", "").partition(" ")
            choices = LISTS.get(name) or draft.lists.get(name)
            if kind == "select_one" and choices and cells["name"] in draft.paths:
                known[draft.paths[cells["name"]]] = frozenset(choices)
    return known


def _times(draft: Draft) -> frozenset[str]:
    """Paths of the questions that hold a time of day."""
    return frozenset(
        draft.paths[row["name"]] for row in draft.rows if row["type"] == "time" and row["name"] in draft.paths
    )


def _uses_time(tree: Any, times: frozenset[str], context: str | None) -> bool:
    """Whether a time of day is looked at for more than whether it was filled in.

    JavaRosa 5.1 reads 07:30 as that moment of today and compares whole days: `${end} > ${begin}` is always false,
    `${end} = ${begin}` always true, and as text it is today's date.
    """
    if not isinstance(tree, list) or tree[:2] == ["f", "count-non-empty"]:
        return False
    if tree[:2] in (["op", "="], ["op", "!="]) and ["s", ""] in tree[2:]:
        return False
    if tree[:1] == ["p"]:
        return bool(references(tree, context) & times)
    return any(_uses_time(part, times, context) for part in tree[1:])


def _cycles(draft: Draft, trees: Trees, faults: FaultBook) -> None:
    """A row whose relevance depends, over other rows, on itself: JavaRosa refuses it, and no order would settle it."""
    looks_at = {
        row.number: references(trees[row.number, "relevant"], draft.paths.get(row["name"], "/data"))
        for row in [*(section.row for section in draft.sections), *draft.rows]
        if (row.number, "relevant") in trees
    }
    needs: dict[str, set[str]] = {}
    for section in draft.sections:
        for row in section.rows:
            path = draft.paths.get(row["name"], "")
            needs[path] = looks_at.get(row.number, set()) | looks_at.get(section.row.number, set())
            for name in names_of(row) if row["type"] == "criterion" else ():
                if name != row["name"] and name in draft.paths:
                    needs[draft.paths[name]] = {path}
    for section in draft.sections:
        for row in [section.row, *section.rows]:
            waiting = section.rows if row is section.row else [row]
            inside = {draft.paths.get(inner["name"], "") for inner in waiting}
            if _reachable(looks_at.get(row.number, set()), needs) & inside:
                message = N_("Điều kiện này phụ thuộc vòng tròn vào chính nó. Hãy bỏ bớt một điều kiện.")
                faults.add("survey", row.number, "relevant", message)


def _reachable(start: set[str], needs: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(needs.get(path, ()))
    return found
