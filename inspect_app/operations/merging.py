"""A second submission of one visit, filled on another phone, is put together with the current one by answer.

Only where nobody's answer is lost: a disagreement keeps it for a person, with both answers told.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from inspect_app.domain import answers as judging
from inspect_app.domain.checklists import Checklist
from inspect_app.domain.merging import Disagreement, Merge, merge
from inspect_app.storage.submissions import SubmissionRow

OVERTAKEN = (["second_submission"], ["unknown_replaced"])  # the reasons that a merge can do away with


def merge_answers(
    checklist: Checklist,
    base: Mapping[str, Any],
    current: Mapping[str, Any],
    mine: Mapping[str, Any],
    now: datetime,
) -> Merge:
    """`current` and `mine` are clean, `base` as typed. What the judge faults or hides in the result, though somebody
    answered it, is a disagreement too."""
    before, _ = judging.judge(checklist, base, now=now)
    found = merge(before, current, mine)
    clean, faults = judging.judge(checklist, found.answers, now=now)
    told = {conflict.question for conflict in found.conflicts}
    lost = [name for name, value in found.answers.items() if name not in clean and value != "unchecked"]
    for name in dict.fromkeys([*lost, *(fault.question for fault in faults)]):
        if name not in told:
            found.conflicts.append(Disagreement(name, current.get(name), mine.get(name)))
    return found if found.conflicts else Merge(clean, found.taken)


@dataclass(frozen=True)
class Merged:
    """What a document and the current submission are together."""

    other: SubmissionRow
    result: Merge

    def json(self) -> dict[str, Any]:
        """As it is kept with the submission. `answers`: all put together, its own where the two disagree, for a
        person who settles it so."""
        told = {"with": self.other.id, "taken": self.result.taken}
        conflicts = self.result.conflicts
        if not conflicts:
            return told | {"conflicts": []}
        own = {conflict.question: conflict.mine for conflict in conflicts}
        answers = {name: value for name, value in (self.result.answers | own).items() if value is not None}
        return told | {"conflicts": [asdict(conflict) for conflict in conflicts], "answers": answers}
