"""The life of an inspection: what may follow what. Its state is the fold of its past-tense events (DESIGN part 3)."""

from collections.abc import Iterable

from .problems import N_, Conflict

KINDS = {"scheduled": N_("Định kỳ"), "surprise": N_("Đột xuất"), "short_notice": N_("Đột xuất có báo trước")}

STATES = {
    "planned": N_("Đã lập kế hoạch"),
    "started": N_("Đang kiểm tra"),
    "submitted": N_("Đã nộp"),
    "returned": N_("Trả lại để bổ sung"),
    "approved": N_("Đã duyệt"),
    "concluded": N_("Đã kết luận"),
    "cancelled": N_("Đã hủy"),
}

# event -> (states it may follow, state it leads to)
EVENTS: dict[str, tuple[frozenset[str], str]] = {
    "planned": (frozenset({""}), "planned"),
    "started": (frozenset({"", "planned"}), "started"),
    "submitted": (frozenset({"started", "submitted", "returned"}), "submitted"),
    "returned": (frozenset({"submitted"}), "returned"),
    "approved": (frozenset({"submitted"}), "approved"),
    "concluded": (frozenset({"approved"}), "concluded"),
    "cancelled": (frozenset({"planned", "started"}), "cancelled"),
}

OPEN_TO_SUBMISSIONS = frozenset({"planned", "started", "submitted", "returned"})


def fold(events: Iterable[str]) -> str:
    """The state after these events; "" before the first. Events that only annotate leave it alone."""
    state = ""
    for event in events:
        state = after(state, event)
    return state


def after(state: str, event: str) -> str:
    """The state after one more event; Conflict if it may not follow."""
    if event not in EVENTS:
        return state
    allowed, result = EVENTS[event]
    if state not in allowed:
        raise Conflict(
            N_("Cuộc kiểm tra đang ở trạng thái “%(state)s”, không làm được việc này. Hãy tải lại trang."),
            state=STATES.get(state, state),
        )
    return result


def number_of(year: int, ordinal: int) -> str:
    """The running number given at the start of a visit, as printed on lists: KT-2026-0007."""
    return f"KT-{year}-{ordinal:04d}"
