"""Who may see a photo, as one query: through its visit, as its sender, or as an officer of the unit it stands against.

What a blurred copy covers is seen by who may open originals, and by nobody else, its photographer included. A photo that is only announced is never served: its hash came from outside and may name the file of another.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from inspect_app.domain.people import Act, Role
from inspect_app.domain.problems import N_, NotFound

from .findings import FindingRow
from .inspections import InspectionRow, Viewer, visible_to, within_area
from .submissions import LISTED, UNCOVERED, BlobRow, PhotoRow, SubmissionRow

SERVED = ("stored", "damaged", "beside")


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    id: str
    submission_id: str
    question: str
    sha256: str
    size: int
    media_type: str | None
    unreadable_at: datetime | None
    covered: bool
    number: str | None
    unit_id: int | None


def get_photo_for(session: Session, viewer: Viewer, photo_id: str) -> FoundPhoto:
    """The photo, or NotFound: what one may not see does not exist for one."""
    row = session.execute(
        select(
            PhotoRow.id, PhotoRow.submission_id, PhotoRow.question, PhotoRow.sha256, PhotoRow.size,
            BlobRow.media_type, BlobRow.unreadable_at, PhotoRow.covered, InspectionRow.number, InspectionRow.unit_id,
        )
        .select_from(PhotoRow)
        .join(BlobRow, BlobRow.sha256 == PhotoRow.sha256)
        .outerjoin(SubmissionRow, SubmissionRow.id == PhotoRow.submission_id)
        .outerjoin(InspectionRow, InspectionRow.id == SubmissionRow.inspection_id)
        .where(PhotoRow.id == photo_id, PhotoRow.state.in_(SERVED), _may_see(viewer))
    ).first()  # fmt: skip
    if row is None:
        raise NotFound(N_("Không tìm thấy ảnh này."))
    return FoundPhoto(*tuple(row))


def _may_see(viewer: Viewer) -> ColumnElement[bool]:
    ways = [PhotoRow.person_id == viewer.person_id]
    if viewer.role == Role.UNIT_OFFICER:
        ways.append(_stands_against_own_unit(viewer))
    elif viewer.may(Act.SEE_PHOTOS):
        ways.append(and_(InspectionRow.id.is_not(None), visible_to(viewer)))
    if viewer.may(Act.SETTLE_KEPT):
        ways.append(and_(SubmissionRow.id.is_not(None), SubmissionRow.inspection_id.is_(None)))
    seen = or_(false(), *ways)
    return seen if viewer.may(Act.SEE_ORIGINALS) else and_(seen, UNCOVERED)


def _stands_against_own_unit(viewer: Viewer) -> ColumnElement[bool]:
    """Photos of a confirmed finding as it stands now; nothing of what was not upheld or is still under review.

    A finding always names the current submission (finding_sync.py), so photos that a correction took out are gone.
    """
    return LISTED & exists().where(
        FindingRow.submission_id == PhotoRow.submission_id,
        FindingRow.question == PhotoRow.question,
        FindingRow.inspection_id == InspectionRow.id,
        FindingRow.state == "confirmed",
        within_area(viewer, FindingRow.unit_id),
    )


def place_in_question(session: Session, photo: FoundPhoto) -> int:
    """The photo's number within its question, from 1, as the lists count (finding_list.py): announced ones included."""
    mine = select(PhotoRow.position).where(PhotoRow.id == photo.id).scalar_subquery()
    return (
        session.scalar(
            select(func.count())
            .select_from(PhotoRow)
            .where(PhotoRow.submission_id == photo.submission_id, PhotoRow.question == photo.question)
            .where(LISTED)
            .where(or_(PhotoRow.position < mine, and_(PhotoRow.position == mine, PhotoRow.id <= photo.id)))
        )
        or 1
    )
