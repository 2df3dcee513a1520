"""The words of the waiting list and of "my work" on the phone (js/phone/work.js)."""

from flask_babel import gettext as _

from inspect_app.domain.inspections import KINDS
from inspect_app.domain.receipts import REASONS

from .language import term


def sending() -> dict[str, str]:
    """The waiting list. %n a count, %p photos, %b bytes, %t a time, %a an age, %c a code."""
    return {
        "sum": _("%n phiếu · %p ảnh · %b"),
        "locked_waiting": _("Trên máy này có %n phiếu chờ gửi đang khóa."),
        "locked_drafts": _("Có %n phiếu làm dở đang khóa."),
        "unreadable": _("Phiếu không đọc được trên máy này"),
        "now": _("chưa đầy 1 phút trước"),
        "finished": _("hoàn thành %a"),
        "changed": _("sửa lần cuối %a"),
        "counted": _("%n câu, %p ảnh"),
        "code": _("Mã biên nhận %c"),
        "arrived": _("ảnh đã tới %n/%p"),
        "sending": _("Đang gửi, còn %b. %t. Hãy giữ màn hình mở."),
        "offline": _("Không có mạng. Cứ làm tiếp: mọi thứ nằm trên máy này và tự gửi khi có mạng."),
        "measuring": _("Đang đo tốc độ mạng"),
        "seconds": _("Khoảng %n giây nữa"),
        "minutes": _("Khoảng %n phút nữa"),
        "state_draft": _("Làm dở trên máy này"),
        "state_here": _("Trên máy này, chưa gửi"),
        "state_received": _("Đã nhận câu trả lời, còn ảnh"),
        "state_complete": _("Đã gửi đủ"),
        "state_kept": _("Được giữ, chờ văn phòng xem"),
        "state_refused": _("Máy chủ chưa nhận"),
        **_troubles(),
        **{f"reason_{slug}": term(text) for slug, text in REASONS.items()},
    }


def _troubles() -> dict[str, str]:
    """Why something was not sent, and what a person can do about it."""
    return {
        "error_network": _("Chưa nối được máy chủ. Không mất gì; máy tự gửi lại khi có mạng."),
        "error_server": _("Máy chủ đang bận hoặc gặp lỗi. Không mất gì; máy tự gửi lại, không cần làm gì."),
        "error_sign_in": _("Máy chủ cần biết ai gửi. Hãy đăng nhập rồi bấm Gửi ngay."),
        "error_refused": _(
            "Máy chủ không nhận. Phiếu vẫn nằm trên máy này; hãy gọi văn phòng, đừng xóa dữ liệu trình duyệt."
        ),
        "error_faults": _("Máy chủ thấy câu trả lời cần sửa. Hãy mở phiếu, sửa rồi gửi lại."),
        "error_unlisted": _("Đã gửi nhưng máy chủ chưa xác nhận. Máy tự gửi lại."),
        "error_unreadable": _(
            "Máy này không đọc được một phần của phiếu. Hãy gọi văn phòng, đừng xóa dữ liệu trình duyệt."
        ),
        "error_phone": _("Máy này không ghi được dữ liệu. Hãy giải phóng bộ nhớ rồi mở lại trang."),
    }


def work() -> dict[str, str]:
    """My visits, where the phone draws them itself."""
    return {
        "group_returned": _("Cần bổ sung"),
        "group_started": _("Đang kiểm tra"),
        "group_planned": _("Được giao"),
        "group_submitted": _("Đã nộp, chờ rà soát"),
        "planned": _("Dự kiến"),
        "day": _("Ngày"),
        "today": _("Hôm nay"),
        "overdue": _("Quá ngày dự kiến"),
        "mark_draft": _("Làm dở trên máy này"),
        "mark_waiting": _("Chờ gửi từ máy này"),
        "mark_sent": _("Đã gửi từ máy này"),
        **{f"kind_{kind}": term(text) for kind, text in KINDS.items()},
    }
