"""The sentences of the phone's scripts, one section a module, in the language of the person.

They are a file of their own, loaded after the checklist can be used and kept for offline work like every other file.
"""

from flask import Blueprint, Response, jsonify
from flask_babel import gettext as _

from .access import ANYONE, open_to

bp = Blueprint("phone_words", __name__, url_prefix="/phone")


@bp.get("/words")
@open_to(ANYONE)
def all_words() -> Response:
    return jsonify(words())


def words() -> dict[str, dict[str, str]]:
    """Sentences by section and key."""
    return {
        "photos": _photos(),
        "sending": _sending(),
        "ready": _ready(),
    }


def _photos() -> dict[str, str]:
    return {
        "camera": _("Chụp ảnh"),
        "gallery": _("Chọn ảnh"),
        "photo": _("Ảnh"),
        "drop": _("Bỏ ảnh này"),
        "restore": _("Lấy lại"),
        "dropped": _("Đã bỏ ảnh."),
        "shrinking": _("Đang lưu ảnh…"),
        "caption": _("Chú thích ảnh"),
        "mask": _("Che mặt, giấy tờ"),
        "masked": _("đã che"),
        "from_gallery": _("từ thư viện ảnh"),
        "dark": _("Ảnh tối, hãy xem lại."),
        "blurred": _("Ảnh có thể bị mờ, hãy xem lại."),
        "held": _("máy chủ đang giữ"),
        "lost_camera": _("Ảnh vừa chụp cho mục %(code)s chưa vào phiếu. Hãy chụp lại."),
        "full": _("Máy hết chỗ, ảnh chưa lưu được. Hãy gửi bớt phiếu rồi chụp lại."),
    }


def _sending() -> dict[str, str]:
    return {}


def _ready() -> dict[str, str]:
    """The light that says whether this phone can work without network, and what it lacks."""
    return {
        "checking": _("Đang kiểm tra máy này…"),
        "ready": _("Sẵn sàng làm việc khi mất mạng"),
        "not_ready": _("Chưa sẵn sàng khi mất mạng:"),
        "worker": _("trình duyệt chưa giữ trang này"),
        "files": _("trang chưa tải đủ"),
        "kit": _("chưa tải danh sách việc"),
        "forms": _("chưa tải đủ biểu mẫu"),
        "units": _("chưa tải danh sách đơn vị"),
        "session": _("phiên đăng nhập sắp hết, hãy đăng nhập lại trước khi đi"),
    }
