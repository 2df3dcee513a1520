"""Judge every expression of a draft form: syntax and names, regexes, values that can never match, and cycles.

The trees made here are stored at publish and evaluated ever after by the two twins (domain/expressions.py and
static/js/expressions.js).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from inspect_app.domain.checklists import Tree
from inspect_app.domain.expressions import ExpressionError, parse, references
from inspect_app.domain.problems import N_

from .criterion_rows import LISTS, expand
from .xlsform_faults import FaultBook, nearest
from .xlsform_layout import is_no, is_yes
from .xlsform_lint import Draft
from .xlsform_sheets import Row

Trees = dict[tuple[int, str], Tree]  # (row number, column) -> tree
EXPRESSIONS = ("relevant", "required", "constraint")


def parse_rules(draft: Draft, faults: FaultBook) -> Trees:
    """The trees of all expressions by row and column. Every fault is added to `faults`."""
    trees: Trees = {}
    values = _values(draft)
    for row in [*(section.row for section in draft.sections), *draft.rows]:
        for column in EXPRESSIONS:
            text = row[column]
            if not text or (column == "required" and (is_no(text) or is_yes(text))):
                continue
            tree = _parse(row, column, draft.paths, faults)
            if tree is not None:
                trees[row.number, column] = tree
                _judge(row, column, tree, values, faults)
    _cycles(draft, trees, faults)
    return trees


def _parse(row: Row, column: str, paths: Mapping[str, str], faults: FaultBook) -> Tree | None:
    try:
        tree: Tree = parse(row[column], paths=dict(paths), boolean=True)
    except ExpressionError as error:
        message = N_("Điều kiện viết chưa đúng ở ký tự thứ %(place)s: %(reason)s")
        faults.add("survey", row.number, column, message, place=error.column, reason=error.message)
        return None
    return tree


def _judge(
    row: Row, column: str, tree: Tree, values: Mapping[str, frozenset[str]], faults: FaultBook
) -> None:
    for part in _parts(tree):
        if part[:2] == ["f", "regex"] and not _anchored(part):
            message = N_(
                "Mẫu của regex phải là chuỗi bắt đầu bằng ^ và kết thúc bằng $, để mọi máy hiểu như nhau."
            )
            faults.add("survey", row.number, column, message)
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


def _anchored(call: list[Any]) -> bool:
    pattern = call[-1]
    return bool(pattern[0] == "s" and pattern[1].startswith("^") and pattern[1].endswith("$"))


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


def _cycles(draft: Draft, trees: Trees, faults: FaultBook) -> None:
    """A row whose relevance depends, over other rows, on itself: JavaRosa refuses it, and no order would settle it."""
    needs: dict[str, set[str]] = {}
    for section in draft.sections:
        of_section = references(trees[key]) if (key := (section.row.number, "relevant")) in trees else set()
        for row in section.rows:
            own = references(trees[key]) if (key := (row.number, "relevant")) in trees else set()
            path = draft.paths.get(row["name"], "")
            needs[path] = own | of_section
            if row["type"] == "criterion":
                for cells in expand(row):
                    follower = draft.paths.get(cells.get("name", ""), "")
                    if follower and follower != path:
                        needs[follower] = {path}
    for section in draft.sections:
        for row in [section.row, *section.rows]:
            if (row.number, "relevant") not in trees:
                continue
            path = draft.paths.get(row["name"], "")
            start = references(trees[row.number, "relevant"])
            inside = (
                {draft.paths.get(inner["name"], "") for inner in section.rows}
                if row is section.row
                else {path}
            )
            if _reachable(start, needs) & inside:
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
