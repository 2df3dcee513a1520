"""The audit log in words: one sentence for each act, one short label for the filter."""

from typing import Any

from flask_babel import gettext as _

from inspect_app.domain.people import ROLE_LABELS, Role
from inspect_app.domain.problems import N_
from inspect_app.storage.audit import AuditRow

from .language import term

# act -> (label in the filter, sentence). `%(subject)s` is what the line is about, the rest comes from its detail.
ACTS: dict[str, tuple[str, str]] = {
    "signed_in": (N_("Đã đăng nhập"), N_("đăng nhập")),
    "signed_out": (N_("Đã đăng xuất"), N_("đăng xuất")),
    "sign_in_failed": (N_("Đăng nhập sai"), N_("đăng nhập sai, từ địa chỉ %(subject)s")),
    "account_activated": (N_("Đã đặt mật khẩu bằng liên kết"), N_("đặt mật khẩu bằng liên kết dùng một lần")),
    "password_change_failed": (
        N_("Đổi mật khẩu sai"),
        N_("nhập sai mật khẩu hiện tại khi đổi mật khẩu, từ địa chỉ %(subject)s"),
    ),
    "password_changed": (N_("Đã đổi mật khẩu"), N_("đổi mật khẩu của mình")),
    "person_added": (N_("Đã thêm tài khoản"), N_("thêm tài khoản %(subject)s, vai trò %(role)s")),
    "person_changed": (N_("Đã sửa tài khoản"), N_("sửa tài khoản %(subject)s")),
    "person_disabled": (N_("Đã khóa tài khoản"), N_("khóa tài khoản %(subject)s")),
    "person_enabled": (N_("Đã mở khóa tài khoản"), N_("mở khóa tài khoản %(subject)s")),
    "link_made": (N_("Đã tạo liên kết mật khẩu"), N_("tạo liên kết đặt mật khẩu cho %(subject)s")),
    "device_key_made": (N_("Đã tạo khóa thiết bị"), N_("tạo khóa thiết bị cho %(subject)s")),
    "units_loaded": (N_("Đã nạp đơn vị"), N_("nạp đơn vị hành chính: thêm %(added)s, đóng %(closed)s")),
    "law_added": (N_("Đã thêm căn cứ pháp lý"), N_("thêm căn cứ %(key)s")),
    "law_corrected": (
        N_("Đã sửa chữ căn cứ"),
        N_("sửa căn cứ %(key)s: từ “%(before)s” thành “%(after)s”"),
    ),
    "law_ended": (N_("Đã kết thúc căn cứ"), N_("đặt ngày hết hiệu lực của căn cứ %(key)s: %(valid_to)s")),
    "checklist_published": (
        N_("Đã công bố biểu mẫu"),
        N_("công bố biểu mẫu %(subject)s phiên bản %(version)s"),
    ),
    "campaign_planned": (N_("Đã lập đợt kiểm tra"), N_("lập đợt kiểm tra %(subject)s")),
    "campaign_changed": (N_("Đã sửa đợt kiểm tra"), N_("sửa đợt kiểm tra %(subject)s")),
    "campaign_closed": (N_("Đã đóng đợt kiểm tra"), N_("đóng đợt kiểm tra %(subject)s")),
    "campaign_reopened": (N_("Đã mở lại đợt kiểm tra"), N_("mở lại đợt kiểm tra %(subject)s")),
    "team_changed": (N_("Đã sửa đoàn"), N_("sửa đoàn kiểm tra của đợt %(subject)s")),
    "team_removed": (N_("Đã xóa đoàn"), N_("xóa một đoàn kiểm tra của đợt %(subject)s")),
    "inspection_planned": (N_("Đã giao cuộc kiểm tra"), N_("giao kiểm tra %(subject)s")),
    "inspection_reassigned": (
        N_("Đã giao cho đoàn khác"),
        N_("giao cuộc kiểm tra %(subject)s cho đoàn khác"),
    ),
    "inspection_cancelled": (N_("Đã hủy cuộc kiểm tra"), N_("hủy cuộc kiểm tra %(subject)s")),
    "inspection_started": (N_("Đã bắt đầu kiểm tra"), N_("bắt đầu cuộc kiểm tra %(subject)s")),
    "inspection_not_made": (
        N_("Cuộc kiểm tra từ điện thoại chưa lập được"),
        N_("bắt đầu trên điện thoại một cuộc kiểm tra tại đơn vị mã %(unit)s mà máy chủ chưa lập được"),
    ),
    "inspection_returned": (N_("Đã trả lại phiếu"), N_("trả lại phiếu của cuộc kiểm tra %(subject)s")),
    "inspection_approved": (N_("Đã duyệt cuộc kiểm tra"), N_("duyệt cuộc kiểm tra %(subject)s")),
    "inspection_placed": (
        N_("Đã xếp xã trên bản đồ mới"),
        N_("xếp cuộc kiểm tra %(subject)s vào một xã trên bản đồ mới"),
    ),
    "submission_received": (N_("Đã nhận phiếu"), N_("nộp phiếu, biên nhận %(subject)s")),
    "submission_kept": (
        N_("Đã giữ phiếu chờ xử lý"),
        N_("nộp phiếu được giữ lại chờ xử lý, biên nhận %(subject)s"),
    ),
    "submission_placed": (
        N_("Đã xếp phiếu vào cuộc kiểm tra"),
        N_("xếp phiếu giữ lại vào cuộc kiểm tra, biên nhận %(subject)s"),
    ),
    "submission_set_aside": (
        N_("Đã để phiếu ra ngoài"),
        N_("để phiếu giữ lại ra ngoài, biên nhận %(subject)s"),
    ),
    "document_set_aside": (N_("Đã để nội dung khác ra ngoài"), N_("để một nội dung khác của phiếu ra ngoài")),
    "phone_file_imported": (
        N_("Đã nhập tệp từ điện thoại"),
        N_("nhập tệp xuất từ điện thoại: %(records)s phiếu, %(photos)s ảnh"),
    ),
    "finding_confirmed": (N_("Đã xác nhận phát hiện"), N_("xác nhận phát hiện %(subject)s")),
    "finding_not_upheld": (N_("Đã không chấp nhận phát hiện"), N_("không chấp nhận phát hiện %(subject)s")),
    "finding_marked_duplicate": (
        N_("Đã đánh dấu trùng lặp"),
        N_("đánh dấu phát hiện %(subject)s là trùng lặp"),
    ),
    "finding_reopened": (N_("Đã mở lại phát hiện"), N_("mở lại phát hiện %(subject)s")),
    "finding_changed": (N_("Đã sửa phát hiện"), N_("sửa phát hiện %(subject)s")),
    "findings_exported": (
        N_("Đã xuất danh sách"),
        N_("xuất danh sách vi phạm dạng %(subject)s, %(rows)s dòng"),
    ),
    "totals_exported": (N_("Đã xuất tổng hợp"), N_("xuất bảng tổng hợp dạng %(subject)s")),
    "photo_original_viewed": (N_("Đã xem ảnh gốc"), N_("xem ảnh gốc")),
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
