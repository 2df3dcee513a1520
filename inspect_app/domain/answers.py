"""The only judge of answers: raw values in, clean answers and all faults out. Every door and both screens use it.

Order of judging (ODK, forms.md B4): kinds first; then relevance, which empties what it hides; then required and
constraint of what is left, a constraint only for a non-empty answer.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .checklists import OUTCOMES, Checklist, Criterion, Field, Question
from .expressions import ExpressionError, truth
from .findings import CAUSES, SEVERITIES
from .problems import N_
from .text import nfc

ANSWERED = frozenset({"pass", "fail", "none"})
FAIL_ONLY = ("n", "of", "severity", "cause", "responsible")
LARGEST_INTEGER = 2**31 - 1  # what a column of a finding holds; n and N are counts
LARGEST_DECIMAL = 10**15
LONGEST_TEXT = 20_000  # letters in one field; a page of notes is some 3,000

Answers = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one answer; `question` is the name its anchor bears, `message` says what to do."""

    question: str
    message: str


def judge(checklist: Checklist, raw: Mapping[str, Any], *, now: datetime) -> tuple[Answers, list[Fault]]:
    """Clean answers of the relevant questions, and every fault, in the order of the checklist.

    `checklist` is the part asked at this visit (`Checklist.for_visit`); `now` is aware, in the zone of the visit.
    """
    known = checklist.fields
    clean, faults = _typed(checklist, raw)
    shown = relevant(checklist, clean, now)
    clean = {name: value for name, value in clean.items() if _is_shown(known[name], clean, shown)}
    faults = [
        fault for fault in faults if fault.question not in known or known[fault.question].question in shown
    ]
    instance = instance_of(checklist, clean)
    for question in checklist.questions:
        if question.name in shown:
            faults += _rule_faults(question, clean, instance, now)
    if not faults and not any(clean.get(criterion.name) in ANSWERED for criterion in checklist.criteria):
        first = next(iter(checklist.criteria), None)
        faults.append(
            Fault(
                first.name if first else "",
                N_("Phiếu chưa có câu trả lời nào. Hãy trả lời ít nhất một tiêu chí."),
            )
        )
    return clean, _in_order(faults, known)


def _typed(checklist: Checklist, raw: Mapping[str, Any]) -> tuple[Answers, list[Fault]]:
    clean: Answers = {}
    faults: list[Fault] = []
    for name, value in raw.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        field = checklist.fields.get(name)
        if field is None:
            faults.append(Fault(name, N_("Biểu mẫu này không có câu hỏi này.")))
            continue
        try:
            clean[name] = READERS[field.kind](value, checklist.question(field.question))
        except (ValueError, TypeError) as error:
            faults.append(Fault(name, str(error) or N_("Câu trả lời không đọc được. Hãy nhập lại.")))
    return clean, faults


def _text(value: Any, _question: Question) -> str:
    if not isinstance(value, str | int | float):
        raise ValueError
    text = nfc(str(value)).replace("\r\n", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise ValueError(N_("Nội dung quá dài. Hãy rút ngắn."))
    return text


def _integer(value: Any, _question: Question) -> int:
    if isinstance(value, bool):
        raise ValueError
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    plain = text.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", text) else text
    if not re.fullmatch(r"-?\d{1,15}", plain):
        raise ValueError(N_("Hãy nhập một số nguyên, ví dụ 12."))
    if abs(int(plain)) > LARGEST_INTEGER:
        raise ValueError(N_("Số này quá lớn. Hãy kiểm tra lại."))
    return int(plain)


def _decimal(value: Any, _question: Question) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) > LARGEST_DECIMAL:
            raise ValueError(N_("Số này quá lớn. Hãy kiểm tra lại."))
        return float(value)
    text = str(value).strip().replace(" ", "")
    text = text.replace(".", "").replace(",", ".") if "," in text else text
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text):
        raise ValueError(N_("Hãy nhập một số, ví dụ 12,5."))
    return float(text)


def _choice(allowed: Iterable[str]) -> Any:
    names = frozenset(allowed)

    def read(value: Any, _question: Question) -> str:
        if str(value) not in names:
            raise ValueError(N_("Hãy chọn một trong các câu trả lời có sẵn."))
        return str(value)

    return read


def _select_one(value: Any, question: Question) -> str:
    found: str = _choice(choice.name for choice in question.choices)(value, question)
    return found


def _select_multiple(value: Any, question: Question) -> str:
    wanted = value if isinstance(value, list) else str(value).split()
    names = [choice.name for choice in question.choices]
    if any(item not in names for item in wanted):
        raise ValueError(N_("Hãy chọn một trong các câu trả lời có sẵn."))
    return " ".join(name for name in names if name in wanted)


def _date(value: Any, _question: Question) -> str:
    text = str(value).strip()
    written = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    try:
        return (
            date(*map(int, reversed(written.groups()))) if written else date.fromisoformat(text)
        ).isoformat()
    except ValueError:
        raise ValueError(N_("Hãy nhập ngày dạng ngày/tháng/năm, ví dụ 02/09/2026.")) from None


def _time(value: Any, _question: Question) -> str:
    found = re.fullmatch(r"([01]?\d|2[0-3])[:hH]([0-5]\d)(:[0-5]\d(\.\d+)?)?", str(value).strip())
    if not found:
        raise ValueError(N_("Hãy nhập giờ dạng giờ:phút, ví dụ 07:30."))
    return f"{int(found[1]):02d}:{found[2]}"


READERS: dict[str, Any] = {
    "criterion": _choice(OUTCOMES),
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "select_one": _select_one,
    "select_multiple": _select_multiple,
    "date": _date,
    "time": _time,
    "severity": _choice(str(level) for level in SEVERITIES),
    "cause": _choice(CAUSES),
}


def relevant(checklist: Checklist, answers: Mapping[str, Any], now: datetime) -> set[str]:
    """Names of the questions that are shown, given these answers. What a hidden question holds counts as empty."""
    known = checklist.fields
    shown = {question.name for question in checklist.questions}
    seen: dict[str, Any] | None = None
    for _ in range(len(shown)):
        visible = {name: value for name, value in answers.items() if known[name].question in shown}
        if visible == seen:  # what was hidden held no answer, so nothing that depends on it changes
            break
        seen = visible
        instance = instance_of(checklist, visible)
        shown = {
            question.name
            for section in checklist.sections
            if section.relevant is None or _true(section.relevant, instance, "/data", now)
            for question in section.questions
            if question.relevant is None or _true(question.relevant, instance, question.path, now)
        }
    return shown


def instance_of(checklist: Checklist, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The nested XForm instance that expressions read, every known node present, empty if unanswered."""
    root: dict[str, Any] = {}
    for folders, leaves in checklist.folders.items():
        node = root
        for folder in folders:
            node = node.setdefault(folder, {})
        for leaf, name in leaves:
            node[leaf] = answers.get(name, "")
    return root


def _is_shown(field: Field, answers: Mapping[str, Any], shown: set[str]) -> bool:
    if field.question not in shown:
        return False
    only_on_fail = field.name.removeprefix(f"{field.question}_") in FAIL_ONLY and field.name != field.question
    return not only_on_fail or answers.get(field.question) == "fail"


def _rule_faults(question: Question, clean: Answers, instance: dict[str, Any], now: datetime) -> list[Fault]:
    name = question.name
    faults: list[Fault] = []
    if _demanded(question, instance, now) and clean.get(name, "") in ("", "unchecked"):
        faults.append(Fault(name, N_("Câu này bắt buộc trả lời.")))
    if (
        question.constraint is not None
        and name in clean
        and not _true(question.constraint, instance, question.path, now, unsure=False)
    ):
        faults.append(
            Fault(name, question.constraint_message or N_("Câu trả lời không hợp lệ. Hãy kiểm tra lại."))
        )
    if isinstance(question, Criterion):
        faults += _share_faults(name, clean)
    return faults


def _share_faults(name: str, clean: Answers) -> list[Fault]:
    """n of N: both or none, neither negative, n not above N (a share guards its denominator)."""
    n, of = clean.get(f"{name}_n"), clean.get(f"{name}_of")
    if n is None and of is None:
        return []
    if n is None:
        return [
            Fault(
                f"{name}_n",
                N_("Đã ghi tổng số, còn thiếu số trường hợp. Hãy ghi cả hai hoặc bỏ trống cả hai."),
            )
        ]
    if of is None:
        return [
            Fault(
                f"{name}_of",
                N_("Đã ghi số trường hợp, còn thiếu tổng số. Hãy ghi cả hai hoặc bỏ trống cả hai."),
            )
        ]
    if of < 1:
        return [
            Fault(
                f"{name}_of",
                N_("Tổng số phải từ 1 trở lên. Nếu không có trường hợp nào, hãy bỏ trống cả hai."),
            )
        ]
    if n < 0:
        return [Fault(f"{name}_n", N_("Số đếm không được âm."))]
    if n > of:
        return [Fault(f"{name}_n", N_("Số trường hợp không được lớn hơn tổng số."))]
    return []


def _demanded(question: Question, instance: dict[str, Any], now: datetime) -> bool:
    if isinstance(question.required, bool):
        return question.required
    return question.required is not None and _true(
        question.required, instance, question.path, now, unsure=False
    )


def _true(tree: Any, instance: dict[str, Any], path: str, now: datetime, unsure: bool = True) -> bool:
    """Whether a condition holds. `unsure` is the answer where odd data make it unreadable: evidence is never refused
    for that, so a question stays shown, nothing becomes required, and a constraint counts as broken.
    """
    try:
        return bool(truth(tree, instance, context=path, now=now, today=now.date()))
    except ExpressionError:
        return unsure


def _in_order(faults: list[Fault], known: Mapping[str, Field]) -> list[Fault]:
    order = {name: index for index, name in enumerate(known)}
    return sorted(faults, key=lambda fault: order.get(fault.question, len(order)))
