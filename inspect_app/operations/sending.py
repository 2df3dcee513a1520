"""The checklist page's way to receiving: a post is judged, kept as a draft when it has faults, else received.

The bytes of its photos are evidence already (operations/photographing.py) when this begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from inspect_app.domain import answers as judging
from inspect_app.domain.answers import Fault
from inspect_app.domain.documents import Document, PhotoClaim
from inspect_app.domain.inspections import OPEN_TO_SUBMISSIONS
from inspect_app.domain.problems import N_, Conflict, Forbidden
from inspect_app.storage.checklists import read_checklist
from inspect_app.storage.inspections import InspectionRow, get_inspection, is_member, lock_inspection
from inspect_app.storage.submissions import DraftRow, PhotoRow, SubmissionRow, find_draft, list_photo_keys

from .desk import Desk
from .drafting import page_submission_id, save_draft
from .inspecting import start
from .photographing import Arrived, carry_photos_over, record_photos, remove_photos
from .receiving import Receipt, receive, visit_checklist

CLOCK_STEP = timedelta(seconds=1)  # of the time a page says it was drawn at


@dataclass(frozen=True)
class PagePost:
    """What the page sent. `answers` are as typed, empty ones left out."""

    submission_id: str
    replaces: str | None
    answers: Mapping[str, Any]
    arrived: Sequence[Arrived] = ()
    photo_faults: Sequence[Fault] = ()
    removed: Sequence[str] = ()


@dataclass(frozen=True)
class Sent:
    """Either a receipt, or the faults with everything kept as a draft under `submission_id`."""

    submission_id: str
    receipt: Receipt | None = None
    faults: list[Fault] = field(default_factory=list)


def get_own_inspection(desk: Desk, inspection_id: str) -> InspectionRow:
    """The inspection, if the actor is of its team; Forbidden for others who may know of it, NotFound for the rest."""
    inspection = get_inspection(desk.session, desk.viewer, inspection_id)
    if not is_member(desk.session, inspection_id, desk.viewer.person_id):
        raise Forbidden(N_("Bạn không thuộc đoàn kiểm tra này nên không điền phiếu được."))
    return inspection


def save(desk: Desk, inspection_id: str, post: PagePost) -> Sent:
    """Keep a page as a draft: text as typed, photos stored."""
    inspection = _begun(desk, inspection_id)
    submission_id = _own_id(desk, inspection, post.submission_id)
    if desk.session.get(SubmissionRow, submission_id) is not None:
        raise Conflict(N_("Phiếu này đã được gửi. Hãy mở lại phiếu để sửa."))
    post = _with_photos_of_replaced(desk, inspection, submission_id, post)
    _keep(desk, inspection, submission_id, post)
    return Sent(submission_id, None, list(post.photo_faults))


def keep_interrupted(desk: Desk, inspection_id: str, post: PagePost, page_made_at: datetime) -> bool:
    """Keep a page that came without its person's sign-in, as their draft; false when nothing is to be kept.

    It only ever adds: the visit is not started, no photo is taken out, and what a draft saved after the page was
    drawn says differently stands.
    """
    inspection = get_own_inspection(desk, inspection_id)
    lock_inspection(desk.session, inspection_id)
    submission_id = _own_id(desk, inspection, post.submission_id)
    sent_before = desk.session.get(SubmissionRow, submission_id) is not None
    if sent_before or inspection.state not in OPEN_TO_SUBMISSIONS:
        return False
    draft = find_draft(desk.session, inspection.id, desk.viewer.person_id)
    answers = post.answers
    if draft and draft.updated_at > page_made_at + CLOCK_STEP:
        submission_id, answers = draft.submission_id, {**answers, **draft.answers}
        post = replace(post, replaces=draft.replaces)
    post = replace(post, answers=answers, removed=())
    _keep(desk, inspection, submission_id, _with_photos_of_replaced(desk, inspection, submission_id, post))
    return True


def send(desk: Desk, inspection_id: str, post: PagePost) -> Sent:
    """Send a page: received when it has no fault, else kept as a draft with all its faults listed."""
    inspection = _begun(desk, inspection_id)
    submission_id = _own_id(desk, inspection, post.submission_id)
    sent_before = desk.session.get(SubmissionRow, submission_id) is not None
    checklist = read_checklist(desk.session, inspection.checklist_version_id)
    if not sent_before:
        post = _with_photos_of_replaced(desk, inspection, submission_id, post)
        asked = visit_checklist(desk, inspection, checklist)
        _, faults = judging.judge(asked, post.answers, now=desk.now.astimezone(desk.zone))
        if faults or post.photo_faults:
            _keep(desk, inspection, submission_id, post)
            return Sent(submission_id, None, [*faults, *post.photo_faults])
        remove_photos(desk, submission_id, post.removed)
    record_photos(desk, submission_id, post.arrived, beside=sent_before)
    held = list_photo_keys(desk.session, submission_id)
    photos = {(question, sha256): size for question, sha256, size in held}
    photos |= {(item.upload.question, item.stored.sha256): item.stored.size for item in post.arrived}
    document = Document(
        id=submission_id,
        inspection=inspection.id,
        checklist=checklist.key,
        version=checklist.version,
        answers=post.answers,
        door="page",
        replaces=post.replaces,
        photos=[PhotoClaim(question, sha256, size) for (question, sha256), size in photos.items()],
    )
    return Sent(submission_id, receive(desk, document))


def _begun(desk: Desk, inspection_id: str) -> InspectionRow:
    inspection = get_own_inspection(desk, inspection_id)
    lock_inspection(desk.session, inspection_id)
    if inspection.state == "planned":
        start(desk, inspection)
    return inspection


def _with_photos_of_replaced(
    desk: Desk, inspection: InspectionRow, submission_id: str, post: PagePost
) -> PagePost:
    """A first correction carries the photos of what it replaces, less those taken out on the page.

    Only photos of this very visit: the page names what it replaces, and could name anything.
    """
    replaced = desk.session.get(SubmissionRow, post.replaces) if post.replaces else None
    if replaced is None or replaced.inspection_id != inspection.id:
        return post
    return replace(post, removed=carry_photos_over(desk, replaced.id, submission_id, post.removed))


def _keep(desk: Desk, inspection: InspectionRow, submission_id: str, post: PagePost) -> None:
    save_draft(desk, inspection, submission_id, post.answers, post.replaces)
    remove_photos(desk, submission_id, post.removed)
    record_photos(desk, submission_id, post.arrived)


def _own_id(desk: Desk, inspection: InspectionRow, wanted: str) -> str:
    """The id of the page if it is free or one's own for this inspection; else the one a fresh page would have."""
    draft = desk.session.get(DraftRow, wanted)
    sent = desk.session.get(SubmissionRow, wanted)
    holder = draft or sent
    if (
        holder is None
        and wanted
        and desk.session.query(PhotoRow).filter_by(submission_id=wanted).first() is None
    ):
        return wanted
    if (
        holder is not None
        and holder.person_id == desk.viewer.person_id
        and holder.inspection_id == inspection.id
    ):
        return wanted
    return page_submission_id(desk, inspection)
