"""Findings: what an answer implies, how a reviewer may decide, and what a corrected answer does to a decision.

Severity follows domain.md 4.0: never named with the legal grades of discipline law.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .checklists import Checklist, Criterion
from .problems import N_, Conflict

SEVERITIES = {
    1: N_("Nhắc nhở"),
    2: N_("Tồn tại, hạn chế"),
    3: N_("Vi phạm"),
    4: N_("Chuyển cơ quan có thẩm quyền"),
}

CAUSES = {
    "nhan_su": N_("Con người"),
    "phoi_hop": N_("Phối hợp"),
    "quy_dinh": N_("Quy định"),
    "phan_mem": N_("Phần mềm, dữ liệu"),
    "co_so": N_("Cơ sở vật chất"),
    "nguoi_dan": N_("Người dân bổ sung chậm"),
    "bat_kha_khang": N_("Bất khả kháng"),
}

GROUPS = {
    "NY": N_("Niêm yết, công khai"),
    "TS": N_("Trụ sở, trang thiết bị"),
    "NS": N_("Nhân sự, giờ giấc, thái độ"),
    "TN": N_("Tiếp nhận hồ sơ"),
    "GQ": N_("Chuyển và giải quyết"),
    "TK": N_("Trả kết quả, phí"),
    "DT": N_("Hệ thống điện tử, số hóa"),
    "PA": N_("Phản ánh, kiến nghị, hài lòng"),
    "CD": N_("Chỉ đạo, báo cáo, khắc phục"),
}

STATES = {
    "reported": N_("Chờ rà soát"),
    "confirmed": N_("Đã xác nhận"),
    "not_upheld": N_("Không chấp nhận"),
    "duplicate": N_("Trùng lặp"),
    "withdrawn": N_("Đã rút"),
}

# event -> state it leads to; an event that is not here (changed, noted) leaves the state alone
EVENTS = {
    "reported": "reported",
    "confirmed": "confirmed",
    "not_upheld": "not_upheld",
    "marked_duplicate": "duplicate",
    "withdrawn": "withdrawn",
    "reported_again": "reported",
}

DECISIONS = {"confirm": "confirmed", "reject": "not_upheld", "duplicate": "marked_duplicate"}
DECIDED = frozenset({"confirmed", "not_upheld", "duplicate", "withdrawn"})


@dataclass(frozen=True)
class Derived:
    """What one `fail` implies, before any review. `law_keys` are looked up in the law of the day."""

    question: str
    criterion: str
    group: str
    severity: int
    wording: str
    law_keys: tuple[str, ...]
    cause: str
    responsible: str
    n: int | None
    of: int | None

    def answer(self) -> dict[str, Any]:
        """What was answered, as kept beside the finding; equal answers keep their decision."""
        return vars(self) | {"law_keys": list(self.law_keys)}


def derive(checklist: Checklist, answers: Mapping[str, Any], level: str, day: date) -> list[Derived]:
    """Findings of a filled checklist, in its order. A criterion without severity never yields one (PA-05)."""
    return [
        _derived(criterion, answers)
        for criterion in checklist.for_visit(level, day).criteria
        if answers.get(criterion.name) == "fail" and criterion.severity
    ]


def _derived(criterion: Criterion, answers: Mapping[str, Any]) -> Derived:
    name = criterion.name
    return Derived(
        question=name,
        criterion=criterion.code,
        group=criterion.group,
        severity=int(answers.get(f"{name}_severity") or criterion.severity or 0),
        wording=str(answers.get(f"{name}_note") or "").strip() or f"Chưa đạt: {criterion.label}",
        law_keys=tuple(criterion.legal_basis),
        cause=str(answers.get(f"{name}_cause") or ""),
        responsible=str(answers.get(f"{name}_responsible") or "").strip(),
        # Only a criterion with both labels enters rates: a lone number is no share.
        n=answers.get(f"{name}_n") if criterion.counted else None,
        of=answers.get(f"{name}_of") if criterion.counted else None,
    )


def law_lines(keys: Iterable[str], laws: Mapping[str, str]) -> list[str]:
    """The texts of law keys on a day, each once: two keys may rest on one decree. A key without text is left out."""
    return list(dict.fromkeys(laws[key] for key in keys if key in laws))


def fold(events: Iterable[str]) -> str:
    state = ""
    for event in events:
        state = EVENTS.get(event, state)
    return state


def check_decision(state: str, decision: str, reason: str) -> str:
    """The event a decision becomes. Changing one's mind, rejecting and marking a duplicate need a reason."""
    if state == "withdrawn":
        raise Conflict(N_("Phát hiện này đã được rút sau khi người kiểm tra sửa câu trả lời."))
    event = DECISIONS.get(decision)
    if event is None:
        raise Conflict(N_("Không rõ quyết định này."))
    if EVENTS[event] == state:
        raise Conflict(N_("Phát hiện này đã được quyết định như vậy rồi. Hãy tải lại trang."))
    if (decision != "confirm" or state != "reported") and not reason.strip():
        raise Conflict(N_("Hãy ghi lý do của quyết định này."))
    return event
