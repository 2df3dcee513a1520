"""Two people filled one checklist on two phones: put together answer by answer, never one over the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Disagreement:
    """Both changed one answer, and not to the same. None: not answered."""

    question: str
    theirs: Any
    mine: Any


@dataclass(frozen=True)
class Merge:
    """`taken`: names whose answer is the other's. Where they disagree, `answers` keeps what is in force: theirs."""

    answers: dict[str, Any]
    taken: list[str] = field(default_factory=list)
    conflicts: list[Disagreement] = field(default_factory=list)


def merge(base: Answers, current: Answers, mine: Answers) -> Merge:
    """Three-way merge of clean answers: what only one of the two changed since `base` is so; unchecked is unanswered."""
    merged = Merge({})
    for name in dict.fromkeys((*mine, *current, *base)):
        before, theirs, ours = (_answer(answers, name) for answers in (base, current, mine))
        chosen = mine
        if ours != theirs and ours == before:
            merged.taken.append(name)
            chosen = current
        elif ours != theirs and theirs != before:
            merged.conflicts.append(Disagreement(name, theirs, ours))
            chosen = current
        if chosen.get(name) is not None:
            merged.answers[name] = chosen[name]
    return merged


def _answer(answers: Answers, name: str) -> Any:
    value = answers.get(name)
    return None if value == "unchecked" else value
