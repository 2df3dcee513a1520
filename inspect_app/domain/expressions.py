"""Expressions of a checklist (`relevant`, `required`, `constraint`): the public face and the evaluator.

`parse` turns the ODK XPath subset into a JSON tree at publish; `evaluate` computes it, here with authority and in
static/js/expressions.js on the phone. What is right is what JavaRosa answers: tests/expressions/cases.json, recorded.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from .expression_evaluation import public, scalar_of, value_of
from .expression_lint import judge
from .expression_parser import Parser
from .expression_scope import Choices, address_of, scope_of
from .expression_values import ExpressionError, Tree, to_truth

__all__ = ["Choices", "ExpressionError", "Tree", "evaluate", "parse", "references", "truth"]


def parse(text: str, *, paths: Mapping[str, str], boolean: bool = False) -> Tree:
    """The JSON tree of an expression; ExpressionError with its column (from 1) for what is wrong or refused.

    `paths` gives the absolute path of every name of the form, for `${name}`; when it is empty, no path is checked.
    `boolean`: the whole is a condition, so a question standing alone is refused.
    """
    parser = Parser(text, paths)
    tree = parser.run()
    judge(tree, parser.columns, boolean=boolean)
    return tree


def evaluate(
    tree: Tree,
    instance: Mapping[str, Any],
    *,
    context: str = "/data",
    now: datetime,
    today: date,
    choices: Choices | None = None,
) -> str | float | bool | list[Any]:
    """The value of a tree on `{"data": {...}}` (repeats are lists of dicts); a path gives the list of its values.

    `context` is the path of the node that asks, repeats counted from 1: `/data/visit[2]/note`. `now` is aware: its zone
    is the zone of all dates. Text written as an ISO date counts as a date. `choices` gives the rows (dicts with `name`,
    `label` and more) by list name for instance(), by path of the question for jr:choice-name().
    """
    scope = scope_of(instance, context, now, today, choices)
    value = value_of(tree, scope)
    if isinstance(value, list):
        return [public(node.value(scope.offset)) for node in value]
    return public(value)


def truth(
    tree: Tree,
    instance: Mapping[str, Any],
    *,
    context: str = "/data",
    now: datetime,
    today: date,
    choices: Choices | None = None,
) -> bool:
    """Whether a condition holds; arguments as `evaluate`."""
    scope = scope_of(instance, context, now, today, choices)
    return to_truth(scalar_of(tree, scope))


def references(tree: Tree, context: str | None = None) -> set[str]:
    """Absolute paths of all questions a tree looks at; relative ones too where `context` says from where."""
    return set(_references(tree, [name for name, _ in address_of(context)] if context else None))


def _references(tree: Any, base: list[str] | None) -> Iterator[str]:
    if not isinstance(tree, list) or not tree:
        return
    if tree[0] != "p":
        for part in tree[1:]:
            yield from _references(part, base)
        return
    start: list[str] | None = [] if tree[1] == "/" else base
    if isinstance(tree[1], list):
        start = base if tree[1][1] == "current" else None
    at = None if start is None else list(start)
    for step in tree[2:]:
        if step[0] == "?":
            yield from _references(step[1], at)
        elif at is not None:
            at = at[:-1] if step[0] == ".." else at if step[0] == "." else [*at, step[0]]
    if at:
        yield "/" + "/".join(at)
