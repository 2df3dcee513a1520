"""The receipt of a submission: its short code, its content hash, and why a person may have to look at it."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .problems import N_

# Why a document was kept (202) instead of entering the totals at once. Nothing of it is lost or overwritten.
REASONS = {
    "faults": N_("Một số câu trả lời có lỗi"),
    "unknown_inspection": N_("Không có cuộc kiểm tra này"),
    "unknown_version": N_("Phiên bản biểu mẫu không được biết"),
    "other_version": N_("Biểu mẫu khác với biểu mẫu của cuộc kiểm tra"),
    "closed_campaign": N_("Đợt kiểm tra đã đóng"),
    "closed_inspection": N_("Cuộc kiểm tra đã duyệt hoặc đã hủy"),
    "second_submission": N_("Thành viên khác trong đoàn đã gửi phiếu này"),
    "other_content": N_("Mã phiếu này đã được dùng cho nội dung khác"),
    "unknown_replaced": N_("Phiếu cần thay thế không còn là phiếu hiện hành"),
    "not_a_member": N_("Người gửi không thuộc đoàn kiểm tra"),
    "disabled_account": N_("Tài khoản của người gửi đã bị khóa"),
    "not_inspector": N_("Người gửi không còn là người kiểm tra"),
    "unfinished": N_("Phiếu chưa điền xong"),
    "unknown_unit": N_("Đơn vị không có Bộ phận Một cửa vào ngày kiểm tra"),
    "outside_area": N_("Đơn vị nằm ngoài địa bàn của người gửi"),
    "not_offered": N_("Biểu mẫu không dùng cho đơn vị hoặc ngày này"),
}


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: what tells the same content sent again from other content."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def receipt_code(submission_id: str, content: str) -> str:
    """Eight letters and digits that phone and office can compare aloud: XXXX-XXXX, without I, L, O, U."""
    digest = hashlib.sha256(f"{submission_id}:{content}".encode()).digest()
    letters = base64.b32encode(digest[:5]).decode().translate(_CROCKFORD)
    return f"{letters[:4]}-{letters[4:]}"


_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def photo_name(unit_code: str, inspection: str, criterion: str, position: int, media_type: str | None) -> str:
    """The name under which a photo leaves the program: commune-code_inspection_criterion_n.jpg, plain ASCII."""
    suffix = SUFFIXES.get(media_type or "", "bin")
    return f"{unit_code}_{inspection}_{criterion}_{position}.{suffix}"


SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
}


def canonical_photos(photos: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Photos as they count for the content: which bytes under which question, in a fixed order."""
    return sorted([str(photo["question"]), str(photo["sha256"])] for photo in photos)
