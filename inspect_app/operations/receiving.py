"""The one operation behind all doors: take in a filled checklist, once, whole, and answer with a receipt.

Nothing that arrives is refused or overwritten. What cannot enter the totals by rule is kept with its reasons for a
person to settle (operations/settling.py). The constraint on the submission's id, not a check in code, keeps a
repeated post one record.
"""

import uuid
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from inspect_app.domain import answers as judging
from inspect_app.domain import inspections
from inspect_app.domain.checklists import Checklist
from inspect_app.domain.clocks import corrected
from inspect_app.domain.documents import Document
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, Faulty
from inspect_app.domain.receipts import content_hash, receipt_code
from inspect_app.storage.base import insert_rows
from inspect_app.storage.checklists import find_version_id, read_checklist
from inspect_app.storage.inspections import InspectionRow, is_member, is_visible, lock_inspection
from inspect_app.storage.kept import get_document
from inspect_app.storage.submissions import (
    DraftRow,
    PhotoRow,
    SubmissionDocumentRow,
    SubmissionRow,
    is_held_by_another,
    list_photos,
)

from .desk import Desk
from .finding_sync import sync_findings
from .inspecting import find_office, note_event, start
from .linking import link_photos
from .merging import OVERTAKEN, Merged, merge_answers
from .photographing import copy_photos

COUNTED = ("accepted", "placed")


class FaultyAnswers(Faulty):
    """The judge faults answers whose sender is looking and asked to be told: nothing was taken in."""

    def __init__(self, faults: list[judging.Fault]) -> None:
        super().__init__(N_("Một số câu trả lời có lỗi. Hãy sửa rồi gửi lại."))
        self.faults = faults


@dataclass(frozen=True)
class Receipt:
    """What the server holds. `outcome`: created, repeated or kept."""

    outcome: str
    submission: SubmissionRow
    photos: list[PhotoRow]
    reasons: list[str] = field(default_factory=list)
    code: str = ""
    merged: list[str] = field(default_factory=list)  # names whose answer is a team-mate's
    conflicts: list[dict[str, Any]] = field(default_factory=list)  # question, theirs, mine

    @property
    def status(self) -> str:
        return "kept" if self.outcome == "kept" or self.submission.status == "kept" else "received"


def receive(desk: Desk, document: Document) -> Receipt:
    """Take in a document. The same content again is answered like the first time; other content is kept beside."""
    desk.require(Act.INSPECT)
    content = document.content()
    hashed = content_hash(content)
    inspection = lock_inspection(desk.session, document.inspection)
    if inspection is None:
        # Perhaps being announced at this moment (operations/announcing.py): one of the two must see the other.
        desk.one_at_a_time()
        inspection = lock_inspection(desk.session, document.inspection)
    existing = desk.session.get(SubmissionRow, document.id)
    beside = existing is None and is_held_by_another(desk.session, document.id, desk.viewer.person_id)
    if beside:
        document = _under_own_id(desk, document)
        existing = desk.session.get(SubmissionRow, document.id)
    if existing is None:
        try:
            with desk.session.begin_nested():
                reasons = ["other_content"] if beside else []
                return _take_in(desk, document, content, hashed, inspection, reasons)
        except IntegrityError:
            # Another request committed this id between our look and our insert: ours is then a repetition.
            existing = desk.session.get(SubmissionRow, document.id, populate_existing=True)
            if existing is None:
                raise
    return _repeated(desk, document, content, hashed, existing)


def _under_own_id(desk: Desk, document: Document) -> Document:
    """A document that came under the id of another's draft, under an id of its sender: the draft stays its owner's,
    none of its photos is linked or named, and what came is kept all the same."""
    own = uuid.uuid5(uuid.UUID(document.id), str(desk.viewer.person_id))
    return replace(document, id=str(own))


def _repeated(
    desk: Desk, document: Document, content: dict[str, Any], hashed: str, existing: SubmissionRow
) -> Receipt:
    if existing.content_hash == hashed and existing.person_id == desk.viewer.person_id:
        return receipt_of(desk, existing, "repeated")
    known = desk.session.get(SubmissionDocumentRow, (document.id, hashed))
    if known is None:
        _keep_document(desk, document, content, hashed)
        desk.audit("submission_kept", "submission", document.id, reasons=["other_content"])
    # The receipt shows nothing of the first content: its sender may be another person.
    answer = SubmissionRow(
        id=document.id, content_hash=hashed, person_id=desk.viewer.person_id, door=document.door, status="kept",
        reasons=["other_content"], faults=[], answers={}, code=receipt_code(document.id, hashed),
        received_at=known.received_at if known else desk.now,
    )  # fmt: skip
    return Receipt("kept", answer, [], ["other_content"], answer.code)


def _take_in(
    desk: Desk, document: Document, content: dict[str, Any], hashed: str, inspection: InspectionRow | None,
    beside: list[str],
) -> Receipt:  # fmt: skip
    reasons, version_id, inspection = _placing(desk, document, inspection)
    reasons = [*beside, *document.kept_for, *reasons]
    clean, faults = _judged(desk, document, inspection, version_id)
    if faults and document.strict:
        raise FaultyAnswers(faults)
    if faults:
        reasons.append("faults")
    merged = _merged(desk, document, inspection, version_id, reasons, clean)
    if merged and not merged.result.conflicts:
        reasons, clean = [], merged.result.answers
    submission = SubmissionRow(
        id=document.id,
        content_hash=hashed,
        inspection_id=inspection.id if inspection else None,
        checklist_version_id=version_id,
        person_id=desk.viewer.person_id,
        door=document.door,
        status="kept" if reasons else "accepted",
        reasons=reasons,
        faults=[asdict(fault) for fault in faults],
        answers=clean,
        replaces=document.replaces or None,
        code=receipt_code(document.id, hashed),
        started_at=document.started_at or (inspection.started_at if inspection else None),
        finished_at=document.finished_at or desk.now,
        received_at=desk.now,
        clock_offset=document.clock_offset,
        merge=merged.json() if merged else None,
    )
    desk.session.add(submission)
    desk.session.flush()
    _keep_document(desk, document, content, hashed)
    visit = inspection.id if inspection and "not_a_member" not in reasons else None
    link_photos(desk, document, visit, _sources(desk, document, visit, merged) if visit else ())
    if merged and not reasons:
        copy_photos(desk, merged.other.id, document.id, as_own=False)
    own_draft = DraftRow.submission_id == document.id, DraftRow.person_id == desk.viewer.person_id
    desk.session.execute(delete(DraftRow).where(*own_draft).execution_options(synchronize_session=False))
    if not reasons:
        assert inspection is not None and version_id is not None
        accept(desk, submission, inspection, read_checklist(desk.session, version_id))
    desk.audit(
        "submission_kept" if reasons else "submission_received", "submission", document.id, reasons=reasons
    )
    desk.session.flush()
    return receipt_of(desk, submission, "kept" if reasons else "created")


def _sources(desk: Desk, document: Document, visit: str, merged: Merged | None) -> list[str]:
    """Submissions of the visit whose photos the sender need not send again: what is replaced or merged, and what the
    sender sent before, which is kept beside a team-mate's when the two disagreed."""
    found = {document.replaces, merged and merged.other.id}
    if document.replaces and document.photos:
        own = SubmissionRow.inspection_id == visit, SubmissionRow.person_id == desk.viewer.person_id
        found |= set(desk.session.scalars(select(SubmissionRow.id).where(*own)))
    return sorted(id for id in found - {document.id} if id)


def receive_again(desk: Desk, submission: SubmissionRow, inspection: InspectionRow) -> list[str]:
    """Judge a kept submission anew, now that the visit it names is there; gives the reasons why it is still kept.

    The desk is its sender's. All is as if the visit had been there first.
    """
    stored = get_document(desk.session, submission.id, submission.content_hash).document
    document = Document(
        id=submission.id, inspection=inspection.id, checklist=stored["checklist"], version=stored["version"],
        answers=stored["answers"], door=submission.door, replaces=submission.replaces,
        finished_at=submission.finished_at,
    )  # fmt: skip
    reasons, version_id, _ = _placing(desk, document, inspection)
    clean, faults = _judged(desk, document, inspection, version_id)
    submission.inspection_id, submission.checklist_version_id = inspection.id, version_id
    submission.answers, submission.faults = clean, [asdict(fault) for fault in faults]
    submission.started_at = submission.started_at or inspection.started_at
    submission.reasons = [*reasons, "faults"] if faults else reasons
    if not submission.reasons:
        assert version_id is not None
        submission.status = "accepted"
        accept(desk, submission, inspection, read_checklist(desk.session, version_id))
    desk.session.flush()
    return submission.reasons


def _placing(
    desk: Desk, document: Document, inspection: InspectionRow | None
) -> tuple[list[str], int | None, InspectionRow | None]:
    """Where the document belongs, and every reason why a person must look before it counts."""
    version_id = find_version_id(desk.session, document.checklist, document.version)
    reasons = [] if version_id else ["unknown_version"]
    if inspection is None or not is_visible(desk.session, desk.viewer, inspection.id):
        # A secret visit of another team is answered exactly like one that does not exist.
        return ["unknown_inspection", *_unmade(desk, document), *reasons], version_id, None
    if not is_member(desk.session, inspection.id, desk.viewer.person_id):
        reasons.append("not_a_member")
    if version_id and version_id != inspection.checklist_version_id:
        reasons.append("other_version")
    if inspection.campaign is not None and inspection.campaign.closed_at is not None:
        reasons.append("closed_campaign")
    elif inspection.state not in inspections.OPEN_TO_SUBMISSIONS:
        reasons.append("closed_inspection")
    current = inspection.current_submission_id
    if document.replaces and document.replaces != current:
        reasons.append("unknown_replaced")
    elif current and not document.replaces:
        reasons.append("second_submission")
    return reasons, version_id, inspection


def _unmade(desk: Desk, document: Document) -> list[str]:
    """Why a visit that the phone started could not be made, as far as the document tells."""
    if document.visit is None:
        return []
    at = corrected(document.started_at or desk.now, document.clock_offset)
    office = find_office(desk, document.visit["unit"], at.astimezone(desk.zone).date())
    return [] if office else ["unknown_unit"]


def _judged(
    desk: Desk, document: Document, inspection: InspectionRow | None, version_id: int | None
) -> tuple[dict[str, Any], list[judging.Fault]]:
    """Answers in their kinds and all their faults; without a known checklist they stay as they came."""
    if version_id is None or inspection is None:
        return dict(document.answers), []
    checklist = visit_checklist(desk, inspection, read_checklist(desk.session, version_id))
    now = (document.finished_at or desk.now).astimezone(desk.zone)
    return judging.judge(checklist, document.answers, now=now)


def _merged(
    desk: Desk, document: Document, inspection: InspectionRow | None, version_id: int | None, reasons: list[str],
    mine: dict[str, Any],
) -> Merged | None:  # fmt: skip
    """What a document and the current submission it knew nothing of are together, if nothing else is in the way."""
    if document.base is None or reasons not in OVERTAKEN or inspection is None or version_id is None:
        return None
    other = desk.session.get(SubmissionRow, inspection.current_submission_id or "")
    if other is None or other.checklist_version_id != version_id:
        return None
    checklist = visit_checklist(desk, inspection, read_checklist(desk.session, version_id))
    now = (document.finished_at or desk.now).astimezone(desk.zone)
    return Merged(other, merge_answers(checklist, document.base, other.answers, mine, now))


def visit_checklist(desk: Desk, inspection: InspectionRow, checklist: Checklist) -> Checklist:
    """The part of a checklist that is asked at this level of office on the day of the visit."""
    return checklist.for_visit(desk.gazetteer.by_id(inspection.unit_id).level, inspection.day)


def accept(desk: Desk, submission: SubmissionRow, inspection: InspectionRow, checklist: Checklist) -> None:
    """Make a submission the current one of its inspection and derive its findings."""
    if inspection.state == "planned":
        start(desk, inspection)
    sync_findings(desk, inspection, submission, checklist)
    note_event(desk, inspection, "submitted", submission=submission.id)
    inspection.current_submission_id = submission.id
    inspection.visited = True


def _keep_document(desk: Desk, document: Document, content: dict[str, Any], hashed: str) -> None:
    row = {
        "submission_id": document.id,
        "content_hash": hashed,
        "document": content,
        "person_id": desk.viewer.person_id,
        "received_at": desk.now,
    }
    insert_rows(desk.session, SubmissionDocumentRow, [row])


def receipt_of(desk: Desk, submission: SubmissionRow, outcome: str = "repeated") -> Receipt:
    """The receipt of a submission as the server holds it now. A team-mate's answers are told to the team only, covered
    photos only to who took them and may let go of them by it."""
    merge = submission.merge or {}
    if merge and not is_member(desk.session, submission.inspection_id or "", desk.viewer.person_id):
        merge = {}
    photos = [
        photo
        for photo in list_photos(desk.session, submission.id)
        if not photo.covered or photo.person_id == desk.viewer.person_id or desk.viewer.may(Act.SEE_ORIGINALS)
    ]
    return Receipt(
        outcome, submission, photos, list(submission.reasons), submission.code,
        merge["taken"] if merge and submission.status in COUNTED else [],
        merge["conflicts"] if merge and submission.status == "kept" else [],
    )  # fmt: skip
