"""A filled checklist as people read it: every answer in the words it was asked in, and what a correction changed.

An old submission is read with its own version of the checklist, so it shows as it was asked at the time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .checklists import OUTCOMES, Checklist, Criterion, Question
from .findings import CAUSES, SEVERITIES
from .problems import N_
from .text import format_date, format_number

FOLLOW_UPS = {
    "_note": N_("Ghi chú"),
    "_n": N_("Số trường hợp"),
    "_of": N_("Tổng số"),
    "_severity": N_("Mức độ đề xuất"),
    "_cause": N_("Nguyên nhân"),
    "_responsible": N_("Đơn vị, cá nhân chịu trách nhiệm"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A text to show; `coded` says it is a label of ours (to be translated), not a person's own words."""

    text: str
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One question with its answer; `details` are the follow-ups of a criterion: label and value."""

    name: str
    code: str
    label: str
    answer: str
    value: Value
    details: Sequence[tuple[str, Value]] = ()


@dataclass(frozen=True, slots=True)
class SheetSection:
    label: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that differs between two submissions; an empty text means it was not answered."""

    question: str
    code: str
    label: str
    part: str
    before: Value
    after: Value


def lay_out(checklist: Checklist, answers: Mapping[str, Any]) -> list[SheetSection]:
    """All answers that were given, section by section; what was left empty or unchecked is left out."""
    sections = (
        SheetSection(
            section.label,
            [
                _line(checklist, question, answers)
                for question in section.questions
                if _given(question, answers)
            ],
        )
        for section in checklist.sections
    )
    return [section for section in sections if section.lines]


def lay_out_plain(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and text of every answer of a document whose checklist is not known: as it came, in its order."""
    return [(str(name), str(value)) for name, value in answers.items() if value not in (None, "")]


def plain_rows(checklist: Checklist, answers: Mapping[str, Any]) -> list[Line]:
    """The answered rows outside every criterion: opinion of the unit, good practice, who took part."""
    return [
        _line(checklist, question, answers)
        for question in checklist.questions
        if not isinstance(question, Criterion)
        and not checklist.followed(question)
        and _given(question, answers)
    ]


def differences(
    checklist: Checklist, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """What changed between two fillings of a checklist, in its order."""
    found: list[Difference] = []
    for name, field in checklist.fields.items():
        if before.get(name) == after.get(name):
            continue
        question = checklist.question(field.question)
        found.append(
            Difference(
                question=question.name,
                code=question.code if isinstance(question, Criterion) else "",
                label=question.label,
                part=FOLLOW_UPS.get(name.removeprefix(question.name), ""),
                before=_value(question, field.kind, before.get(name)),
                after=_value(question, field.kind, after.get(name)),
            )
        )
    return found


def _given(question: Question, answers: Mapping[str, Any]) -> bool:
    return any(answers.get(field.name) not in (None, "", "unchecked") for field in question.fields())


def _line(checklist: Checklist, question: Question, answers: Mapping[str, Any]) -> Line:
    first, *rest = question.fields()
    details = [
        (_detail_label(question, field.name), _value(question, field.kind, answers[field.name]))
        for field in rest
        if answers.get(field.name) not in (None, "")
    ]
    return Line(
        name=question.name,
        code=question.code if isinstance(question, Criterion) else "",
        label=question.label,
        answer=str(answers.get(question.name) or ""),
        value=_value(question, first.kind, answers.get(question.name)),
        details=details,
    )


def _detail_label(question: Question, name: str) -> str:
    """The author's own words for n and N, ours for the rest."""
    suffix = name.removeprefix(question.name)
    if isinstance(question, Criterion):
        own = {"_n": question.numerator, "_of": question.denominator}.get(suffix)
        if own:
            return own
    return FOLLOW_UPS[suffix]


def _value(question: Question, kind: str, value: Any) -> Value:
    if value in (None, ""):
        return Value("")
    text = str(value)
    if kind == "criterion":
        return Value(OUTCOMES.get(text, text), True)
    if kind == "cause":
        return Value(CAUSES.get(text, text), True)
    if kind == "severity":
        return Value(SEVERITIES.get(int(text), text) if text.isdecimal() else text, True)
    if kind in ("select_one", "select_multiple"):
        labels = {choice.name: choice.label for choice in question.choices}
        return Value(", ".join(labels.get(name, name) for name in text.split()))
    if kind in ("integer", "decimal") and isinstance(value, int | float):
        return Value(format_number(value))
    return Value(_as_day(text) if kind == "date" else text)


def _as_day(text: str) -> str:
    try:
        return format_date(date.fromisoformat(text))
    except ValueError:
        return text
