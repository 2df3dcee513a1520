"""Conditions on the page: those one outcome decides become CSS classes, all of them become data for the script."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from inspect_app.domain.checklists import OUTCOMES, Checklist
from inspect_app.domain.expressions import references, truth


def outcomes_asking(tree: list[Any], path: str) -> tuple[str, ...] | None:
    """The outcomes of the criterion at `path` under which a row is asked; None if more than that decides."""
    return _outcomes(json.dumps(tree), path)


@lru_cache(maxsize=2000)
def _outcomes(tree_text: str, path: str) -> tuple[str, ...] | None:
    tree = json.loads(tree_text)
    if set(references(tree)) != {path}:
        return None
    moment = datetime(2000, 1, 1, tzinfo=UTC)  # only an outcome is looked at, never the clock
    return tuple(
        outcome
        for outcome in OUTCOMES
        if truth(tree, _nested(path, outcome), now=moment, today=moment.date())
    )


def _nested(path: str, value: str) -> dict[str, Any]:
    node: Any = value
    for step in reversed(path.strip("/").split("/")):
        node = {step: node}
    return dict(node)


def conditions(checklist: Checklist) -> dict[str, Any]:
    """What the script needs to follow conditions: rows with trees, and name and path of every answer they look at."""
    rows: list[dict[str, Any]] = [
        {
            "name": question.name,
            "path": question.path,
            "relevant": question.relevant,
            "required": question.required,
            "constraint": question.constraint,
            "message": question.constraint_message,
        }
        for question in checklist.questions
        if question.relevant or question.constraint or question.required
    ]
    sections: list[dict[str, Any]] = [
        {
            "name": section.name,
            "relevant": section.relevant,
            "names": [question.name for question in section.questions],
        }
        for section in checklist.sections
        if section.relevant
    ]
    wanted = {str(row["path"]) for row in rows}
    for row in rows:
        for key in ("relevant", "required", "constraint"):
            if isinstance(row[key], list):
                wanted |= references(row[key], str(row["path"]))
    for section in sections:
        wanted |= references(section["relevant"])
    paths = {name: known.path for name, known in checklist.fields.items() if known.path in wanted}
    return {"paths": paths, "rows": rows, "sections": sections}
