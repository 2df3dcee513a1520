"""The reasons reviewers give most, offered as one click; every decision that needs a reason may also be typed."""

from .problems import N_

QUICK_REASONS: dict[str, tuple[str, ...]] = {
    "confirm": (
        N_("Đã xem lại ảnh và giấy tờ, đủ căn cứ"),
        N_("Đơn vị đã thừa nhận"),
        N_("Quyết định trước đó bấm nhầm"),
    ),
    "reject": (
        N_("Ảnh và ghi chú không đủ chứng minh"),
        N_("Không phải lỗi theo quy định của ngày kiểm tra"),
        N_("Đơn vị giải trình hợp lý, có tài liệu"),
        N_("Lỗi của phần mềm hoặc dữ liệu, không phải của đơn vị"),
        N_("Ghi nhầm tiêu chí"),
    ),
    "duplicate": (
        N_("Cùng một sự việc, đã ghi ở tiêu chí khác"),
        N_("Hai thành viên cùng ghi một sự việc"),
        N_("Đã ghi ở cuộc kiểm tra khác"),
        N_("Cùng nguyên nhân, chỉ tính một lần"),
    ),
    "change": (
        N_("Viết lại cho đúng văn phong danh sách"),
        N_("Mức độ chưa đúng với hướng dẫn"),
        N_("Đơn vị chịu trách nhiệm là đơn vị khác"),
        N_("Bỏ tên riêng, thông tin cá nhân"),
    ),
    "return": (
        N_("Cần thêm ảnh rõ hơn"),
        N_("Cần ghi rõ số trường hợp trên tổng số"),
        N_("Cần ghi rõ đơn vị, cá nhân chịu trách nhiệm"),
        N_("Câu trả lời và ghi chú mâu thuẫn nhau"),
        N_("Cần thêm ý kiến của đơn vị được kiểm tra"),
    ),
    "set_aside": (
        N_("Gửi thử, không phải cuộc kiểm tra thật"),
        N_("Trùng với phiếu đã nhận"),
        N_("Đã gửi lại bằng phiếu khác"),
        N_("Gửi nhầm cuộc kiểm tra"),
    ),
    "place_unit": (
        N_("Theo địa chỉ Bộ phận Một cửa được kiểm tra"),
        N_("Theo địa bàn thôn ghi trong phiếu"),
        N_("Đơn vị mới tiếp nhận trụ sở cũ"),
    ),
}

LONGEST_REASON = 1000


def joined_reason(quick: str, typed: str) -> str:
    """One reason out of the chosen sentence and the typed words."""
    return ". ".join(part.strip().rstrip(".") for part in (quick, typed) if part.strip())[:LONGEST_REASON]
