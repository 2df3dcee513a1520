"""The audit log in words: one sentence for each act, one short label for the filter."""

from typing import Any

from flask_babel import gettext as _

from inspect_app.domain.people import ROLE_LABELS, Role
from inspect_app.domain.problems import N_
from inspect_app.storage.audit import AuditRow

from .language import term

# act -> (label in the filter, sentence). `%(subject)s` is what the line is about, the rest comes from its detail.
ACTS: dict[str, tuple[str, str]] = {
    "signed_in": (N_("Đăng nhập"), N_("đăng nhập")),
    "signed_out": (N_("Đăng xuất"), N_("đăng xuất")),
    "sign_in_failed": (N_("Đăng nhập sai"), N_("đăng nhập sai, từ địa chỉ %(subject)s")),
    "account_activated": (N_("Đặt mật khẩu bằng liên kết"), N_("đặt mật khẩu bằng liên kết dùng một lần")),
    "password_change_failed": (
        N_("Đổi mật khẩu sai"),
        N_("nhập sai mật khẩu hiện tại khi đổi mật khẩu, từ địa chỉ %(subject)s"),
    ),
    "password_changed": (N_("Đổi mật khẩu"), N_("đổi mật khẩu của mình")),
    "person_added": (N_("Thêm tài khoản"), N_("thêm tài khoản %(subject)s, vai trò %(role)s")),
    "person_changed": (N_("Sửa tài khoản"), N_("sửa tài khoản %(subject)s")),
    "person_disabled": (N_("Khóa tài khoản"), N_("khóa tài khoản %(subject)s")),
    "person_enabled": (N_("Mở khóa tài khoản"), N_("mở khóa tài khoản %(subject)s")),
    "link_made": (N_("Tạo liên kết mật khẩu"), N_("tạo liên kết đặt mật khẩu cho %(subject)s")),
    "device_key_made": (N_("Tạo khóa thiết bị"), N_("tạo khóa thiết bị cho %(subject)s")),
    "units_loaded": (N_("Nạp đơn vị"), N_("nạp đơn vị hành chính: thêm %(added)s, đóng %(closed)s")),
    "law_added": (N_("Thêm căn cứ"), N_("thêm căn cứ %(key)s")),
    "law_corrected": (
        N_("Sửa chữ căn cứ"),
        N_("sửa căn cứ %(key)s: từ “%(before)s” thành “%(after)s”"),
    ),
    "law_ended": (N_("Kết thúc căn cứ"), N_("đặt ngày hết hiệu lực của căn cứ %(key)s: %(valid_to)s")),
    "checklist_published": (
        N_("Công bố biểu mẫu"),
        N_("công bố biểu mẫu %(subject)s phiên bản %(version)s"),
    ),
    "campaign_planned": (N_("Lập đợt kiểm tra"), N_("lập đợt kiểm tra %(subject)s")),
    "campaign_changed": (N_("Sửa đợt kiểm tra"), N_("sửa đợt kiểm tra %(subject)s")),
    "campaign_closed": (N_("Đóng đợt kiểm tra"), N_("đóng đợt kiểm tra %(subject)s")),
    "campaign_reopened": (N_("Mở lại đợt kiểm tra"), N_("mở lại đợt kiểm tra %(subject)s")),
    "team_changed": (N_("Sửa đoàn"), N_("sửa đoàn kiểm tra của đợt %(subject)s")),
    "team_removed": (N_("Xóa đoàn"), N_("xóa một đoàn kiểm tra của đợt %(subject)s")),
    "inspection_planned": (N_("Giao kiểm tra"), N_("giao kiểm tra %(subject)s")),
    "inspection_reassigned": (N_("Đổi đoàn"), N_("giao cuộc kiểm tra %(subject)s cho đoàn khác")),
    "inspection_cancelled": (N_("Hủy kiểm tra"), N_("hủy cuộc kiểm tra %(subject)s")),
    "inspection_started": (N_("Bắt đầu kiểm tra"), N_("bắt đầu cuộc kiểm tra %(subject)s")),
    "inspection_returned": (N_("Trả lại phiếu"), N_("trả lại phiếu của cuộc kiểm tra %(subject)s")),
    "inspection_approved": (N_("Duyệt kiểm tra"), N_("duyệt cuộc kiểm tra %(subject)s")),
    "inspection_placed": (N_("Xếp chỗ"), N_("xếp chỗ cuộc kiểm tra %(subject)s trên bản đồ mới")),
    "submission_received": (N_("Nhận phiếu"), N_("nộp phiếu, biên nhận %(subject)s")),
    "submission_kept": (N_("Phiếu chờ xử lý"), N_("nộp phiếu được giữ lại chờ xử lý, biên nhận %(subject)s")),
    "submission_placed": (N_("Nhận phiếu chờ xử lý"), N_("nhận phiếu chờ xử lý, biên nhận %(subject)s")),
    "submission_set_aside": (N_("Gác phiếu"), N_("gác phiếu chờ xử lý, biên nhận %(subject)s")),
    "finding_confirmed": (N_("Xác nhận phát hiện"), N_("xác nhận phát hiện %(subject)s")),
    "finding_not_upheld": (N_("Không chấp nhận phát hiện"), N_("không chấp nhận phát hiện %(subject)s")),
    "finding_marked_duplicate": (N_("Đánh dấu trùng"), N_("đánh dấu phát hiện %(subject)s là trùng lặp")),
    "finding_reopened": (N_("Mở lại phát hiện"), N_("mở lại phát hiện %(subject)s")),
    "finding_changed": (N_("Sửa phát hiện"), N_("sửa phát hiện %(subject)s")),
    "findings_exported": (N_("Xuất danh sách"), N_("xuất danh sách vi phạm dạng %(subject)s, %(rows)s dòng")),
    "totals_exported": (N_("Xuất tổng hợp"), N_("xuất bảng tổng hợp dạng %(subject)s")),
    "photo_original_viewed": (N_("Xem ảnh gốc"), N_("xem ảnh gốc")),
    "photo_unreadable": (N_("Ảnh không mở được"), N_("gặp một ảnh không mở được")),
}


class _Detail(dict[str, Any]):
    """Detail of a line; what an older line did not note shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def label_of(act: str) -> str:
    return term(ACTS[act][0]) if act in ACTS else act


def sentence(row: AuditRow, subject: str) -> str:
    """“đăng nhập”, “khóa tài khoản Lê Quang Minh (kiemtra1)”: said of the person of the line."""
    if row.act not in ACTS:
        return f"{row.act} {subject}".strip()
    known = {name: _said(name, value) for name, value in row.detail.items() if value is not None}
    return str(_(ACTS[row.act][1]) % _Detail(known | {"subject": subject or "–"}))


def _said(name: str, value: object) -> object:
    if name == "role" and value in list(Role):
        return term(ROLE_LABELS[Role(str(value))])
    return value
