"""The receipt of a submission: what arrived, with hashes and the short code that the office's screen shows too."""

import uuid

from flask import Blueprint, render_template
from flask_login import current_user

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, NotFound
from inspect_app.operations.receiving import receipt_of
from inspect_app.storage.checklists import read_checklist
from inspect_app.storage.inspections import find_inspection
from inspect_app.storage.submissions import SubmissionRow

from .access import open_to
from .checklist_page import receipt_context
from .services import desk

bp = Blueprint("receipts", __name__)


@bp.get("/receipts/<uuid:submission_id>")
@open_to(Act.INSPECT, Act.REVIEW)
def receipt(submission_id: uuid.UUID) -> str:
    """For the sender, and for whoever may see the inspection."""
    row = desk().session.get(SubmissionRow, str(submission_id))
    if row is None or not (row.person_id == current_user.person_id or _may_see(row)):
        raise NotFound(N_("Không tìm thấy biên nhận này."))
    at = desk()
    version = row.checklist_version_id
    checklist = read_checklist(at.session, version) if version else None
    return render_template(
        "inspect/receipt.html", **receipt_context(receipt_of(at, row), row.inspection, checklist)
    )


def _may_see(row: SubmissionRow) -> bool:
    at = desk()
    return bool(row.inspection_id and find_inspection(at.session, at.viewer, row.inspection_id))
