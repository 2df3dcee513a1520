"""What who looks at a submission must know of the phones it came from: a clock that is off, two phones put together."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from inspect_app.domain import answer_sheet, clocks
from inspect_app.domain.checklists import Checklist
from inspect_app.operations.desk import Desk
from inspect_app.storage.submissions import SubmissionRow


@dataclass(frozen=True)
class MergeNote:
    """`other`: the submission that was current; `taken`: how many of its answers were; `disagreements`: both answers."""

    other: SubmissionRow
    taken: int
    disagreements: list[answer_sheet.Difference]


def phone_notes(at: Desk, submission: SubmissionRow | None, checklist: Checklist | None) -> dict[str, Any]:
    """`clock` and `merge` of the pages; empty where there is nothing to know."""
    if submission is None:
        return {"clock": "", "merge": None}
    return {"clock": clock_words(submission.clock_offset), "merge": _merge_note(at, submission, checklist)}


def clock_words(offset: int | None) -> str:
    """“Đồng hồ điện thoại nhanh 2 ngày 3 phút”; nothing for a clock that is right, or right enough."""
    if offset is None or not clocks.is_notable(offset):
        return ""
    days, hours, minutes = clocks.in_parts(offset)
    parts = [
        ngettext("%(num)s ngày", "%(num)s ngày", days) if days else "",
        ngettext("%(num)s giờ", "%(num)s giờ", hours) if hours else "",
        ngettext("%(num)s phút", "%(num)s phút", minutes) if minutes else "",
    ]
    span = " ".join(filter(None, parts))
    if offset < 0:
        return str(_("Đồng hồ điện thoại nhanh %(span)s so với máy chủ lúc gửi.", span=span))
    return str(_("Đồng hồ điện thoại chậm %(span)s so với máy chủ lúc gửi.", span=span))


def _merge_note(at: Desk, submission: SubmissionRow, checklist: Checklist | None) -> MergeNote | None:
    told = submission.merge
    other = at.session.get(SubmissionRow, told["with"]) if told else None
    if told is None or other is None or checklist is None:
        return None
    theirs = {item["question"]: item["theirs"] for item in told["conflicts"]}
    mine = {item["question"]: item["mine"] for item in told["conflicts"]}
    return MergeNote(other, len(told["taken"]), answer_sheet.differences(checklist, theirs, mine))
