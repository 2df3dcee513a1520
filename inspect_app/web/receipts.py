"""The receipt of a submission: what arrived, with hashes and the short code that the office's screen shows too.

What was kept for a person says so first: what was wrong, and whether its sender has anything to do.
"""

import uuid

from flask import Blueprint, render_template
from flask_login import current_user

from inspect_app.domain.inspections import OPEN_TO_SUBMISSIONS
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, NotFound
from inspect_app.domain.receipts import receipt_code
from inspect_app.operations.receiving import receipt_of, visit_checklist
from inspect_app.storage.checklists import read_checklist
from inspect_app.storage.inspections import find_inspection
from inspect_app.storage.kept import list_contents_beside
from inspect_app.storage.submissions import SubmissionRow

from .access import open_to
from .services import desk
from .work_page import receipt_context

bp = Blueprint("receipts", __name__)

NOTHING = N_("Bạn không phải làm gì và không cần gửi lại: văn phòng sẽ xếp phiếu vào cuộc kiểm tra.")
# Why a submission was kept (slugs of domain/receipts.py), told to its sender: what was wrong, what to do.
KEPT = {
    "faults": (
        N_("Một số câu trả lời có lỗi; danh sách ở bên dưới."),
        N_("Không cần gửi lại. Hãy gọi văn phòng, đọc mã biên nhận và nói câu trả lời đúng."),
    ),
    "unknown_inspection": (
        N_("Máy chủ không tìm thấy cuộc kiểm tra ghi trong phiếu."),
        N_("Hãy gọi văn phòng, đọc mã biên nhận và nói bạn đã kiểm tra đơn vị nào, ngày nào."),
    ),
    "unknown_version": (N_("Phiếu được điền theo một phiên bản biểu mẫu mà máy chủ chưa có."), NOTHING),
    "other_version": (
        N_("Phiếu được điền theo biểu mẫu khác với biểu mẫu đã giao cho cuộc kiểm tra này."),
        NOTHING,
    ),
    "closed_campaign": (
        N_("Đợt kiểm tra đã đóng trước khi phiếu tới máy chủ."),
        N_("Không cần gửi lại. Hãy gọi văn phòng để báo phiếu gửi sau khi đóng đợt."),
    ),
    "closed_inspection": (
        N_("Cuộc kiểm tra đã được duyệt hoặc đã hủy trước khi phiếu tới máy chủ."),
        N_("Không cần gửi lại. Hãy gọi văn phòng và nói vì sao còn phiếu này."),
    ),
    "second_submission": (
        N_("Cuộc kiểm tra này đã có một phiếu tới trước, của bạn hoặc của người cùng đoàn."),
        N_("Hãy thống nhất trong đoàn phiếu nào đúng, rồi gọi văn phòng và đọc mã biên nhận của phiếu đó."),
    ),
    "other_content": (
        N_("Trước đó máy chủ đã nhận một nội dung khác dưới cùng mã phiếu này. Nội dung tới trước vẫn được tính."),
        N_("Nếu nội dung gửi sau mới đúng, hãy gọi văn phòng và đọc mã biên nhận; nếu không, không phải làm gì."),
    ),
    "unknown_replaced": (
        N_("Phiếu này sửa một phiếu không còn là bản hiện hành: đã có bản sửa khác tới trước."),
        N_("Hãy mở lại phiếu để xem bản hiện hành. Nếu bản vừa gửi mới đúng, hãy gọi văn phòng và đọc mã biên nhận."),
    ),
    "not_a_member": (
        N_("Bạn không có tên trong đoàn của cuộc kiểm tra này."),
        N_("Không cần gửi lại. Hãy gọi văn phòng và nói bạn đi thay ai."),
    ),
    "disabled_account": (N_("Phiếu tới từ một tài khoản đã bị khóa."), NOTHING),
    "not_inspector": (N_("Phiếu tới từ một tài khoản không còn là của người kiểm tra."), NOTHING),
    "unfinished": (
        N_("Phiếu được lấy ra khỏi điện thoại khi chưa điền xong."),
        N_("Nếu điện thoại còn phiếu này, hãy điền nốt và gửi. Nếu không, hãy gọi văn phòng và đọc mã biên nhận."),
    ),
    "unknown_unit": (
        N_("Vào ngày kiểm tra, đơn vị ghi trong phiếu không có Bộ phận Một cửa."),
        N_("Không cần gửi lại. Hãy gọi văn phòng, đọc mã biên nhận và nói bạn đã kiểm tra đơn vị nào, ngày nào."),
    ),
    "outside_area": (
        N_("Đơn vị được kiểm tra nằm ngoài địa bàn giao cho bạn."),
        N_("Không cần gửi lại. Hãy gọi văn phòng và nói ai giao bạn kiểm tra đơn vị này."),
    ),
    "not_offered": (N_("Biểu mẫu đã điền không dùng cho loại đơn vị này hoặc cho ngày đó."), NOTHING),
}  # fmt: skip


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
    if checklist and row.inspection:
        checklist = visit_checklist(at, row.inspection, checklist)
    later = list_contents_beside(at.session, row)
    own = row.person_id == current_user.person_id
    held = ["other_content"] if later else row.reasons if row.status == "kept" else []
    return render_template(
        "inspect/receipt.html",
        **receipt_context(receipt_of(at, row), row.inspection, checklist),
        held=[KEPT[slug] for slug in held],
        later=[(receipt_code(row.id, content_hash), received_at) for content_hash, received_at in later],
        own=own,
        can_correct=own and row.inspection is not None and row.inspection.state in OPEN_TO_SUBMISSIONS,
    )


def _may_see(row: SubmissionRow) -> bool:
    at = desk()
    return bool(row.inspection_id and find_inspection(at.session, at.viewer, row.inspection_id))
