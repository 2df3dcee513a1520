"""The evaluator behind expressions.py: paths into the answers, and the functions that need paths, clock or choices.

Every rule here follows JavaRosa; where it surprises, the comment says so.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import expression_functions as functions
from .expression_moments import Moment
from .expression_scope import Scope
from .expression_values import (
    Address,
    ExpressionError,
    Node,
    Nodes,
    Scalar,
    Tree,
    Value,
    is_empty,
    leaf_value,
    one,
    to_double,
    to_number,
    to_text,
    to_truth,
    to_whole,
)
from .problems import N_


def public(value: Scalar) -> str | float | bool:
    return value.iso_day() if isinstance(value, Moment) else value


def value_of(tree: Tree, scope: Scope) -> Value:
    head = tree[0]
    if head == "n":
        return float(tree[1])
    if head == "s":
        return str(tree[1])
    if head == "neg":
        return -to_number(scalar_of(tree[1], scope))
    if head == "p":
        return _nodes(tree, scope)
    if head == "op":
        return _operation(tree, scope)
    return _call(tree[1], tree[2:], scope)


def scalar_of(tree: Tree, scope: Scope) -> Scalar:
    if tree[0] == "p" and scope.single:
        found = _single(tree, scope)
        if found is not None:
            return found
    return one(value_of(tree, scope), scope.offset)


def _single(tree: Tree, scope: Scope) -> Scalar | None:
    """A question outside repeats, read without the general walk (five times faster); None if this is not one."""
    if tree[1] == "/":
        names = [step[0] for step in tree[2:]]
    elif tree[1:] == ["", ["."]]:
        names = [name for name, _ in scope.context]
    else:
        return None
    content: Any = scope.main
    for name in names:
        if type(content) is not dict or name == "?":
            return None
        content = content.get(name)
    return None if content is None or type(content) is list else leaf_value(content, scope.offset)


def _operation(tree: Tree, scope: Scope) -> Value:
    sign: str = tree[1]
    left = scalar_of(tree[2], scope)
    if sign in ("and", "or"):
        if to_truth(left) is (sign == "or"):
            return sign == "or"
        return to_truth(scalar_of(tree[3], scope))
    return functions.operate(sign, left, scalar_of(tree[3], scope))


def _call(name: str, arguments: list[Tree], scope: Scope) -> Value:
    plain = functions.ON_VALUES.get(name)
    if plain:
        return plain(*[scalar_of(argument, scope) for argument in arguments])
    special = SPECIAL.get(name)
    if special is None:
        raise ExpressionError(N_("Không có hàm “%(name)s()”."), name=name)
    return special(scope, *arguments)


# Paths


def _nodes(tree: Tree, scope: Scope) -> Nodes:
    """The nodes of a path, in the order of the instance; none for a path that leads nowhere."""
    start = tree[1]
    if isinstance(start, list):
        if start[1] == "instance":
            return _listed(start[2][1], tree[2:], scope)
        scope = replace(scope, root=scope.main, context=scope.current)
    return _walk(scope.main if start == "/" else scope.root, _absolute(tree, scope), scope)


Step = tuple[str, int | None, list[Tree]]  # name, index or any, predicates


def _fixed(address: Address) -> list[Step]:
    return [(name, index, []) for name, index in address]


def _free(steps: Sequence[Tree]) -> list[Step]:
    found: list[Step] = []
    for step in steps:
        if step[0] == "?":
            found[-1][2].append(step[1])
        else:
            found.append((step[0], None, []))
    return found


def _known(steps: Sequence[Tree], scope: Scope) -> list[Step]:
    """An absolute path inside a repeat means the asking instance, as far as it runs beside the context (JavaRosa)."""
    found = _free(steps)
    for place, ((name, _, predicates), (here, index)) in enumerate(zip(found, scope.context, strict=False)):
        if name != here:
            break
        if not predicates:
            found[place] = (name, index, predicates)
    return found


def _absolute(path: Tree, scope: Scope) -> list[Step]:
    if path[1] == "/":
        return _known(path[2:], scope)
    base, rest = scope.context, list(path[2:])
    while rest and rest[0][0] in (".", ".."):
        if rest.pop(0)[0] == "..":
            base = base[:-1]
    return [*_fixed(base), *_free(rest)]


def _listed(name: str, steps: Sequence[Tree], scope: Scope) -> Nodes:
    if name not in scope.choices:
        raise ExpressionError(N_("Không có danh sách “%(name)s”."), name=name)
    return _walk({"root": {"item": list(scope.choices[name])}}, _free(steps), scope)


def _walk(root: Mapping[str, Any], steps: Sequence[Step], scope: Scope) -> Nodes:
    found = [Node((), root)]
    for name, index, predicates in steps:
        found = [child for node in found for child in _children(node, name, index)]
        for predicate in predicates:
            found = [
                node
                for node in found
                if to_truth(
                    scalar_of(predicate, replace(scope, root=root, context=node.address, single=False))
                )
            ]
    return found


def _children(node: Node, name: str, index: int | None) -> Iterator[Node]:
    if not isinstance(node.content, Mapping) or name not in node.content:
        return
    content = node.content[name]
    if not isinstance(content, list):
        content = [content]
    for place, child in enumerate(content):
        if index is None or index == place:
            yield Node((*node.address, (name, place)), child)


# Functions that look at paths, the clock or only at some of their arguments


def _values(tree: Tree, scope: Scope) -> list[Scalar]:
    value = value_of(tree, scope)
    return [node.value(scope.offset) for node in value] if isinstance(value, list) else [value]


def _spread(arguments: Sequence[Tree], scope: Scope) -> list[Scalar]:
    """One path gives all its values; of several arguments each gives one."""
    if len(arguments) == 1:
        return _values(arguments[0], scope)
    return [scalar_of(argument, scope) for argument in arguments]


def _if(scope: Scope, condition: Tree, then: Tree, other: Tree) -> Value:
    return value_of(then if to_truth(scalar_of(condition, scope)) else other, scope)


def _coalesce(scope: Scope, first: Tree, second: Tree) -> Value:
    value = value_of(first, scope)
    return value if not is_empty(one(value, scope.offset)) else value_of(second, scope)


def _once(scope: Scope, fresh: Tree) -> Value:
    value = scalar_of(["p", "", ["."]], scope)
    return value_of(fresh, scope) if to_text(value) == "" else value


def _joined(scope: Scope, separator: Tree, *arguments: Tree) -> str:
    return to_text(scalar_of(separator, scope)).join(map(to_text, _spread(arguments, scope)))


def _count(scope: Scope, path: Tree) -> float:
    return float(len(_all_nodes(path, scope)))


def _count_non_empty(scope: Scope, path: Tree) -> float:
    nodes = _all_nodes(path, scope)
    return float(
        sum(bool(node.content) or node.content in (0, False) for node in nodes if node.content != "")
    )


def _all_nodes(path: Tree, scope: Scope) -> Nodes:
    value = value_of(path, scope)
    return value if isinstance(value, list) else []


def _position(scope: Scope, path: Tree) -> float:
    nodes = _all_nodes(path, scope)
    index = nodes[0].address[-1][1] if nodes and nodes[0].address else None
    return 0.0 if not nodes else 1.0 + (index or 0)


def _indexed_repeat(scope: Scope, field: Tree, *places: Tree) -> Value:
    """The field in the chosen instances of its repeats; an index below 1 counts as 1 (JavaRosa)."""
    steps = _absolute(field, scope)
    for group, index in zip(places[::2], places[1::2], strict=True):
        names = [name for name, _, _ in _absolute(group, scope)]
        depth = len(names) - 1
        if [name for name, _, _ in steps[: depth + 1]] != names or depth < 0:
            raise ExpressionError(N_("indexed-repeat(): câu hỏi không nằm trong nhóm lặp đã nêu."))
        place = max(1, to_whole(to_number(scalar_of(index, scope)))) - 1
        steps[depth] = (steps[depth][0], place, [])
    return _walk(scope.main, steps, scope)


def _choice_name(scope: Scope, value: Tree, path: Tree) -> str:
    name = to_text(scalar_of(value, scope))
    for choice in scope.choices.get(str(path[1]), ()):
        if choice["name"] == name:
            return str(choice["label"])
    return ""


def _power(scope: Scope, base: Tree, exponent: Tree) -> float:
    left, right = (to_double(value_of(part, scope), scope.offset) for part in (base, exponent))
    return functions.power(left, right) if not math.isnan(left) else (1.0 if right == 0 else left)


SPECIAL: dict[str, Callable[..., Value]] = {
    "if": _if,
    "coalesce": _coalesce,
    "once": _once,
    "concat": lambda scope, *arguments: "".join(map(to_text, _spread(arguments, scope))),
    "join": _joined,
    "count": _count,
    "count-non-empty": _count_non_empty,
    "sum": lambda scope, path: functions.total(_values(path, scope)),
    "min": lambda scope, *arguments: functions.smallest(_spread(arguments, scope)),
    "max": lambda scope, *arguments: functions.greatest(_spread(arguments, scope)),
    "today": lambda scope: scope.today,
    "now": lambda scope: scope.moment,
    "date": lambda scope, value: functions.to_date(scalar_of(value, scope), scope.offset, keep_time=False),
    "format-date": lambda scope, value, pattern: functions.format_date(
        scalar_of(value, scope), scalar_of(pattern, scope), scope.offset
    ),
    "decimal-date-time": lambda scope, value: functions.decimal_date_time(
        scalar_of(value, scope), scope.offset
    ),
    "position": _position,
    "indexed-repeat": _indexed_repeat,
    "jr:choice-name": _choice_name,
    "pow": _power,
}
