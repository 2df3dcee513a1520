"""The sentences of the phone's scripts, one section a module, in the language of the person.

They are a file of their own, loaded after the checklist can be used and kept for offline work like every other file.
"""

from flask_babel import gettext as _

from inspect_app.domain.findings import SEVERITIES

from .language import term
from .sending_words import sending, work


def words() -> dict[str, dict[str, str]]:
    """Sentences by section and key."""
    return {
        "camera": _camera(),
        "mask": _mask(),
        "photos": _photos(),
        "finish": _finish(),
        "ready": _ready(),
        "sending": sending(),
        "work": work(),
        "start": _start(),
        "device": _device(),
        "doctor": _doctor(),
    }


def _camera() -> dict[str, str]:
    return {
        "title": _("Chụp ảnh"),
        "opening": _("Đang mở máy ảnh…"),
        "shutter": _("Chụp"),
        "count": _("Đã chụp %(count)s ảnh"),
        "retake": _("Chụp lại"),
        "dropped": _("Đã bỏ ảnh vừa chụp. Hãy chụp lại."),
        "torch": _("Đèn"),
        "done": _("Xong"),
        "searching": _("Đang tìm vị trí…"),
        "place": _("GPS ±%(metres)s m"),
        "poor": _("GPS kém, ±%(metres)s m"),
        "no_place": _("Không có vị trí"),
        "failed": _("Chưa chụp được. Hãy bấm lại."),
        "not_kept": _("Ảnh vừa chụp chưa lưu được. Máy có thể đã hết chỗ."),
        "denied": _("Trình duyệt không được phép dùng máy ảnh."),
        "busy": _("Ứng dụng khác đang dùng máy ảnh."),
        "none": _("Không tìm thấy máy ảnh."),
        "by_app": _("Dùng ứng dụng máy ảnh"),
    }


def _mask() -> dict[str, str]:
    return {
        "title": _("Che mặt, giấy tờ"),
        "help": _("Tô lên chỗ cần che. Ảnh gốc vẫn được giữ, chỉ người rà soát xem được."),
        "picture": _("Ảnh để che. Phím mũi tên dời khung, Shift và mũi tên đổi cỡ khung, Enter để che."),
        "small": _("Nét nhỏ"),
        "large": _("Nét to"),
        "undo": _("Hoàn tác"),
        "cancel": _("Thôi"),
        "done": _("Xong"),
        "frame": _("Khung: ngang %(x)s, dọc %(y)s phần trăm"),
        "covered": _("Đã che"),
        "undone": _("Đã bỏ chỗ che cuối"),
        "failed": _("Máy này không mở được ảnh để che."),
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


def _finish() -> dict[str, str]:
    """While a checklist is sent from its page. %n photos, %s seconds."""
    return {
        "photos": _("Câu trả lời đã tới. Đang gửi %n ảnh, khoảng %s giây; hãy giữ màn hình mở."),
        "waiting": _("Chưa nối được máy chủ. Phiếu nằm an toàn trên máy này và sẽ tự gửi khi có mạng."),
    }


def _start() -> dict[str, str]:
    """Starting a surprise visit on the phone."""
    return {
        "area": _("địa bàn %(area)s cũ", area="%s"),
        "locating": _("Đang tìm vị trí…"),
        "nearest": _("Đơn vị gần nhất ở trên cùng."),
        "no_position": _("Máy không cho biết vị trí. Hãy gõ tên đơn vị."),
        "last": _("Vi phạm gần đây: %s"),
        "choose_unit": _("Hãy chọn đơn vị được kiểm tra."),
        "choose_form": _("Hãy chọn một biểu mẫu trong danh sách."),
        "give_reason": _("Hãy ghi lý do, một câu là đủ."),
        "unkept": _(
            "Máy này không ghi được dữ liệu, cuộc kiểm tra chưa bắt đầu. Hãy mở “Máy này” để xem vì sao."
        ),
        **{f"severity_{level}": term(text) for level, text in SEVERITIES.items()},
    }


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


def _device() -> dict[str, str]:
    """Signing out of a phone. %n answers, %p photos."""
    return {
        "still_here": _("Phiếu chưa gửi xong trên máy này"),
        "counted": _("%n câu, %p ảnh"),
        "draft": _("làm dở"),
        "unsent": _("chờ gửi"),
        "kept_locked": _(
            "Phiếu không bị xóa. Sau khi đăng xuất không ai đọc được cho đến khi anh/chị đăng nhập lại; phiếu chờ gửi vẫn gửi được."
        ),
        "sign_out": _("Đăng xuất"),
        "stay": _("Ở lại"),
    }


def _doctor() -> dict[str, str]:
    """What was found out about this phone, and what to do."""
    return {
        "level_good": _("Tốt:"),
        "level_warn": _("Cần để ý:"),
        "level_bad": _("Nguy hiểm:"),
        "inside": _(
            "Trang đang mở bên trong một ứng dụng khác. Hãy mở bằng Chrome hoặc Safari rồi mới làm việc."
        ),
        "inside_app": _("Trang đang mở bên trong %a. Hãy mở bằng Chrome hoặc Safari rồi mới làm việc."),
        "works": _("Máy ghi và đọc lại được dữ liệu."),
        "no_works": _("Máy không giữ được dữ liệu: cửa sổ ẩn danh hoặc bộ nhớ hỏng. Đừng làm phiếu ở đây."),
        "secret": _("Có vẻ là cửa sổ ẩn danh: đóng cửa sổ là mất hết. Hãy mở trong cửa sổ thường."),
        "ready": _("Đã tải đủ trang, biểu mẫu, đơn vị để làm việc khi mất mạng."),
        "no_ready": _("Chưa đủ để làm việc khi mất mạng. Hãy bấm “Làm cho an toàn” khi có mạng."),
        "installed": _("Đã cài lên màn hình chính."),
        "install": _(
            "Chưa cài lên màn hình chính. Cài rồi thì trình duyệt không tự xóa phiếu: bấm “Làm cho an toàn”, hoặc Menu của trình duyệt, “Thêm vào màn hình chính”."
        ),
        "install_apple": _("Chưa cài lên màn hình chính. Cách cài ở bên dưới."),
        "safari": _(
            "Safari xóa dữ liệu của trang nếu 7 ngày không mở. Hãy gửi hết hoặc mở lại trước ngày %d."
        ),
        "persisted": _("Trình duyệt hứa không tự xóa dữ liệu."),
        "no_persisted": _("Trình duyệt chưa hứa giữ dữ liệu; khi máy gần đầy có thể tự xóa. Hãy gửi sớm."),
        "room": _("Còn chỗ trống: %s."),
        "little": _("Sắp hết chỗ, chỉ còn %s. Hãy gửi bớt phiếu hoặc xóa thứ khác trên máy."),
        "copy": _("Có bản thứ hai của phiếu trên máy."),
        "no_copy": _("Trình duyệt này không giữ được bản thứ hai của phiếu. Vẫn làm việc được; hãy gửi sớm."),
        "held": _("Chưa gửi xong: %n phiếu chờ gửi, %d phiếu làm dở, cũ nhất từ %a."),
        "nothing_held": _("Không có phiếu nào chưa gửi."),
        "signed_out": _("Chưa đăng nhập trên máy này hoặc phiên đã hết. Phiếu đã khóa, vẫn gửi được."),
        "no_camera": _("Trang chưa được phép dùng máy ảnh. Hãy cho phép trong cài đặt của trình duyệt."),
        "no_place": _("Trang chưa được phép biết vị trí. Hãy cho phép trong cài đặt của trình duyệt."),
        "mending": _("Đang làm…"),
        "mended": _("Đã làm xong những gì máy làm được."),
        "exporting": _("Đang gom phiếu…"),
        "exported": _("Đã gom vào tệp %f (%s)."),
        "failed": _("Chưa làm được. Hãy thử lại."),
        "version": _("Phiên bản %v · tải lúc %a"),
        "what_pieces": _("Ảnh, phần"),
        "what_photos": _("Ảnh"),
        "what_thumbs": _("Ảnh nhỏ"),
        "what_events": _("Câu trả lời"),
        "what_records": _("Phiếu"),
        "what_receipts": _("Biên nhận"),
        "why_receipt": _("máy chủ đã nhận, biên nhận"),
        "why_out": _("người làm phiếu bỏ"),
        "why_old": _("quá 90 ngày sau biên nhận"),
        "why_vanished": _("trình duyệt đã xóa dữ liệu của trang"),
    }
